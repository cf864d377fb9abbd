"""When an incident is called back, by whom, and in what order: the rules, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr import callback_legs, callback_queue, callbacks, incidents, legs
from ivr.models import Agent, Incident
from ivr.scene import Nudge, Scene
from tests.jobs.cast import agent, owe_in
from tests.jobs.conftest import Database
from tests.world import (
    DESK_1,
    DESK_2,
    IMAGING_USER,
    MONDAY_8,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    SATURDAY_NIGHT,
    TUESDAY_10,
)

MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0) -> datetime:
    return TUESDAY_10.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("opened", "priority", "client", "product", "caller", "called_from"),
    [
        (at(10), "P2", "20317", "imaging", IMAGING_USER, at(10)),
        (at(10), "P3", "20317", "imaging", IMAGING_USER, at(12)),
        (at(10), "P4", "20317", "imaging", IMAGING_USER, at(14)),
        (at(15), "P4", "20317", "imaging", IMAGING_USER, at(10, 30) + timedelta(days=1)),
        (SATURDAY_NIGHT, "P2", "20317", "imaging", IMAGING_USER, MONDAY_8),
        (SATURDAY_NIGHT, "P1", "20317", "imaging", IMAGING_USER, MONDAY_8),
        (SATURDAY_NIGHT, "P1", "10452", "medical", NIGHT_USER, SATURDAY_NIGHT),
        (SATURDAY_NIGHT, "P2", "10452", "medical", NIGHT_USER, MONDAY_8),
        (SATURDAY_NIGHT, "P1", "10452", "billing", NIGHT_USER, MONDAY_8),
    ],
)
def test_from_when_agents_are_rung(
    database: Database,
    opened: datetime,
    priority: str,
    client: str,
    product: str,
    caller: str,
    called_from: datetime,
) -> None:
    """§1.1, §4: a part of the time has passed, in business hours; the extended service's P1 now."""
    with database.scene(opened) as scene:
        incident = owe_in(scene, client, caller, priority, product)
        assert incident.callback_at == called_from
    due_now = [Nudge("call_back", incident.id)] if called_from == opened else []
    assert database.nudged == due_now


def test_a_caller_on_the_line_is_not_called_back_yet_and_never_forgotten(
    database: Database,
) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        callbacks.hold(scene, incident)
        assert incident.callback_at == scene.now + timedelta(minutes=5)
    with database.scene(database.now + timedelta(minutes=5)) as scene:
        assert callbacks.due(scene.session, scene.now, 10) == [incident.id]


