"""Whatever dies or lies while a callback is placed: it is placed, and once.

Judged from the stand-in's ledger of legs, not from our tables.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from jobs import call_back as callback_job
from jobs.sweep import sweep_once
from jobs.worker import work_off
from standin.faults import CallbackFault, RestFault
from tests import servers
from tests.jobs.cast import agent, incident_of, legs_of, owe
from tests.world import DESK_1, DESK_2, IMAGING_USER, NIGHT_USER, TUESDAY_10, World

LEASE = timedelta(seconds=60)


class Killed(BaseException):
    """As kill -9: nothing of ours runs any more."""


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


@pytest.fixture
def ready(line: World) -> World:
    """An agent who takes each callback, and a client who answers."""
    line.phone(DESK_1).accepts(talks=20)
    line.phone(DESK_2).accepts(talks=20)
    line.phone(IMAGING_USER).accepts(talks=20)
    return line


def placed(line: World) -> list[str]:
    """Whom the line called over REST, in order."""
    return [leg.to for leg in line.twilio.ledger.legs(created_by="REST")]


def reached(line: World) -> int:
    return len(line.twilio.ledger.bridges())


def is_creating(method: str, path: str, _: object) -> bool:
    return method == "POST" and path.endswith("/Calls.json")


def killed_when(line: World, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """The next call that is placed kills whoever places it, before or after Twilio has it."""
    ring: Callable[..., str] = line.line.phone.ring

    def dies(*args: object, **facts: object) -> str:
        monkeypatch.setattr(line.line.phone, "ring", ring)
        if after:
            ring(*args, **facts)
        raise Killed

    monkeypatch.setattr(line.line.phone, "ring", dies)
    with pytest.raises(Killed):
        line.work()


def test_killed_between_commit_and_request(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owe(ready.line)
    killed_when(ready, monkeypatch, after=False)
    assert placed(ready) == []
    ready.passes(LEASE - timedelta(seconds=1))
    assert placed(ready) == [], "the lease still runs"
    ready.passes(timedelta(minutes=2))
    assert (len(placed(ready)), reached(ready)) == (1, 1)


def test_killed_between_request_and_answer(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owe(ready.line)
    killed_when(ready, monkeypatch, after=True)
    ready.passes(timedelta(minutes=3))
    assert (placed(ready), reached(ready)) == ([DESK_1], 1)


def test_killed_then_deaf_the_call_is_found_in_twilios_list(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a status callback comes: only Twilio's list knows that the phone rang."""
    ready.phone(DESK_1).rings_out()
    ready.twilio.faults.callbacks(
        CallbackFault(copies=0), times=9, when=lambda _, leg: leg.to == DESK_1
    )
    owe(ready.line)
    killed_when(ready, monkeypatch, after=True)
    ready.passes(timedelta(minutes=4))
    assert (placed(ready), reached(ready)) == ([DESK_1, DESK_2], 1)
    assert legs_of(ready, "agent")[0].outcome == "no_answer"


def test_the_answer_is_lost_and_the_call_was_placed(ready: World) -> None:
    ready.twilio.faults.rest(RestFault(lost=True), when=is_creating)
    owe(ready.line)
    ready.passes(timedelta(minutes=3))
    assert (placed(ready), reached(ready)) == ([DESK_1], 1)


@pytest.mark.parametrize("fault", [RestFault(status=500), RestFault(status=429)], ids=str)
def test_twilio_places_nothing_for_a_while(ready: World, fault: RestFault) -> None:
    ready.twilio.faults.rest(fault, times=4, when=is_creating)
    incident_id = owe(ready.line)
    ready.passes(timedelta(minutes=5))
    assert (placed(ready), reached(ready)) == ([DESK_1], 1)
    assert [leg.outcome for leg in legs_of(ready, "agent")] == ["stale"] * 4 + ["talked"]
    assert incident_of(ready.line, incident_id).callback_attempts == 0, "no agent's fault"


