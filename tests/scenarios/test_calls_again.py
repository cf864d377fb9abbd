"""A super user calls again about an open file: recognised, and joined to whoever holds it (§4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ivr import closing_signs, words, working
from ivr.incidents import lock
from ivr.models import Agent, Event, Incident
from tests.phones import Call
from tests.scenarios.cast import TO_IMPACT, critical_day_call, presses
from tests.world import (
    BILLING_USER,
    CLINIC_LINE,
    DAY_USER,
    DESK_1,
    DESK_2,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    TUESDAY_10,
    World,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CLOSED = TUESDAY_10.replace(hour=17)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def spoken(incident: Incident) -> str:
    return words.read_reference(incident.reference)


def a_file(line: World, impact: str = "2", number: str = DAY_USER) -> Incident:
    """A file in the hands of the first at the desk, who has talked about it with the client."""
    line.phone(DESK_1).accepts(talks=60)
    line.phone(number).accepts(talks=60)
    call = presses(line.phone(number).dials(), *TO_IMPACT, impact)
    if impact in "12":
        presses(call, "1", "1").talks(70)
    else:
        presses(call, "1", "1").hangs_up()
        line.passes(3 * HOUR)
    if not call.ended:
        call.hangs_up()
    line.passes(5 * MINUTE)
    (incident,) = line.incidents()
    assert incident.met_at is not None, line.timeline()
    return incident


def again(line: World, number: str = DAY_USER) -> Call:
    return line.phone(number).dials().presses("10452")


def kinds(line: World, incident: Incident) -> list[str]:
    with line.session() as session:
        return [event.kind for event in session.get_one(Incident, incident.id).events]


def file(line: World) -> Incident:
    return line.incidents()[0]


def test_the_caller_is_asked_whether_it_is_about_that_file(line: World) -> None:
    known = a_file(line)
    again(line).hears(
        f"Est-ce pour le dossier {spoken(known)}, Médical ?",
        "Oui, faites le 1. Pour un gestionnaire, le 2. Pour autre chose, le 3.",
    )


def test_yes_rings_whoever_holds_it_and_no_second_incident_is_worked_on(line: World) -> None:
    known = a_file(line)
    line.phone(DESK_2).rings_out()
    call = again(line).presses("1")
    call.hears("Je joins la personne qui s'en occupe.")
    assert call.bridged_with == DESK_1
    assert line.phone(DESK_2).was_called == 0
    call.talks(30).hangs_up()
    line.passes(HOUR)

    known, record = line.incidents()
    assert (record.state, record.closed_how, record.linked_to_id) == ("closed", "joined", known.id)
    assert (record.callback_at, record.live_reference, record.warn_at) == (None, None, None)
    assert kinds(line, known)[-4:] == ["called_again", "rung", "told", "leg_ended"]
    assert known.state == "taken"
    assert not [text for text in line.phone(DAY_USER).inbox if record.reference[:3] in text]


def test_the_holder_hears_which_file_it_is_about_in_less_than_ten_seconds(line: World) -> None:
    known = a_file(line)
    again(line).presses("1")
    line.phone(DESK_1).hears(
        f"P 2, client Clinique du Parc, dossier {spoken(known)}, Responsable de jour"
    )
    agent = line.phone(DESK_1).legs[-1]
    question, *_ = [h for h in line.twilio.ledger.heard(agent.sid) if h.speaker == "line"]
    assert question.text.endswith(f"faites le {' '.join(line.accept_key())}.")
    assert question.seconds < 10


def test_a_colleague_who_calls_about_it_is_named_to_the_holder(line: World) -> None:
    a_file(line)
    again(line, NIGHT_USER).hears("Est-ce pour le dossier").presses("1")
    line.phone(DESK_1).hears("Responsable de nuit")


def test_the_holder_does_not_answer_and_is_made_to_call_back(line: World) -> None:
    a_file(line)
    line.phone(DESK_1).rings_out().then.accepts(talks=30)
    line.phone(DESK_2).rings_out()
    call = again(line).presses("1")
    call.hears("Cette personne ne peut pas répondre.", "rappellera votre clinique dès que possible")
    call.stays_silent()
    assert call.ended
    line.passes(2 * MINUTE)
    assert line.phones.bridges()[-1] == (DESK_1, DAY_USER)
    assert line.phone(DESK_2).was_called == 0
    assert file(line).callback_at is None
    line.passes(3 * HOUR)
    assert len(line.phones.bridges()) == 2, "once"


def test_a_caller_who_hangs_up_while_the_holders_phone_rings_is_called_back(line: World) -> None:
    a_file(line)
    line.phone(DESK_1).rings_out().then.accepts(talks=30)
    call = line.phone(DAY_USER).dials()
    call.presses("10452")
    call.presses("1", wait=False)
    line.phones.passes(seconds=8)
    call.hangs_up()
    line.passes(2 * MINUTE)
    assert line.phones.bridges()[-1] == (DESK_1, DAY_USER)


def test_a_holder_who_has_left_the_desk_is_not_rung(line: World) -> None:
    a_file(line)
    with line.line.scene() as scene:
        scene.session.scalars(select(Agent).where(Agent.phone == DESK_1)).one().present = False
    rung = line.phone(DESK_1).was_called
    line.phone(DESK_2).accepts(talks=30)
    again(line).presses("1").hears("Cette personne ne peut pas répondre.").stays_silent()
    line.passes(2 * MINUTE)
    assert line.phone(DESK_1).was_called == rung
    assert line.phones.bridges()[-1] == (DESK_2, DAY_USER), "somebody at the desk calls"


def test_after_closing_the_holder_is_left_alone_until_the_next_opening(line: World) -> None:
    """A P2 has no clock at night: nobody's evening is disturbed for it."""
    a_file(line)
    line.pass_until(CLOSED)
    rung = line.phone(DESK_1).was_called
    call = again(line).presses("1")
    call.hears("Votre clinique sera rappelée dès demain à 8 h.").stays_silent()
    line.passes(14 * HOUR)
    assert line.phone(DESK_1).was_called == rung
    line.pass_until(TUESDAY_10 + timedelta(hours=22, minutes=5))
    assert line.phone(DESK_1).was_called == rung + 1


