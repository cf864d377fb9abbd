"""A second call of the same client about the same outage joins the open P1 (§2.1.1)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from ivr.incidents import take_in_charge
from ivr.models import Agent, Incident
from tests.phones import Call
from tests.scenarios.cast import TO_RINGING, critical_night_call, presses
from tests.scenarios.test_identity import set_pin
from tests.world import (
    CLINIC_LINE,
    DAY_USER,
    DESK_1,
    ENGLISH_USER,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    STRANGER,
    World,
)

ASKED = "Un incident critique est déjà ouvert pour Médical."
MINUTE = timedelta(minutes=1)


def incidents(line: World) -> list[Incident]:
    with line.session() as session:
        return list(session.scalars(select(Incident).order_by(Incident.id)))


def kinds(line: World, incident: Incident) -> list[str]:
    with line.session() as session:
        return [event.kind for event in session.get_one(Incident, incident.id).events]


def nobody_answered(line: World) -> None:
    """The night super user's P1, which nobody accepted, and whose caller has gone."""
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    critical_night_call(line).hears("Personne n'a pu répondre").hangs_up()


def in_good_hands(line: World) -> None:
    """The same, accepted by the first agent, and talked about."""
    line.phone(ON_CALL_1).accepts(talks=60)
    critical_night_call(line).talks(70).hangs_up()


def second_call(line: World, number: str = CLINIC_LINE) -> Call:
    return line.phone(number).dials().presses("10452")


def test_a_second_caller_of_the_clinic_is_asked_whether_it_is_the_same(line: World) -> None:
    nobody_answered(line)
    second_call(line).hears(
        ASKED, "Pour y joindre votre appel, faites le 1. Pour autre chose, le 2."
    )


def test_joining_wakes_nobody_and_says_by_when_the_clinic_is_called(line: World) -> None:
    nobody_answered(line)
    rung = line.phone(ON_CALL_1).was_called
    call = second_call(line).presses("1")
    call.hears("Votre appel est joint au dossier", "Un agent rappellera votre clinique avant 3 h")
    assert call.stays_silent().ended
    assert line.phone(ON_CALL_1).was_called == rung

    first, second = incidents(line)
    assert second.linked_to_id == first.id
    assert second.callback_at is None
    assert (second.priority, second.product, second.state) == ("P1", "medical", "new")
    assert "joined_by" in kinds(line, first)
    assert "joined" in kinds(line, second)


def test_an_agent_who_took_it_on_the_list_meanwhile_keeps_it(line: World) -> None:
    in_good_hands(line)
    call = second_call(line).hears(ASKED)
    with line.line.scene() as scene:
        desk = scene.session.scalars(select(Agent).where(Agent.phone == DESK_1)).one()
        own = scene.session.get_one(Incident, incidents(line)[1].id)
        take_in_charge(scene, own, desk, how="click")
    call.presses("1").hears("Appel joint au dossier")
    first, second = incidents(line)
    assert second.linked_to_id == first.id
    assert second.holder_id == desk.id


def test_the_callback_of_the_first_keeps_the_promise_to_both(line: World) -> None:
    nobody_answered(line)
    second_call(line).presses("1")
    line.phone(ON_CALL_1).accepts()
    line.phone(NIGHT_USER).accepts()
    line.passes(20 * MINUTE)
    first, second = incidents(line)
    assert first.met_at is not None
    assert second.met_at is not None
    assert second.holder_id == first.holder_id
    assert second.callback_at is None
    clinic = [client for _, client in line.phones.bridges()]
    assert clinic == [NIGHT_USER], "called once, not twice"


def test_until_then_the_joined_call_stays_unmet(line: World) -> None:
    """It is never forgotten: it stands in the list with its own due time."""
    nobody_answered(line)
    second_call(line).presses("1")
    line.passes(MINUTE)
    _, second = incidents(line)
    assert second.met_at is None
    assert second.due_at == second.opened_at + timedelta(hours=1)


