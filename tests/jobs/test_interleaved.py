"""Two workers at the same moment, really at the same moment: transactions that overlap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pytest

from ivr import (
    alarms,
    callback_client,
    callback_legs,
    callback_queue,
    callbacks,
    caps,
    hunt,
    legs,
    letters,
    outbox,
)
from ivr.exchange import Given, Turn
from ivr.models import Call, Incident, Leg, Message
from ivr.scene import Scene
from tests.jobs.cast import agent, owe_in
from tests.jobs.conftest import Database
from tests.world import DESK_1, DESK_2, IMAGING_USER, NIGHT_USER

Answer = TypeVar("Answer")
A_WHILE = 0.3  # seconds in which the second comes as far as the database lets it


def while_another_acts(
    database: Database, first: Callable[[Scene], object], second: Callable[[Scene], Answer]
) -> Answer:
    """What `second` gets that begins after `first` has acted, and before `first` commits."""
    began = threading.Event()

    def begin() -> Answer:
        began.set()
        with database.scene() as scene:
            return second(scene)

    with ThreadPoolExecutor() as pool:
        with database.scene() as scene:
            first(scene)
            running: Future[Answer] = pool.submit(begin)
            began.wait()
            with pytest.raises(TimeoutError):
                running.result(A_WHILE)
        return running.result(10)


def test_one_callback_is_claimed_once(database: Database) -> None:
    with database.scene() as scene:
        incident_id = owe_in(scene).id
    second = while_another_acts(
        database,
        lambda scene: callbacks.claim(scene, incident_id),
        lambda scene: callbacks.claim(scene, incident_id),
    )
    assert second is None


def test_one_message_is_claimed_once(database: Database) -> None:
    with database.scene() as scene:
        letters.write(scene, owe_in(scene), "recorded")
        message_id = scene.session.query(Message.id).limit(1).scalar()
    second = while_another_acts(
        database,
        lambda scene: outbox.claim(scene, message_id),
        lambda scene: outbox.claim(scene, message_id),
    )
    assert second is None


def test_one_agent_is_not_rung_for_two_callbacks(database: Database) -> None:
    with database.scene() as scene:
        agent(scene, DESK_2).present = False
        owed = [owe_in(scene).id, owe_in(scene).id]

    def ring(which: int) -> Callable[[Scene], bool]:
        def act(scene: Scene) -> bool:
            incident = callbacks.claim(scene, owed[which])
            assert incident is not None
            return callback_legs.ring_next(scene, incident) is not None

        return act

    assert while_another_acts(database, ring(0), ring(1)) is False
    with database.scene() as scene:
        waits = scene.session.get_one(Incident, owed[1])
        assert waits.callback_claimed_until == scene.now + callbacks.NOBODY_FREE


def a_caller_who_holds(scene: Scene) -> int:
    """Somebody on the line for whom the desk's first agent is to be rung; the call's id."""
    incident = owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
    assert incident.call is not None
    incident.callback_at = None
    incident.call.ended_at = None
    incident.call.step = "desk"
    incident.call.answers = {"targets": [agent(scene, DESK_1).id]}
    return incident.call.id


def hunts(call_id: int) -> Callable[[Scene], bool]:
    def act(scene: Scene) -> bool:
        call = scene.session.get_one(Call, call_id)
        return hunt.ring_next(Turn(scene, call, Given())) is not None

    return act


def calls_back(incident_id: int) -> Callable[[Scene], bool]:
    def act(scene: Scene) -> bool:
        incident = callbacks.claim(scene, incident_id)
        assert incident is not None
        return callback_legs.ring_next(scene, incident) is not None

    return act


@pytest.mark.parametrize("caller_first", [True, False])
def test_one_agent_is_not_rung_for_a_caller_and_a_callback(
    database: Database, caller_first: bool
) -> None:
    with database.scene() as scene:
        agent(scene, DESK_2).present = False
        call_id, owed = a_caller_who_holds(scene), owe_in(scene).id
    pair = (hunts(call_id), calls_back(owed))
    first, second = pair if caller_first else reversed(pair)
    assert while_another_acts(database, first, second) is False
    with database.scene() as scene:
        assert len(scene.session.query(Leg).all()) == 1


def test_one_agent_is_not_rung_for_two_callers(database: Database) -> None:
    with database.scene() as scene:
        calls = [a_caller_who_holds(scene), a_caller_who_holds(scene)]
    assert while_another_acts(database, hunts(calls[0]), hunts(calls[1])) is False


def test_a_worker_that_is_frozen_keeps_no_caller_waiting(on_postgres: Database) -> None:
    """Law 6: it has locked the agents and never commits; the caller is put through all the same."""
    on_postgres.clear()
    with on_postgres.scene() as scene:
        call_id, owed = a_caller_who_holds(scene), owe_in(scene).id

    def rings_in_time() -> bool:
        with on_postgres.scene() as scene:
            return hunts(call_id)(scene)

    with ThreadPoolExecutor() as pool, on_postgres.scene() as frozen:
        assert calls_back(owed)(frozen)
        assert pool.submit(rings_in_time).result(2)


def test_what_is_more_urgent_has_the_phone_whoever_looks_first(database: Database) -> None:
    """One agent, two workers: the one with the P3 is quicker, and leaves the phone to the P1."""
    with database.scene() as scene:
        agent(scene, DESK_2).present = False
        minor = owe_in(scene, priority="P3")
        minor.callback_at = scene.now
        urgent = owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
    assert while_another_acts(database, calls_back(minor.id), calls_back(urgent.id)) is True
    with database.scene() as scene:
        (leg,) = scene.session.query(Leg).all()
        assert leg.incident_id == urgent.id
        assert callbacks.due(scene.session, scene.now, 10) == []


def test_a_row_that_nobody_manages_to_look_at_keeps_no_phone_for_itself(
    database: Database,
) -> None:
    with database.scene() as scene:
        agent(scene, DESK_2).present = False
        owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
    database.passes(callback_queue.LIVELY)
    with database.scene() as scene:
        minor = owe_in(scene, priority="P3")
        minor.callback_at = scene.now
    with database.scene() as scene:
        assert calls_back(minor.id)(scene)


def test_one_alarm_is_raised_by_two_workers(database: Database) -> None:
    def act(scene: Scene) -> bool:
        return alarms.raise_once(scene, "cap_day", caps.today(scene), {"limit": "9"})

    assert while_another_acts(database, act, act) is False


def test_the_end_of_a_leg_is_told_twice_at_once_and_counts_once(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        leg = callback_legs.ring_next(scene, incident)
        assert leg is not None

    def end(scene: Scene) -> None:
        found = callback_legs.find(scene, leg.id)
        assert found is not None
        callback_legs.over(scene, found, "busy")

    while_another_acts(database, end, end)
    assert [nudge for nudge in database.nudged if nudge.kind == "call_back"] == 2 * [
        database.nudged[0]
    ], "one for the plan, one for the next agent"
    with database.scene() as scene:
        kinds = [event.kind for event in scene.session.get_one(Incident, incident.id).events]
    assert kinds.count("leg_ended") == 1


def test_the_client_presses_the_key_as_the_agents_end_is_told(database: Database) -> None:
    """Whoever comes second sees what the first did: the two have talked, and nothing is owed."""
    with database.scene() as scene:
        incident = owe_in(scene)
        agent_leg = callback_legs.ring_next(scene, incident)
        assert agent_leg is not None
        legs.accept(scene, agent_leg)
        client_leg = legs.open_leg(scene, "client", incident, IMAGING_USER, parent=agent_leg)

    def press(scene: Scene) -> None:
        leg = callback_legs.find(scene, client_leg.id)
        assert leg is not None
        callback_client.hears(scene, leg, "1", 1)

    def end(scene: Scene) -> None:
        leg = callback_legs.find(scene, agent_leg.id)
        assert leg is not None
        callback_legs.over(scene, leg, "declined")

    while_another_acts(database, press, end)
    with database.scene() as scene:
        assert scene.session.get_one(Leg, client_leg.id).outcome == "talked"
        assert scene.session.get_one(Incident, incident.id).callback_at is None