def test_a_status_callback_that_comes_twice_changes_no_schedule(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        callbacks.retry(scene, incident)
        tried_again_at = incident.callback_at
        callbacks.plan(scene, incident)
        assert incident.callback_at == tried_again_at


def test_a_client_who_has_been_spoken_to_is_owed_nothing(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        incidents.client_told(scene, incident, how="spoken", agent=agent(scene, DESK_1))
        callbacks.hold(scene, incident)
        callbacks.plan(scene, incident)
        assert incident.callback_at is None


def test_a_letter_does_not_pay_for_the_call_that_was_promised(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        incidents.client_told(scene, incident, how="mail")
        assert incident.callback_at is not None


def test_p1_first_then_by_the_time_that_is_left(database: Database) -> None:
    """By arrival, the P4 of the morning would come before the P1 of this minute."""
    with database.scene(at(8)) as scene:
        p4 = owe_in(scene, priority="P4").id
    with database.scene(at(9)) as scene:
        p3 = owe_in(scene, priority="P3").id
    with database.scene(at(12, 30)) as scene:
        p2 = owe_in(scene, priority="P2").id
    with database.scene(at(13)) as scene:
        p1 = owe_in(scene, priority="P1").id
        assert callbacks.due(scene.session, scene.now, 10) == [p1, p3, p2, p4]
        assert callbacks.due(scene.session, scene.now, 2) == [p1, p3]


def test_only_one_of_two_gets_the_claim_and_a_lease_runs_out(database: Database) -> None:
    with database.scene() as scene:
        incident_id = owe_in(scene).id
    with database.scene() as scene:
        assert callbacks.claim(scene, incident_id) is not None
    with database.scene() as scene:
        assert callbacks.claim(scene, incident_id) is None
        assert callbacks.due(scene.session, scene.now, 10) == []
        assert callbacks.next_due(scene.session) == scene.now + MINUTE
    with database.scene(database.now + MINUTE) as scene:
        assert callbacks.claim(scene, incident_id) is not None


def test_the_pauses_are_the_policys_and_the_last_one_repeats(database: Database) -> None:
    with database.scene(at(8)) as scene:
        incident = owe_in(scene, priority="P4")
        pauses = []
        for _ in range(7):
            callbacks.retry(scene, incident)
            assert incident.callback_at is not None
            pauses.append((incident.callback_at - scene.now) / MINUTE)
    assert pauses == [2, 5, 10, 15, 30, 30, 30]


@pytest.mark.parametrize(
    ("left", "pause"), [(60, 30), (30, 30), (29, 14.5), (1.5, 1), (0.5, 1), (0, 30), (-60, 30)]
)
def test_no_pause_is_longer_than_what_is_left(
    database: Database, left: float, pause: float
) -> None:
    """Minutes; after the breach the last pause goes on, so that nothing is forgotten."""
    with database.scene() as scene:
        incident = owe_in(scene)
        incident.callback_attempts = 9
        incident.due_at = scene.now + left * MINUTE
        callbacks.retry(scene, incident)
        assert incident.callback_at == scene.now + pause * MINUTE


def test_outside_the_hours_the_next_try_is_at_the_next_opening(database: Database) -> None:
    with database.scene(at(16, 29)) as scene:
        incident = owe_in(scene)
        callbacks.retry(scene, incident)
        assert incident.callback_at == at(8) + timedelta(days=1)
    with database.scene(SATURDAY_NIGHT) as scene:
        night = owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
        callbacks.retry(scene, night)
        assert night.callback_at == SATURDAY_NIGHT + 2 * MINUTE


def test_agents_are_rung_for_one_thing_at_a_time(database: Database) -> None:
    """Forty of the week-end's on Monday at eight: two agents, two calls, and thirty-eight wait."""
    with database.scene(SATURDAY_NIGHT) as scene:
        for number in range(40):
            owe_in(scene, caller=f"+1450555{number + 150:04}")
    database.now = MONDAY_8
    rung = ring_all(database)
    assert sorted(rung) == [DESK_1, DESK_2]
    with database.scene() as scene:
        assert callbacks.due(scene.session, scene.now, 50) == []
        assert callbacks.next_due(scene.session) == scene.now + callbacks.NOBODY_FREE


def test_a_phone_that_is_free_again_rings_for_the_most_urgent(database: Database) -> None:
    with database.scene() as scene:
        reached = owe_in(scene).id
        owe_in(scene, caller=NIGHT_USER)
    database.passes(MINUTE)
    assert len(ring_all(database)) == 2
    with database.scene() as scene:
        owe_in(scene, caller="+14505550151")
        urgent = owe_in(scene, caller="+14505550152", priority="P1").id
        owe_in(scene, caller="+14505550153")
    assert ring_all(database) == []
    database.nudged.clear()
    with database.scene() as scene:
        leg = callback_legs.live(scene, scene.session.get_one(Incident, reached))[0]
        leg.incident.callback_at = None  # the client has been reached
        callback_legs.over(scene, leg, "no_answer")
    (nudge,) = database.nudged
    assert nudge == Nudge("wake", leg.agent_id or 0)
    with database.scene() as scene:
        callback_queue.wake(scene, nudge.id)
    assert database.nudged == [nudge, Nudge("call_back", urgent)]
    assert ring_all(database) == [leg.number]


def test_a_client_is_not_rung_for_two_things_at_a_time(database: Database) -> None:
    with database.scene() as scene:
        first, second = owe_in(scene), owe_in(scene)
        at_extension = owe_in(scene)
        at_extension.callback_extension = "204"
        assert callback_legs.ring_next(scene, first) is not None
        assert callback_legs.ring_next(scene, second) is None
        assert second.callback_claimed_until == scene.now + callbacks.NOBODY_FREE
        assert callback_legs.ring_next(scene, at_extension) is not None


def test_the_holder_is_rung_first_and_an_absent_one_is_not(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_2), how="click")
        leg = callback_legs.ring_next(scene, incident)
        assert leg is not None
        assert leg.number == DESK_2
    with database.scene() as scene:
        incident = owe_in(scene, caller=NIGHT_USER)
        holder = agent(scene, DESK_2)
        incidents.take_in_charge(scene, incident, holder, how="click")
        holder.present = False
        leg = callback_legs.ring_next(scene, incident)
        assert leg is not None
        assert leg.number == DESK_1


@pytest.mark.parametrize(
    ("moment", "priority", "client", "product", "present", "rung"),
    [
        (TUESDAY_10, "P2", "20317", "imaging", True, DESK_1),
        (TUESDAY_10, "P2", "20317", "imaging", False, None),
        (TUESDAY_10, "P1", "10452", "medical", False, ON_CALL_1),
        (TUESDAY_10, "P1", "20317", "imaging", False, None),
        (SATURDAY_NIGHT, "P1", "10452", "medical", True, ON_CALL_1),
    ],
)
def test_who_is_rung(
    database: Database,
    moment: datetime,
    priority: str,
    client: str,
    product: str,
    present: bool,
    rung: str | None,
) -> None:
    """The desk in opening hours, those on call for a P1 of the extended service after them, and
    where the desk is empty.
    """
    first = ON_CALL_2 if rung == ON_CALL_1 and moment == SATURDAY_NIGHT else rung
    with database.scene(moment) as scene:
        for phone in (DESK_1, DESK_2):
            agent(scene, phone).present = present
        incident = owe_in(scene, client, NIGHT_USER, priority, product)
        leg = callback_legs.ring_next(scene, incident)
        assert (leg and leg.number) in (first, rung)
        if rung is None:
            assert incident.callback_attempts == 0
            assert incident.callback_claimed_until == scene.now + callbacks.NOBODY_FREE


def test_after_hours_nobody_is_rung_for_what_can_wait(database: Database) -> None:
    with database.scene(at(16, 30)) as scene:
        incident = owe_in(scene)
        incident.callback_at = scene.now
        assert callback_legs.ring_next(scene, incident) is None
        assert incident.callback_at == at(8) + timedelta(days=1)


def test_a_phone_that_never_rang_is_rung_again_in_the_same_round(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        first = callback_legs.ring_next(scene, incident)
        assert first is not None
        legs.end(scene, first, legs.NEVER_RANG)
        second = callback_legs.ring_next(scene, incident)
        third = callback_legs.ring_next(scene, incident)
        assert {leg.number for leg in (second, third) if leg} == {DESK_1, DESK_2}
        assert incident.callback_attempts == 0


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["accept", "refuse", "client", "miss"]), st.integers(0, 1)),
        max_size=15,
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_happens_an_incident_is_reached_or_still_owed(
    database: Database, steps: list[tuple[str, int]]
) -> None:
    """Two incidents, two agents, any order of events: no agent and no client has two phones
    ringing, and an incident is either paid or has a next look in sight.
    """
    database.clear()
    with database.scene() as scene:
        owed = [owe_in(scene).id, owe_in(scene, "10452", NIGHT_USER, "P2", "medical").id]
    for what, which in steps:
        database.passes(timedelta(seconds=4))  # no leg is so old that it counts as forgotten
        ring_all(database)
        with database.scene() as scene:
            happens(scene, what, owed[which])
        with database.scene() as scene:
            check(scene, owed)


def happens(scene: Scene, what: str, incident_id: int) -> None:
    incident = scene.session.get_one(Incident, incident_id)
    for leg in callback_legs.live(scene, incident):
        client_leg = callback_legs.client_leg_of(scene, leg)
        if what == "refuse" and leg.accepted_at is None:
            callback_legs.over(scene, leg, "no_answer")
        elif what == "accept" and leg.accepted_at is None and legs.accept(scene, leg):
            legs.open_leg(scene, "client", incident, incident.callback_number or "", parent=leg)
        elif client_leg and client_leg.ended_at is None and what == "miss":
            callback_legs.over(scene, leg, "hung_up")
        elif client_leg and what == "client" and legs.accept(scene, client_leg):
            callback_legs.spoken_to(scene, client_leg)
            callback_legs.over(scene, leg, "talked")


def check(scene: Scene, owed: list[int]) -> None:
    ringing: list[int] = []
    for incident_id in owed:
        incident = scene.session.get_one(Incident, incident_id)
        live = callback_legs.live(scene, incident)
        assert len(live) <= 1
        ringing += [leg.agent_id for leg in live if leg.agent_id]
        assert (incident.callback_at is None) == (incident.told_at is not None)
    assert len(ringing) == len(set(ringing))


def ring_all(database: Database) -> list[str]:
    """What the worker would do for all that is due now; the phones that it rings."""
    rung: list[str] = []
    with database.scene() as scene:
        for incident_id in callbacks.due(scene.session, scene.now, 100):
            incident = callbacks.claim(scene, incident_id)
            assert incident is not None
            if callback_legs.live(scene, incident):
                continue
            leg = callback_legs.ring_next(scene, incident)
            if leg:
                rung.append(leg.number)
    return rung


def test_the_cast_is_who_the_tests_take_it_for(database: Database) -> None:
    with database.scene() as scene:
        desk = scene.session.query(Agent).where(Agent.on_desk).order_by(Agent.id)
        assert [each.phone for each in desk] == [DESK_1, DESK_2]