def test_nobody_holds_it_yet_and_the_caller_hears_when_somebody_calls(line: World) -> None:
    for phone in (DESK_1, DESK_2):
        line.phone(phone).rings_out()
    presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "3", "1", "1").hangs_up()
    rung = line.phone(DESK_1).was_called
    call = again(line).presses("1")
    call.hears("Votre appel est joint au dossier", "Un agent rappellera votre clinique avant 14 h")
    assert call.stays_silent().ended
    assert line.phone(DESK_1).was_called == rung
    known, record = line.incidents()
    assert known.callback_at is not None, "its own schedule stands"
    assert record.callback_at is None


def test_a_call_about_the_same_does_not_move_the_promise(line: World) -> None:
    presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "3", "1", "1").hangs_up()
    before = file(line)
    line.passes(10 * MINUTE)
    again(line).presses("1").stays_silent()
    line.passes(MINUTE)
    after = file(line)
    assert (after.due_at, after.callback_at) == (before.due_at, before.callback_at)


def test_something_else_goes_on_as_any_call(line: World) -> None:
    a_file(line)
    line.phone(DESK_1).accepts()
    line.phone(DESK_2).accepts()
    call = presses(again(line).presses("3"), *TO_IMPACT[1:], "2", "1", "1")
    assert call.bridged_with == DESK_2
    assert [incident.linked_to_id for incident in line.incidents()] == [None, None]


def test_two_files_are_asked_about_the_most_urgent_first_and_no_third(line: World) -> None:
    presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "4", "1", "1").hangs_up()
    for impact in ("3", "4"):
        call = again(line)
        while "Est-ce pour le dossier" in call.said:
            call.presses("3")
        presses(call, "2", impact, "1", "1").hangs_up()
    minor, middle, newest = line.incidents()
    call = again(line).hears(spoken(middle))
    call.presses("3").hears(spoken(newest))
    call.presses("3").hears("Pour Facturation")
    assert minor.reference not in call.heard


def test_their_own_file_is_asked_about_before_a_colleagues(line: World) -> None:
    own = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "3", "1", "1").hangs_up()
    assert own.ended
    presses(again(line, DAY_USER).presses("3"), "2", "3", "1", "1").hangs_up()
    nights, days = line.incidents()
    again(line, NIGHT_USER).hears(spoken(nights)).hangs_up()
    again(line, DAY_USER).hears(spoken(days))


def test_a_caller_who_is_asked_and_hangs_up_is_called_back_all_the_same(line: World) -> None:
    a_file(line)
    again(line).hangs_up()
    assert line.incidents()[-1].callback_at is not None