def test_an_agents_number_that_cannot_be_called_is_skipped(ready: World) -> None:
    with ready.line.scene() as scene:
        agent(scene, DESK_1).phone = "+15005550001"
    owe(ready.line)
    ready.passes(timedelta(minutes=2))
    assert (placed(ready), reached(ready)) == ([DESK_2], 1)


def test_status_callbacks_are_lost_late_and_doubled(ready: World) -> None:
    """One incident each: no end told; all told twice; ends told before beginnings."""
    for fault in (
        CallbackFault(copies=0),
        CallbackFault(copies=2),
        CallbackFault(overtaken=True),
        CallbackFault(delay=90),
    ):
        ready.twilio.faults.clear()
        ready.twilio.faults.callbacks(fault, times=40)
        before = reached(ready)
        owe(ready.line)
        ready.passes(timedelta(minutes=12))
        assert reached(ready) == before + 1
    assert len(placed(ready)) == 4
    assert [leg.outcome for leg in legs_of(ready, "agent")] == ["talked"] * 4


def test_every_webhook_comes_twice(ready: World) -> None:
    ready.twilio.faults.webhooks_twice(times=40)
    incident_id = owe(ready.line)
    ready.passes(timedelta(minutes=3))
    assert (placed(ready), reached(ready)) == ([DESK_1], 1)
    kinds = ready.timeline()
    for once in ("taken", "client_rung", "client_reached"):
        assert kinds.count(once) == 1
    assert incident_of(ready.line, incident_id).callback_at is None


def test_a_doubled_call_ends_at_once(ready: World) -> None:
    """A worker that slept over its lease places a leg that has been given up."""
    owe(ready.line)
    ready.passes(timedelta(minutes=3))
    (talked,) = legs_of(ready, "agent")
    url = f"{ready.line.settings.public_url}/callback"
    ready.line.phone.ring(
        DESK_2,
        url=f"{url}/agent?leg={talked.id}",
        status_url=f"{url}/status?leg={talked.id}",
        seconds=20,
    )
    ready.passes(timedelta(minutes=1))
    assert reached(ready) == 1
    assert "Rappel" not in ready.phone(DESK_2).heard


def test_too_slow_to_place_it_is_not_placed(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that slept between commit and request finds most of its lease gone."""
    owe(ready.line)
    place = callback_job._place

    def sleeps(*args: object) -> None:
        ready.twilio.run_until(ready.now + timedelta(seconds=50))
        place(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(callback_job, "_place", sleeps)
    work_off(ready.line)
    assert placed(ready) == []
    monkeypatch.setattr(callback_job, "_place", place)
    ready.passes(timedelta(minutes=2))
    assert (len(placed(ready)), reached(ready)) == (1, 1)


def test_a_flush_of_redis_loses_nothing(ready: World, valkey: servers.Valkey) -> None:
    for _ in range(4):
        owe(ready.line)
    valkey.flush()
    work_off(ready.line)
    assert placed(ready) == []
    ready.passes(timedelta(minutes=6))
    assert (len(placed(ready)), reached(ready)) == (4, 4)


def test_redis_is_stopped_for_an_hour(ready: World, valkey: servers.Valkey) -> None:
    ready.phone(NIGHT_USER).accepts(talks=20)
    owed = []
    valkey.stop()
    try:
        for _ in range(6):
            owed.append(owe(ready.line))
            owe(ready.line, "10452", NIGHT_USER, priority="P3", product="medical")
            for _ in range(10):
                sweep_once(ready.line)
                ready.twilio.run_until(ready.now + timedelta(minutes=1))
        assert reached(ready) == 6, "those that were due in this hour"
    finally:
        valkey.start()
    assert all(incident_of(ready.line, each).told_at for each in owed)
    ready.passes(timedelta(hours=3))
    assert (len(placed(ready)), reached(ready)) == (12, 12)
