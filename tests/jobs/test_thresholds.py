"""Who is told that a clock runs out: when, once, together, and never at night."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ivr import digests, incidents, thresholds, working
from ivr.models import Agent, Event, Incident, Message, Reminder
from ivr.scene import Scene
from jobs import remind
from jobs.heart import beat
from jobs.sweep import Seen, sweep_once
from tests.jobs.cast import agent, incident_of, owe, owe_in
from tests.jobs.conftest import Database
from tests.world import (
    DESK_1,
    DESK_2,
    MONDAY_8,
    NIGHT_USER,
    ON_CALL_1,
    SATURDAY_NIGHT,
    TUESDAY_10,
    World,
)

LEAD, MANAGER = DESK_1, "+14385550115"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def at(hour: int, minute: int = 0) -> datetime:
    return TUESDAY_10.replace(hour=hour, minute=minute)


def passes_until(database: Database, moment: datetime) -> None:
    """What a worker does in that time: each threshold is noticed and told when it comes."""
    while True:
        with database.sessions() as session:
            due = thresholds.next_due(session)
        if due is None or due > moment:
            break
        database.now = max(due, database.now)
        tell(database)
    database.now = moment


def tell(database: Database) -> None:
    with database.scene() as scene:
        due = thresholds.due(scene.session, scene.now, scene.policy, 100)
        waits = digests.due(scene.session, scene.now, scene.policy.thresholds.together)
    for incident_id in due:
        with database.scene() as scene:
            thresholds.notice(scene, incident_id)
    agents = {nudge.id for nudge in database.nudged if nudge.kind == "digest"} | set(waits)
    database.nudged.clear()
    for agent_id in sorted(agents):
        with database.scene() as scene:
            digests.write(scene, agent_id)


def texts(database: Database) -> list[tuple[datetime, str, str]]:
    """When, to whom, and what each SMS to an agent says, without its link."""
    with database.sessions() as session:
        found = session.scalars(
            select(Message)
            .where(Message.channel == "sms", Message.agent_id.is_not(None))
            .order_by(Message.id)
        ).all()
    return [(m.created_at.astimezone(TUESDAY_10.tzinfo), m.to, m.body) for m in found]


def told(database: Database) -> list[tuple[datetime, str]]:
    return [(when, to) for when, to, _ in texts(database)]


def reached(database: Database) -> list[tuple[str, int, int]]:
    """The clocks, percentages and people of the thresholds on the timeline."""
    with database.sessions() as session:
        events = session.scalars(
            select(Event).where(Event.kind == "threshold").order_by(Event.id)
        ).all()
    return [(e.facts["clock"], e.facts["percent"], e.facts["people"]) for e in events]


def held(scene: Scene, phone: str = DESK_2, priority: str = "P2") -> Incident:
    incident = owe_in(scene, priority=priority)
    incidents.take_in_charge(scene, incident, agent(scene, phone), how="click")
    return incident


# When, and whom ------------------------------------------------------------------------------


def test_the_holder_then_the_lead_too_then_the_manager(database: Database) -> None:
    with database.scene() as scene:
        held(scene)
    passes_until(database, at(15))
    assert told(database) == [
        (at(11), DESK_2),
        (at(11, 30), LEAD),
        (at(11, 30), DESK_2),
        (at(11, 48), LEAD),
        (at(11, 48), DESK_2),
        (at(12), LEAD),
        (at(12), DESK_2),
        (at(12), MANAGER),
    ]
    assert reached(database)[:4] == [
        ("response", 50, 1),
        ("response", 75, 2),
        ("response", 90, 2),
        ("response", 100, 3),
    ]


def test_nobody_holds_it_and_the_team_lead_is_told(database: Database) -> None:
    with database.scene() as scene:
        owe_in(scene, priority="P3")
    passes_until(database, at(12))
    assert told(database) == [(at(12), LEAD)]


def test_without_a_team_lead_the_manager_is(database: Database) -> None:
    with database.scene() as scene:
        agent(scene, LEAD).role = "agent"
        owe_in(scene, priority="P3")
    passes_until(database, at(12))
    with database.scene() as scene:
        agent(scene, LEAD).role = "lead"
    assert told(database) == [(at(12), MANAGER)]


def test_a_holder_who_has_left_is_nobody(database: Database) -> None:
    with database.scene() as scene:
        held(scene)
        agent(scene, DESK_2).active = False
    passes_until(database, at(11))
    with database.scene() as scene:
        agent(scene, DESK_2).active = True
    assert told(database) == [(at(11), LEAD)]


def test_what_is_met_tells_nobody(database: Database) -> None:
    with database.scene() as scene:
        incidents.client_told(scene, held(scene, priority="P3"), how="call")
    passes_until(database, at(16, 30))
    assert told(database) == []


def test_nothing_is_told_at_night(database: Database) -> None:
    """A P2 of 16:00 is due at 9:30 the next day; its half is over at 8:30."""
    database.now = at(16)
    with database.scene() as scene:
        held(scene)
    passes_until(database, at(16) + timedelta(days=1))
    first = told(database)[0]
    assert first == (at(8, 30) + timedelta(days=1), DESK_2)


def test_what_is_due_at_the_closing_is_told_at_the_opening(database: Database) -> None:
    database.now = at(14, 30)
    with database.scene() as scene:
        held(scene)
    passes_until(database, at(9) + timedelta(days=1))
    assert (at(8) + timedelta(days=1), MANAGER) in told(database)
    assert all(8 <= when.hour < 17 for when, _ in told(database))


def test_a_p1_of_the_extended_service_is_told_at_night(database: Database) -> None:
    """Its holder and, for the lead, those on call; not the lead, who sleeps."""
    database.now = SATURDAY_NIGHT
    with database.scene() as scene:
        incident = owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
        incidents.take_in_charge(scene, incident, agent(scene, ON_CALL_1), how="key")
    passes_until(database, SATURDAY_NIGHT + 50 * MINUTE)
    assert told(database)[0] == (SATURDAY_NIGHT + 30 * MINUTE, ON_CALL_1)
    assert (SATURDAY_NIGHT + 45 * MINUTE, ON_CALL_1) in told(database)
    assert LEAD not in {to for _, to in told(database)}


def test_a_p1_that_is_paged_is_on_the_timeline_and_makes_no_more_noise(database: Database) -> None:
    database.now = SATURDAY_NIGHT
    with database.scene() as scene:
        owe_in(scene, "10452", NIGHT_USER, "P1", "medical")
    passes_until(database, SATURDAY_NIGHT + 2 * HOUR)
    assert told(database) == []
    assert reached(database) == [("response", percent, 0) for percent in (50, 75, 90, 100)]


# The other clocks ----------------------------------------------------------------------------


def test_the_correction_stands_still_while_the_client_is_waited_for(database: Database) -> None:
    with database.scene() as scene:
        incident = held(scene)
        incidents.client_told(scene, incident, how="call")
    passes_until(database, at(15))
    with database.scene() as scene:
        found = scene.session.get_one(Incident, incident.id)
        assert found.correction_due_at == at(13, 30) + timedelta(days=1)
        working.wait(scene, found, agent(scene, DESK_2), "le journal d'erreurs")
        assert (found.correction_due_at, found.warn_at) == (None, None)
    passes_until(database, at(15) + timedelta(days=3))
    assert reached(database) == []
    with database.scene() as scene:
        found = scene.session.get_one(Incident, incident.id)
        working.resume(scene, found, agent(scene, DESK_2))
        assert found.correction_due_at == at(13, 30) + timedelta(days=6)
    passes_until(database, at(16) + timedelta(days=3))
    assert reached(database) == [("correction", 50, 1)]


def test_each_update_that_was_agreed_has_its_own_thresholds(database: Database) -> None:
    with database.scene() as scene:
        incident = held(scene, priority="P3")
        incidents.client_told(scene, incident, how="call")
        working.agree_updates(scene, incident, agent(scene, DESK_2), 2 * HOUR)
    assert incident.update_due_at == at(12)
    passes_until(database, at(11, 15))
    with database.scene() as scene:
        found = scene.session.get_one(Incident, incident.id)
        working.give_update(scene, found, agent(scene, DESK_2))
        assert found.update_due_at == at(13, 15)
    passes_until(database, at(13, 15))
    assert [percent for clock, percent, _ in reached(database)] == [50, 50, 75, 90, 100]
    assert texts(database)[0][2].startswith("P3 ")
    assert "nouvelles au client" in texts(database)[0][2]


# Together ------------------------------------------------------------------------------------


def forty_weekend_calls(scene: Scene) -> None:
    for number in range(40):
        owe_in(scene, priority="P2" if number % 4 else "P3")


def test_forty_weekend_incidents_are_one_message_to_each_person(on_sqlite: Database) -> None:
    """Thirty P2 have used half of their time at 9:00, ten P3 theirs at 10:00."""
    database = on_sqlite
    database.now = SATURDAY_NIGHT
    with database.scene() as scene:
        forty_weekend_calls(scene)
    passes_until(database, MONDAY_8 + 2 * HOUR - MINUTE)
    first = texts(database)
    assert [(when, to) for when, to, _ in first] == [
        (MONDAY_8 + HOUR, LEAD),
        (MONDAY_8 + 90 * MINUTE, LEAD),
        (MONDAY_8 + 108 * MINUTE, LEAD),
    ]
    assert first[0][2].startswith("30 ")
    assert "P2" in first[0][2]
    with database.sessions() as session:
        (mail, *_) = session.scalars(
            select(Message).where(Message.channel == "mail", Message.agent_id.is_not(None))
        ).all()
    assert mail.body.count("/incidents/") == 30


def test_the_next_digest_waits_unless_it_is_urgent(database: Database) -> None:
    with database.scene() as scene:
        owe_in(scene, priority="P3")
    database.passes(5 * MINUTE)
    with database.scene() as scene:
        owe_in(scene, priority="P3")
    passes_until(database, at(12, 5))
    assert told(database) == [(at(12), LEAD)]
    database.now = at(12, 10)
    tell(database)
    assert told(database) == [(at(12), LEAD), (at(12, 10), LEAD)]


def test_what_was_jumped_over_is_told_as_the_highest_only(database: Database) -> None:
    """The worker and the sweep were down from 10:00 to 11:50."""
    with database.scene() as scene:
        held(scene)
    database.now = at(11, 50)
    tell(database)
    assert reached(database) == [("response", 90, 2)]
    assert told(database) == [(at(11, 50), LEAD), (at(11, 50), DESK_2)]


def test_an_outage_over_closing_wakes_nobody(database: Database) -> None:
    with database.scene() as scene:
        held(scene)
    database.now = at(22)
    tell(database)
    assert (told(database), reached(database)) == ([], [])
    database.now = at(8) + timedelta(days=1)
    tell(database)
    assert reached(database)[0] == ("response", 100, 3)


def test_what_is_settled_before_the_digest_is_left_out(database: Database) -> None:
    with database.scene() as scene:
        incident = held(scene)
    database.now = at(11)
    with database.scene() as scene:
        thresholds.notice(scene, incident.id)
        found = scene.session.get_one(Incident, incident.id)
        incidents.client_told(scene, found, how="call")
        digests.write(scene, agent(scene, DESK_2).id)
    assert told(database) == []


def test_a_digest_that_is_late_says_nothing_that_is_no_longer_so(database: Database) -> None:
    with database.scene() as scene:
        incident = held(scene)
    passes_until(database, at(11))
    with database.scene() as scene:
        message = scene.session.scalars(
            select(Message).where(Message.purpose.startswith(digests.PURPOSE))
        ).first()
        assert message is not None
        assert digests.is_wanted(scene, message)
    database.now = at(11, 20)
    with database.scene() as scene:
        assert digests.is_wanted(scene, scene.session.get_one(Message, message.id))
        found = scene.session.get_one(Incident, incident.id)
        incidents.client_told(scene, found, how="call")
        assert not digests.is_wanted(scene, scene.session.get_one(Message, message.id))


# Once ----------------------------------------------------------------------------------------


def test_two_workers_at_once_tell_it_once(on_postgres: Database) -> None:
    on_postgres.clear()
    with on_postgres.scene() as scene:
        ids = [held(scene).id for _ in range(4)]
        desk = agent(scene, DESK_2).id
    on_postgres.now = at(11)
    together = threading.Barrier(2)

    def worker() -> None:
        together.wait()
        for incident_id in ids:
            with on_postgres.scene() as scene:
                thresholds.notice(scene, incident_id)
        with on_postgres.scene() as scene:
            if thresholds.are_noticed(scene):
                digests.write(scene, desk)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(worker) for _ in range(2)]:
            done.result(timeout=20)
    assert reached(on_postgres) == [("response", 50, 1)] * 4
    with on_postgres.sessions() as session:
        assert len(session.scalars(select(Reminder.digest)).all()) == 4
    bodies = [body for _, _, body in texts(on_postgres)]
    assert sum(1 if body.startswith("P2") else int(body.split()[0]) for body in bodies) == 4


def test_it_goes_out_once_by_worker_and_sweep_and_after_a_restart(line: World) -> None:
    for number in (DESK_1, DESK_2, MANAGER):
        line.phone(number).rings_out()
    incident_id = owe(line.line, priority="P4")
    line.pass_until(at(14, 5))
    assert len(line.phone(LEAD).inbox) == 1
    assert "50 % du délai" in line.phone(LEAD).inbox[0]
    for _ in range(3):
        sweep_once(line.line, Seen())
        remind.notice(line.line, incident_id)
        line.work()
    assert len(line.phone(LEAD).inbox) == 1
    assert [kind for kind in line.timeline() if kind == "threshold"] == ["threshold"]
    letters = [letter for letter in line.mail.letters if "50" in str(letter["Subject"])]
    assert len(letters) == 1
    assert incident_of(line.line, incident_id).warn_at is not None


def test_an_incident_that_cannot_be_noticed_holds_up_no_digest(
    line: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (DESK_1, DESK_2):
        line.phone(number).rings_out()
    bad, _ = owe(line.line, priority="P4"), owe(line.line, priority="P4")
    notice = thresholds.notice

    def breaks(scene: Scene, incident_id: int) -> None:
        if incident_id == bad:
            raise ZeroDivisionError
        notice(scene, incident_id)

    monkeypatch.setattr(thresholds, "notice", breaks)
    line.twilio.run_until(at(14))
    for _ in range(80):
        beat(line.line, "worker")
        sweep_once(line.line, Seen())
        line.twilio.run_until(line.now + timedelta(seconds=1))
    line.work()
    assert len(line.phone(LEAD).inbox) == 1


def test_everybody_reads_it_in_their_own_language(database: Database) -> None:
    with database.scene() as scene:
        held(scene)
        agent(scene, LEAD).language = "en"
    passes_until(database, at(11, 30))
    with database.scene() as scene:
        scene.session.scalars(select(Agent).where(Agent.phone == LEAD)).one().language = "fr"
    english = next(body for _, to, body in texts(database) if to == LEAD)
    french = next(body for _, to, body in texts(database) if to == DESK_2)
    assert "to be taken in charge, 75% of the time, due Tuesday, November 24 at noon" in english
    assert "prise en charge, 50 % du délai" in french