def test_somebody_has_it_in_hand_and_the_caller_may_speak_with_that_person_only(
    line: World,
) -> None:
    in_good_hands(line)
    line.phone(ON_CALL_2).rings_out()
    call = second_call(line).presses("1")
    call.hears("Un agent s'en occupe.", "Pour lui parler, faites le 1.")
    call.presses("1")
    assert call.bridged_with == ON_CALL_1
    assert line.phone(ON_CALL_2).was_called == 0
    call.hangs_up()
    _, second = incidents(line)
    assert second.met_at is not None


def test_cut_off_the_joined_caller_is_put_through_to_the_holder_again(line: World) -> None:
    in_good_hands(line)
    line.phone(ON_CALL_1).accepts(talks=30).then.accepts()
    call = second_call(line).presses("1").presses("1").talks(32)
    call.hears("Pour être remis en communication, faites le 1.").presses("1")
    assert call.has_talked_with == [ON_CALL_1, ON_CALL_1]
    assert line.phone(ON_CALL_2).was_called == 0


def test_the_holder_does_not_answer_and_nobody_else_is_woken(line: World) -> None:
    in_good_hands(line)
    line.phone(ON_CALL_1).rings_out()
    call = second_call(line).presses("1").presses("1")
    call.hears("Cette personne ne peut pas répondre.")
    assert call.stays_silent().ended
    assert line.phone(ON_CALL_2).was_called == 0


def test_the_holder_still_talks_with_the_first_caller(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=600)
    critical_night_call(line)
    call = second_call(line).presses("1").presses("1")
    call.hears("Cette personne ne peut pas répondre.")
    assert line.phone(ON_CALL_2).was_called == 0
    assert [incident.holder_id for incident in incidents(line)].count(None) == 0


def test_silence_after_joining_ends_the_call_and_it_stays_in_charge(line: World) -> None:
    in_good_hands(line)
    call = second_call(line).presses("1").stays_silent()
    assert call.ended, call.transcript
    line.passes(MINUTE)
    first, second = incidents(line)
    assert second.state == "taken"
    assert second.holder_id == first.holder_id
    assert second.met_at is not None, "the clinic knows already"


def test_another_thing_is_a_call_like_any_other(line: World) -> None:
    nobody_answered(line)
    line.phone(ON_CALL_1).accepts()
    call = presses(second_call(line), "2", *TO_RINGING[1:])
    assert call.bridged_with == ON_CALL_1
    assert incidents(line)[1].linked_to_id is None


def test_three_wrong_keys_go_on_with_the_menu(line: World) -> None:
    nobody_answered(line)
    presses(second_call(line), "7", "7", "7").hears("Pour Facturation")


def test_a_caller_who_hangs_up_at_the_question_is_called_back(line: World) -> None:
    nobody_answered(line)
    second_call(line).hangs_up()
    second = incidents(line)[1]
    assert (second.linked_to_id, second.state) == (None, "new")
    assert second.callback_at is not None


def test_a_caller_who_is_not_recognised_is_told_nothing_of_it(line: World) -> None:
    nobody_answered(line)
    call = presses(line.phone(STRANGER).dials(), "10452", "1", *["5145550150"] * 3)
    assert ASKED not in call.heard


def test_the_clinics_pin_is_recognition_enough(line: World) -> None:
    set_pin(line, "10452", "493817")
    nobody_answered(line)
    presses(line.phone(STRANGER).dials(), "10452", "1", "493817").hears(ASKED)


def test_another_client_is_asked_nothing(line: World) -> None:
    nobody_answered(line)
    line.phone(ENGLISH_USER).dials().presses("30988").hears("Everything is down")


def test_what_is_long_past_is_not_joined(line: World) -> None:
    in_good_hands(line)
    line.passes(timedelta(hours=12, minutes=1))
    second_call(line, DAY_USER).hears("Est-ce pour le dossier").hears_not(ASKED)


def test_a_call_that_was_cut_before_its_impact_was_known_is_nothing_to_join(line: World) -> None:
    presses(line.phone(NIGHT_USER).dials(), "10452", "2").hangs_up()
    second_call(line).hears("Pour Facturation")


def test_a_joined_call_is_no_incident_to_join(line: World) -> None:
    nobody_answered(line)
    second_call(line).presses("1")
    second_call(line).presses("1")
    first, second, third = incidents(line)
    assert (second.linked_to_id, third.linked_to_id) == (first.id, first.id)
