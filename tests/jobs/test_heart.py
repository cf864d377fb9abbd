"""The heartbeat of a process, and what it writes down when it was silent for long."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr import downtime
from ivr.database import reading
from ivr.models import Downtime, Heartbeat
from jobs.heart import Heart, beat
from line import Line
from tests.world import World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def production(line: World) -> Line:
    """As in production: its clock is not one that people set."""
    return replace(line.line, settings=replace(line.line.settings, start=None))


def lives_once(line: Line) -> None:
    heart = Heart(line, "worker")
    heart.start()
    until = time.monotonic() + 5
    while heard(line) != line.clock() and time.monotonic() < until:
        time.sleep(0.01)
    heart.stop()
    heart.join()
    assert heard(line) == line.clock()


def heard(line: Line) -> object:
    with reading(line.sessions) as session:
        return session.scalar(select(Heartbeat.at).where(Heartbeat.name == "worker"))


def silences(line: Line) -> list[timedelta]:
    with reading(line.sessions) as session:
        return [row.ended_at - row.started_at for row in session.scalars(select(Downtime))]


def test_a_long_silence_is_written_down_once(line: World, production: Line) -> None:
    beat(production, "worker")
    line.twilio.run_until(line.now + 3 * MINUTE)
    lives_once(production)
    lives_once(production)
    assert silences(production) == [3 * MINUTE]


def test_a_clock_that_people_set_has_missed_nothing(line: World) -> None:
    beat(line.line, "worker")
    line.twilio.run_until(line.now + 3 * MINUTE)
    lives_once(line.line)
    assert silences(line.line) == []


def test_it_beats_though_its_silence_is_not_written_down(
    line: World, production: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(downtime, "note", broken)
    lives_once(production)
