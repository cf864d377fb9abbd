"""The caps on a day's calls: what they hold back stays owed, is handed to a person, and is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ivr import alarms, callback_legs, callback_queue, callbacks, caps, incidents, legs
from ivr.models import Alarm, Incident, Leg, Message
from ivr.scene import Scene
from jobs.upkeep import Upkeep
from tests.jobs.cast import agent, owe, owe_in
from tests.jobs.conftest import POLICY, Database
from tests.world import (
    DESK_1,
    DESK_2,
    IMAGING_USER,
    NIGHT_USER,
    SATURDAY_NIGHT,
    TUESDAY_10,
    World,
)

TOMORROW_8 = TUESDAY_10.replace(hour=8) + timedelta(days=1)
SMALL = replace(POLICY.caps, calls_per_number=2, calls_per_client=3, calls_per_day=6)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


@contextmanager
def capped(database: Database, now: datetime | None = None) -> Iterator[Scene]:
    """A scene under small caps."""
    with database.scene(now) as scene:
        scene.policy = replace(POLICY, caps=SMALL)
        yield scene


def call_client(scene: Scene, incident: Incident, times: int) -> None:
    """The client's phone has rung so often today, and nobody picked up."""
    for _ in range(times):
        leg = legs.open_leg(scene, "client", incident, incident.callback_number or "")
        legs.end(scene, leg, "no_answer")


def texts_to(scene: Scene, phone: str) -> list[str]:
    return list(scene.session.scalars(select(Message.body).where(Message.to == phone)))


def test_a_number_that_was_called_often_waits_until_tomorrow_opens(database: Database) -> None:
    with capped(database) as scene:
        incident = owe_in(scene)
        call_client(scene, incident, 1)
        assert caps.reached(scene, incident) is None
        call_client(scene, incident, 1)
        assert callback_legs.ring_next(scene, incident) is None
        assert incident.callback_capped == "number"
        assert incident.callback_at == TOMORROW_8, "it stays owed"
        place = callback_queue.places(scene, [incident])[incident.id]
        assert place.key == "ordering.capped_number"
        capped_events = [e for e in incident.events if e.kind == "callback_capped"]
        assert [event.facts["why"]["key"] for event in capped_events] == ["caps.number"]


def test_what_waited_is_placed_when_the_next_day_opens(database: Database) -> None:
    with capped(database) as scene:
        incident = owe_in(scene)
        call_client(scene, incident, 2)
        callback_legs.ring_next(scene, incident)
    with capped(database, TOMORROW_8) as scene:
        again = callbacks.claim(scene, incident.id)
        assert again is not None
        assert again.callback_capped is None
        assert callback_legs.ring_next(scene, again) is not None


def test_a_client_and_a_day_have_caps_of_their_own(database: Database) -> None:
    with capped(database) as scene:
        first = owe_in(scene)
        call_client(scene, first, 1)
        other = owe_in(scene, caller="+14505550151")
        call_client(scene, other, 1)
        third = owe_in(scene, caller="+14505550152")
        call_client(scene, third, 1)
        assert caps.reached(scene, third) == "client"
        elsewhere = owe_in(scene, "40126", "+18195550105", product="billing")
        assert caps.reached(scene, elsewhere) is None
        for _ in range(3):
            leg = legs.open_leg(scene, "agent", first, DESK_1, agent=agent(scene, DESK_1))
            legs.end(scene, leg, "no_answer")
        assert caps.reached(scene, elsewhere) == "day"


def test_yesterdays_calls_do_not_count(database: Database) -> None:
    with capped(database) as scene:
        incident = owe_in(scene)
        call_client(scene, incident, 2)
        for leg in scene.session.scalars(select(Leg)):
            leg.created_at -= timedelta(hours=10, seconds=1)  # a second before midnight
        scene.session.flush()
        assert caps.reached(scene, incident) is None


def test_the_desk_is_told_to_call_by_hand_and_the_managers_once(database: Database) -> None:
    with capped(database) as scene:
        for caller in (IMAGING_USER, "+14505550151"):
            incident = owe_in(scene, caller=caller)
            call_client(scene, incident, 2)
            scene.session.flush()
            caps.hold_back(scene, incident, "number")
        assert len(texts_to(scene, DESK_1)) == len(texts_to(scene, DESK_2)) == 2
        assert "Appelez-le vous-meme" in texts_to(scene, DESK_1)[0]
        alarm = select(Message).where(Message.incident_id.is_(None))
        told = [(message.channel, message.to) for message in scene.session.scalars(alarm)]
        assert sorted(channel for channel, _ in told) == ["mail", "sms"], "once, by both"
        assert scene.session.query(Alarm).count() == 1
    with capped(database, TOMORROW_8) as scene:
        caps.hold_back(scene, scene.session.get_one(Incident, incident.id), "number")
        assert scene.session.query(Alarm).count() == 2, "and again the next day"