def test_another_clients_caller_is_asked_nothing(line: World) -> None:
    a_file(line)
    line.phone(BILLING_USER).dials().presses("40126").hears("Tout est arrêté")


def test_what_is_resolved_or_long_past_is_not_asked_about(line: World) -> None:
    a_file(line)
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, file(line).id)
        lock(scene, incident)
        incident.state = "resolved"
    again(line).hears("Pour Facturation").hangs_up()
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, file(line).id)
        incident.state, incident.opened_at = "taken", incident.opened_at - timedelta(days=15)
    again(line).hears("Pour Facturation")


def test_a_caller_who_calls_back_has_returned_the_message(line: World) -> None:
    """§2.1.5: neither message was returned; here one was."""
    known = a_file(line)
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, known.id)
        assert incident.holder is not None
        working.start(scene, incident, incident.holder)
        working.wait(scene, incident, incident.holder, "Le fichier journal")
    line.phone(DESK_1).rings_out()
    again(line).presses("1").stays_silent()
    with line.session() as session:
        incident = session.get_one(Incident, known.id)
        assert incident.state == "waiting"
    with line.line.scene() as scene:
        case = closing_signs.case_of(scene, scene.session.get_one(Incident, known.id))
        assert case.signs[-1].kind == "replied"


def test_cut_off_the_caller_is_put_through_to_the_holder_again(line: World) -> None:
    a_file(line)
    line.phone(DESK_1).accepts(talks=30).then.accepts()
    call = again(line).presses("1").talks(32)
    call.hears("Pour être remis en communication, faites le 1.").presses("1")
    assert call.has_talked_with == [DESK_1, DESK_1]


def test_the_key_zero_in_such_a_call_is_about_the_file(line: World) -> None:
    for phone in (DESK_1, DESK_2):
        line.phone(phone).rings_out()
    presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "3", "1", "1").hangs_up()
    line.phone(DESK_2).accepts()
    call = again(line).presses("1").presses("0")
    assert call.bridged_with == DESK_2
    known, _ = line.incidents()
    assert known.state == "taken"
    assert known.met_at is not None


class TestAtNight:
    @pytest.fixture
    def start(self) -> datetime:
        return datetime(2026, 11, 28, 2, 0, tzinfo=TUESDAY_10.tzinfo)

    def test_the_extended_p1_rings_its_holder_at_night(self, line: World) -> None:
        line.phone(ON_CALL_1).accepts(talks=60)
        presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "1", "1").talks(70).hangs_up()
        call = again(line, NIGHT_USER).hears("Est-ce pour le dossier").presses("1")
        assert call.bridged_with == ON_CALL_1
        assert line.phone(ON_CALL_2).was_called == 0

    def test_a_voicemail_that_is_answered_pays_the_callback(self, line: World) -> None:
        """The agent left a message; the caller calls back, and is joined to that agent."""
        for phone in (ON_CALL_1, ON_CALL_2):
            line.phone(phone).rings_out()
        presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "1", "1")
        line.phone(NIGHT_USER).goes_to_voicemail()
        line.phone(ON_CALL_1).accepts(talks=60)
        line.passes(3 * MINUTE)
        known = file(line)
        assert known.state == "taken"
        assert known.callback_at is not None
        call = again(line, NIGHT_USER)
        if not call.bridged_with:
            call.presses("1")
        assert call.bridged_with == ON_CALL_1
        call.hangs_up()
        line.passes(HOUR)
        known = file(line)
        assert known.callback_at is None
        assert known.told_at is not None

    def test_an_unknown_line_of_the_clinic_may_call_about_it_too(self, line: World) -> None:
        line.phone(ON_CALL_1).accepts(talks=60)
        presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "1", "1").talks(70).hangs_up()
        again(line, CLINIC_LINE).hears("Un incident critique est déjà ouvert pour Médical.")


def test_every_call_about_a_file_stands_on_its_timeline(line: World) -> None:
    known = a_file(line)
    again(line).presses("1").hangs_up()
    line.passes(MINUTE)
    with line.session() as session:
        events = session.scalars(select(Event).where(Event.incident_id == known.id)).all()
    assert sum(event.kind == "called_again" for event in events) == 1


def test_a_critical_call_of_the_day_is_known_too(line: World) -> None:
    line.phone(DESK_1).accepts(talks=20)
    critical_day_call(line).talks(25).hangs_up()
    again(line, CLINIC_LINE).hears("Un incident critique est déjà ouvert")
    again(line, DAY_USER).hears("Est-ce pour le dossier")
