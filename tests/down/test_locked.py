"""SQLite, whose whole file somebody else has locked."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import pytest
from sqlalchemy import Connection, event

from ivr import database
from jobs.publish import publish
from tests import servers
from tests.scenarios.cast import TO_IMPACT, presses
from tests.webhooks.posts import Posts, action
from tests.world import NIGHT_USER, ON_CALL_1, World, world


@pytest.fixture
def line(
    monkeypatch: pytest.MonkeyPatch, database_url: str, valkey: servers.Valkey, start: datetime
) -> Iterator[World]:
    """The product, less patient than it is, so that the test is quick."""
    monkeypatch.setattr(database, "LONGEST", 0.3)
    valkey.flush()
    with world(database_url, valkey.url, start) as made:
        publish(made.line)
        yield made


@contextmanager
def locked(line: World) -> Iterator[None]:
    path = line.line.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_lock_that_passes_is_heard_and_no_more(line: World) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
    with locked(line):
        call.presses("1", wait=False).hears("Un instant, s'il vous plaît.")
    line.phones.passes(seconds=8)
    call.hears("Production : faites le 1.")
    assert line.incident().priority == "P1"
    line.phones.check()


def test_a_lock_that_stays_leads_to_the_agent_on_call(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
    with locked(line):
        call.presses("1").hears("Si le logiciel est arrêté").presses("1")
        assert call.is_connected
    call.talks(10).hangs_up()
    line.work()
    assert line.incident().state == "taken"


def test_slow_statements_are_cut_off_together(line: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is quick enough, and all together are not."""
    monkeypatch.setattr("webhooks.trouble.DATABASE_SECONDS", 0.5)
    caller = Posts(line, NIGHT_USER)
    first = caller.post("/voice")

    slow = True

    def dawdles(connection: Connection, *_: object) -> None:
        time.sleep(0.2 if slow else 0)

    event.listen(line.line.sessions.kw["bind"], "before_cursor_execute", dawdles)
    began = time.monotonic()
    answer = caller.post(action(first), Digits="10452")
    assert "Un instant" in answer
    assert time.monotonic() - began < 1.5
    slow = False
    answer = caller.post(action(first), Digits="10452")
    assert "Pour Facturation" in answer, "nothing was half done"
