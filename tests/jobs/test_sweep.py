"""The sweep: what it nudges, what it does itself, and what it finds that was lost."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs.heart import beat
from jobs.sweep import Seen, sweep_once
from settings import HERE
from standin.faults import CallbackFault
from tests import servers
from tests.jobs.cast import agent, legs_of, owe
from tests.jobs.processes import environ, process
from tests.jobs.test_queue import queued
from tests.world import DESK_1, DESK_2, IMAGING_USER, NIGHT_USER, TUESDAY_10, World

SECOND = timedelta(seconds=1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


@pytest.fixture
def owed(line: World, valkey: servers.Valkey) -> int:
    """A callback that is due, and whose nudge was lost."""
    line.phone(DESK_1).rings_out()
    line.phone(DESK_2).rings_out()
    incident_id = owe(line.line)
    valkey.flush()
    return incident_id


def goes_on(line: World, seen: Seen, seconds: int) -> None:
    """Each second a sweep, beside a worker that lives and does nothing."""
    for _ in range(seconds):
        beat(line.line, "worker")
        sweep_once(line.line, seen)
        line.twilio.run_until(line.now + SECOND)


def test_it_nudges_a_living_worker_once_in_a_while(
    line: World, owed: int, valkey: servers.Valkey
) -> None:
    seen = Seen()
    goes_on(line, seen, 5)
    assert (queued(valkey), line.phone(DESK_1).was_called) == (1, 0)


def test_it_does_itself_what_nobody_claims(line: World, owed: int) -> None:
    goes_on(line, Seen(), 5)
    assert line.phone(DESK_1).was_called == 0
    goes_on(line, Seen(), 2)
    assert line.phone(DESK_1).was_called == 1


def test_it_does_itself_what_a_dead_worker_does_not(
    line: World, owed: int, valkey: servers.Valkey
) -> None:
    beat(line.line, "worker")
    line.twilio.run_until(line.now + 11 * SECOND)
    sweep_once(line.line, Seen())
    assert (queued(valkey), line.phone(DESK_1).was_called) == (0, 1)


def test_it_does_all_itself_while_redis_refuses(
    line: World, owed: int, valkey: servers.Valkey
) -> None:
    seen = Seen()
    valkey.stop()
    try:
        goes_on(line, seen, 1)
        assert line.phone(DESK_1).was_called == 1
    finally:
        valkey.start()


def test_two_sweeps_at_once_do_no_harm(line: World, owed: int) -> None:
    for _ in range(3):
        sweep_once(line.line)
    assert line.phone(DESK_1).was_called == 1


def test_a_row_that_cannot_be_done_keeps_no_other_waiting(
    line: World, owed: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A74: the first agent's phone number breaks whatever touches it."""
    other = owe(line.line, "10452", NIGHT_USER, product="medical")
    ring = line.line.phone.ring

    def breaks(to: str, **facts: Any) -> str:
        if to == DESK_1:
            raise ZeroDivisionError
        return ring(to, **facts)

    monkeypatch.setattr(line.line.phone, "ring", breaks)
    sweep_once(line.line)
    assert line.phone(DESK_2).was_called == 1
    assert {leg.incident_id for leg in legs_of(line, "agent")} == {owed, other}
    assert "not done" in caplog.text
    assert DESK_1 not in caplog.text


def test_an_end_of_a_call_that_nobody_told_is_found(line: World) -> None:
    """The status callback is lost: the caller is called back all the same."""
    line.twilio.faults.callbacks(
        CallbackFault(copies=0), times=99, when=lambda _, leg: leg.direction == "inbound"
    )
    with line.line.scene() as scene:
        agent(scene, DESK_2).present = False
    line.phone(DESK_1).accepts(talks=10)
    line.phone(IMAGING_USER).accepts(talks=10)
    call = line.phone(IMAGING_USER).dials()
    call.presses("20317")
    call.hangs_up()
    line.passes(timedelta(minutes=4))
    assert line.phones.bridges() == []
    line.passes(timedelta(minutes=3))
    assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]
    assert line.calls()[0].ended_at is not None


def test_an_end_of_a_talk_that_nobody_told_is_found(line: World) -> None:
    line.phone(DESK_1).accepts(talks=10)
    line.phone(IMAGING_USER).accepts(talks=10)
    line.twilio.faults.callbacks(
        CallbackFault(copies=0), times=99, when=lambda event, leg: leg.direction != "inbound"
    )
    owe(line.line)
    line.passes(timedelta(minutes=4))
    assert legs_of(line, "agent")[0].state == "accepted"
    line.passes(timedelta(minutes=2))
    assert [leg.outcome for leg in legs_of(line, "agent")] == ["talked"]


def test_it_beats_and_stops_when_asked(line: World, tmp_path: Any) -> None:
    with process(line, "jobs.sweep", tmp_path) as sweep:
        sweep.wait_until_it_beats()
        assert sweep.stop() == 0, sweep.log
    assert "Traceback" not in sweep.log


@pytest.mark.parametrize("module", ["jobs.worker", "jobs.sweep"])
def test_a_setting_that_is_wrong_ends_it_with_a_sentence(line: World, module: str) -> None:
    env = {**os.environ, **environ(line), "PUBLIC_URL": "not an address"}
    ended = subprocess.run(
        [sys.executable, "-m", module], cwd=HERE, env=env, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("PUBLIC_URL must be an address")
