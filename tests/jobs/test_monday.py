"""Monday at eight: forty incidents of the week-end, two agents, and no phone rung for two things.

Judged from the stand-in's ledger of what rang when.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from ivr import callback_legs, callback_queue, callbacks, incidents
from ivr.models import Incident, Leg
from ivr.ordering import Owed, rank
from standin.entries import LegRecord
from tests.jobs.cast import owe, owe_in
from tests.jobs.conftest import Database
from tests.world import DESK_1, DESK_2, MONDAY_8, SATURDAY_NIGHT, World

CLIENTS = (("10452", "medical"), ("20317", "imaging"), ("30988", "medical"), ("40126", "billing"))
FORTY = 40
PRIORITIES = [("P1" if number % 10 == 0 else f"P{2 + number % 3}") for number in range(FORTY)]
FRIDAY_EVENING = MONDAY_8.replace(day=27, hour=15, minute=40)
"""So late that all are due on Monday, in another order than that in which they came."""


@pytest.fixture
def start() -> datetime:
    return SATURDAY_NIGHT


@pytest.fixture
def monday(line: World) -> World:
    """Forty callers of the week-end, in no order of urgency; each picks up when called back."""
    for number in range(FORTY):
        client, product = CLIENTS[number % len(CLIENTS)]
        priority = PRIORITIES[number]
        caller = f"+1450555{2000 + number}"
        line.phone(caller).accepts(after=3, talks=5)
        owe(line.line, client if priority != "P1" else "20317", caller, priority=priority,
            product=product if priority != "P1" else "imaging", recognised=False)  # fmt: skip
        line.twilio.run_until(line.now + timedelta(minutes=7))
    for agent in (DESK_1, DESK_2):
        line.phone(agent).accepts(after=2, talks=600)
    return line


def test_the_first_minutes_as_they_are_lived(monday: World) -> None:
    monday.pass_until(MONDAY_8)
    assert monday.phone(DESK_1).was_called == monday.phone(DESK_2).was_called == 1
    monday.passes(timedelta(minutes=2))
    assert_one_thing_at_a_time(monday)
    called = [each for each in monday.incidents() if calls_to(monday, number_of(each))]
    assert len(called) >= 5
    assert_in_order(monday, called)
    assert {each.priority for each in called[:4]} <= {"P1", "P2"}
    shares = [monday.phone(agent).was_called for agent in (DESK_1, DESK_2)]
    assert max(shares) - min(shares) <= 1, "the calls are shared"
    monday.phones.check()


def test_all_forty_are_called_in_order_and_each_once(database: Database) -> None:
    """The engine alone, on both databases: a phone that is free again rings for the next."""
    for number in range(FORTY):
        with database.scene(FRIDAY_EVENING + timedelta(minutes=number * 7 % 41)) as scene:
            incident = owe_in(scene, caller=f"+1450555{2000 + number}", priority=PRIORITIES[number])
            incident.callback_at = MONDAY_8
            assert incident.call is not None
            incident.call.ended_at = MONDAY_8  # a P1 is not yet paged to more than the desk
    database.now = MONDAY_8
    rung = ring_all(database)
    assert len(rung) == len({leg.agent_id for leg in rung}) == 2
    talking = list(rung)
    while talking:
        database.passes(timedelta(seconds=0.5))  # no wait runs out: only a free phone ends one
        leg = talking.pop(0)
        after = ends(database, leg.id)
        assert [placed.agent_id for placed in after] in ([leg.agent_id], [])
        rung += after
        talking += after
    with database.scene() as scene:
        owed = [Owed(i.id, i.priority, i.due_at) for i in scene.session.scalars(select(Incident))]
    assert [leg.incident_id for leg in rung] == [each.id for each in sorted(owed, key=rank)]


def ring_all(database: Database) -> list[Leg]:
    """What the worker does for all that is due now; the legs that it places."""
    with database.scene() as scene:
        due = callbacks.due(scene.session, scene.now, 100)
    placed = [ring(database, incident_id) for incident_id in due]
    return [leg for leg in placed if leg]


def ring(database: Database, incident_id: int) -> Leg | None:
    with database.scene() as scene:
        incident = callbacks.claim(scene, incident_id)
        return callback_legs.ring_next(scene, incident) if incident else None


def ends(database: Database, leg_id: int) -> list[Leg]:
    """The client was spoken to, the phone is free again, and what is nudged by that is done."""
    database.nudged.clear()
    with database.scene() as scene:
        leg = scene.session.get_one(Leg, leg_id)
        incidents.client_told(scene, leg.incident, how="spoken")
        callback_legs.over(scene, leg, "hung_up")
    (nudge,) = database.nudged
    with database.scene() as scene:
        callback_queue.wake(scene, nudge.id)
    woken = [each.id for each in database.nudged if each.kind == "call_back"]
    placed = [ring(database, incident_id) for incident_id in woken]
    return [leg for leg in placed if leg]


def assert_one_thing_at_a_time(line: World) -> None:
    for agent in (DESK_1, DESK_2):
        calls = sorted(calls_to(line, agent), key=lambda leg: leg.started)
        for before, after in pairwise(calls):
            assert before.ended is not None
            assert before.ended <= after.started, f"{agent} is rung for two things"


def assert_in_order(line: World, incidents: list[Incident]) -> None:
    """What rings second is never more urgent than what rang first."""
    began = {incident.id: calls_to(line, number_of(incident))[0].started for incident in incidents}
    ranked = sorted(incidents, key=lambda each: rank(Owed(each.id, each.priority, each.due_at)))
    for before, after in pairwise(ranked):
        assert began[before.id] <= began[after.id] + timedelta(seconds=5)


def calls_to(line: World, number: str) -> list[LegRecord]:
    return line.twilio.ledger.legs(to=number)


def number_of(incident: Incident) -> str:
    return incident.callback_number or ""