def test_who_holds_it_is_the_one_who_is_told(database: Database) -> None:
    with capped(database) as scene:
        incident = owe_in(scene)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_2), how="click")
        call_client(scene, incident, 2)
        callback_legs.ring_next(scene, incident)
        assert texts_to(scene, DESK_1) == []
        assert len(texts_to(scene, DESK_2)) == 1


def test_a_p1_rings_the_agents_whatever_was_called_and_spent(database: Database) -> None:
    with capped(database, SATURDAY_NIGHT) as scene:
        alarms.raise_once(
            scene, caps.SPENT, caps.today(scene), {"spent": "200 USD", "limit": "100 USD"}
        )
        incident = owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
        call_client(scene, incident, 9)
        assert callback_legs.ring_next(scene, incident) is not None


def test_the_days_cost_stops_all_but_p1(database: Database) -> None:
    with capped(database) as scene:
        scene.policy = replace(POLICY, caps=replace(POLICY.caps, spend_alarm=0.02, spend_limit=0.5))
        incident = owe_in(scene)
        leg = legs.open_leg(scene, "agent", incident, DESK_1, agent=agent(scene, DESK_1))
        leg.rang_at, leg.ended_at, leg.outcome = scene.now, scene.now, "talked"
        scene.session.flush()
        caps.watch(scene)
        assert alarms.is_raised(scene, "spend_alarm", caps.today(scene))
        assert caps.reached(scene, incident) is None, "an alarm stops nothing"
        leg.ended_at = scene.now + timedelta(hours=1)
        scene.session.flush()
        caps.watch(scene)
        assert caps.reached(scene, incident) == "spend"


def test_what_nobody_answered_costs_nothing(database: Database) -> None:
    with capped(database) as scene:
        incident = owe_in(scene)
        before = caps.spent_today(scene)
        leg = legs.open_leg(scene, "agent", incident, DESK_1, agent=agent(scene, DESK_1))
        leg.rang_at = scene.now
        legs.end(scene, leg, "no_answer")
        assert caps.spent_today(scene) == before
        assert before == pytest.approx(POLICY.caps.prices.line_minute), "the call of the client"


# As it is lived -------------------------------------------------------------------------------


def under(line: World, **small: float) -> None:
    policy = replace(line.line.policy, caps=replace(line.line.policy.caps, **small))  # type: ignore[arg-type]
    object.__setattr__(line.line, "policy", policy)


def test_a_client_who_never_answers_is_left_alone_for_the_day(line: World) -> None:
    under(line, calls_per_number=3)
    for phone in (DESK_1, DESK_2):
        line.phone(phone).accepts()
    line.phone(IMAGING_USER).rings_out()
    owe(line.line)
    line.passes(timedelta(hours=5))
    assert line.phone(IMAGING_USER).was_called == 3
    assert line.incident().callback_capped == "number"
    line.phone(IMAGING_USER).accepts(talks=60)
    line.pass_until(TOMORROW_8 + timedelta(minutes=5))
    assert line.phones.bridges(), "called the next morning"
    assert line.incident().callback_at is None


def test_the_agent_who_has_a_p1_is_told_that_the_line_calls_this_client_no_more(
    line: World,
) -> None:
    """The P1 rang the agent; the number is spared, and the agent may dial it by hand."""
    under(line, calls_per_number=1)
    line.phone(DESK_1).accepts()
    line.phone(DESK_2).rings_out()
    line.phone(IMAGING_USER).rings_out()
    owe(line.line, priority="P1")
    line.passes(timedelta(minutes=8))
    assert line.phone(IMAGING_USER).was_called == 1
    line.phone(DESK_1).hears("Le plafond des appels à ce client est atteint", "demain à 8 h")
    assert line.incident().state == "taken"
    assert line.incident().callback_at == TOMORROW_8


def test_upkeep_watches_the_cost(line: World) -> None:
    under(line, spend_alarm=0)
    Upkeep(line.line).look()
    line.passes(timedelta(seconds=5))
    manager = line.phone("+14385550115")
    assert any("Cout de la ligne" in text for text in manager.inbox)
