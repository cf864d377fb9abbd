"""Escalation (§2.1.4, §3): a caller asks for a manager, a specialist for help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from ivr import escalation
from ivr.escalation_levels import Standing
from ivr.incidents import Refused
from ivr.models import Agent, EscalationContact, Event, Incident, Leg
from ivr.scene import Scene
from standin.entries import Heard
from standin.mailbox import text_of
from tests.phones import Call
from tests.scenarios.cast import TO_IMPACT, TO_RINGING, presses
from tests.scenarios.test_calls_again import a_file, again, kinds, spoken
from tests.world import (
    DAY_USER,
    DESK_1,
    DESK_2,
    NIGHT_USER,
    ON_CALL_1,
    SATURDAY_NIGHT,
    TUESDAY_10,
    World,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PRODUCT_LEAD, DIRECTOR, DIRECTORS_MOBILE = "+14505550122", "+14505550125", "+14385550125"
MANAGER = "+14385550115"
MANAGER_KEY, CONNECT = "2", "1"


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def known(line: World) -> Incident:
    return line.incidents()[0]


def asks(line: World, number: str = DAY_USER) -> Call:
    """Calls about the file, and asks for a manager."""
    return again(line, number).presses(MANAGER_KEY)


def escalations(line: World) -> list[tuple[int, str, str]]:
    with line.session() as session:
        asked = select(Event).where(Event.kind == "escalated_client").order_by(Event.id)
        facts = [event.facts for event in session.scalars(asked)]
    return [(each["level"], each["contact"], each["how"]) for each in facts]


def act(line: World, phone: str, do: Callable[[Scene, Incident, Agent], object]) -> None:
    with line.line.scene() as scene:
        agent = scene.session.scalars(select(Agent).where(Agent.phone == phone)).one()
        do(scene, scene.session.get_one(Incident, known(line).id), agent)


def refused(line: World, phone: str, do: Callable[[Scene, Incident, Agent], object]) -> str:
    with pytest.raises(Refused) as refusal:
        act(line, phone, do)
    return refusal.value.reason.key


def has_role(line: World, phone: str, role: str) -> None:
    with line.line.scene() as scene:
        scene.session.scalars(select(Agent).where(Agent.phone == phone)).one().role = role


def stands(line: World) -> Standing:
    with line.line.scene() as scene:
        return escalation.standing(scene, scene.session.get_one(Incident, known(line).id))


# On the phone --------------------------------------------------------------------------------


def test_the_caller_hears_the_name_the_title_and_the_number_of_the_first_level(line: World) -> None:
    a_file(line)
    call = asks(line)
    call.hears("Votre demande va à Produit Médical, responsable du produit.")
    call.hears("Son numéro est le 4 5 0, 5 5 5, 0 1 2 2, poste 2 2 0.")
    call.hears("Pour lui parler maintenant, faites le 1.")
    call.stays_silent().hears("Je répète", "Cette personne est avisée par courriel.")
    assert call.ended
    assert escalations(line) == [(1, "Produit Médical", "phone")]
    assert known(line).escalation_level == 1
    assert line.phone(PRODUCT_LEAD).was_called == 0


def test_it_is_on_the_timeline_and_mailed_to_the_contact(line: World) -> None:
    incident = a_file(line)
    asks(line).hangs_up()
    line.passes(MINUTE)
    assert "escalated_client" in kinds(line, incident)
    (letter,) = [each for each in line.mail.letters if each["To"] == "medical@example.org"]
    reference = f"{incident.reference[:3]} {incident.reference[3:]}"
    assert letter["Subject"].replace("\u00a0", " ") == (
        f"Escalade de niveau 1, dossier {reference} : Clinique du Parc, client 10452"
    )
    body = text_of(letter).replace("\u00a0", " ")
    assert "Priorité : P2" in body
    assert "En charge : Bureau 1" in body
    assert f"/incidents/{incident.id}" in body
    assert "Responsable de jour" not in body


def test_the_caller_is_put_through_to_the_contact_who_accepts_by_a_key(line: World) -> None:
    incident = a_file(line)
    line.phone(PRODUCT_LEAD).accepts(talks=60)
    call = asks(line).presses(CONNECT)
    call.hears("Je joins Produit Médical.")
    assert call.bridged_with == PRODUCT_LEAD
    line.phone(PRODUCT_LEAD).hears(
        f"P 2, Clinique du Parc, Médical, dossier {spoken(incident)} : ",
        "Responsable de jour demande à vous parler.",
    )
    (leg,) = line.phone(PRODUCT_LEAD).legs
    with line.session() as session:
        assert session.scalars(select(Leg.extension).where(Leg.kind == "contact")).one() == "220"
    question = next(h for h in line.twilio.ledger.of(Heard, leg.sid) if h.speaker == "line")
    assert question.seconds <= 12
    call.talks(70).hears("Merci. Au revoir.")
    assert kinds(line, incident)[-2:] == ["contact_rung", "contact_ended"]


def test_the_contact_has_taken_nothing_in_charge_and_met_no_promise(line: World) -> None:
    for phone in (DESK_1, DESK_2):
        line.phone(phone).rings_out()
    presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "3", "1", "1").hangs_up()
    line.phone(PRODUCT_LEAD).accepts(talks=60)
    asks(line).presses(CONNECT).talks(70)
    line.passes(MINUTE)
    incident = known(line)
    assert (incident.state, incident.told_at, incident.holder_id) == ("new", None, None)
    assert incident.callback_at is not None, "the callback is owed all the same"


def test_a_contacts_voicemail_accepts_nothing(line: World) -> None:
    a_file(line)
    line.phone(PRODUCT_LEAD).goes_to_voicemail(after=8, tones="1 2 3")
    call = asks(line).presses(CONNECT)
    call.hears("Cette personne ne répond pas.")
    assert call.ended
    assert call.bridged_with is None
    assert escalations(line) == [(1, "Produit Médical", "phone")], "it stands"


def test_the_contact_hangs_up_in_the_whisper(line: World) -> None:
    a_file(line)
    line.phone(PRODUCT_LEAD).hangs_up_midway()
    assert asks(line).presses(CONNECT).hears("Cette personne ne répond pas.").ended


def test_the_caller_hangs_up_while_it_rings_and_a_late_key_joins_nobody(line: World) -> None:
    incident = a_file(line)
    line.phone(PRODUCT_LEAD).is_held()
    call = again(line)
    call.presses(MANAGER_KEY).presses(CONNECT, wait=False)
    contact = line.phone(PRODUCT_LEAD).picks_up()
    call.hangs_up()
    assert contact.ended
    assert "not_joined" not in kinds(line, incident)
    assert line.phones.bridges() == [(DAY_USER, DESK_1)]


def test_the_next_level_waits_for_its_time(line: World) -> None:
    """P2: two hours on the incident's own clock."""
    a_file(line)
    asks(line).hangs_up()
    call = asks(line)
    call.hears("Votre demande est déjà auprès de Produit Médical, responsable du produit.")
    call.hears("Le niveau suivant peut être demandé aujourd'hui à 12 h")
    call.hears("Son numéro est le 4 5 0, 5 5 5, 0 1 2 2")
    assert len(escalations(line)) == 1


def test_level_by_level_up_to_the_last(line: World) -> None:
    a_file(line)
    asks(line).hangs_up()
    line.passes(2 * HOUR)
    asks(line).hears("Direction du centre, directrice du centre d'assistance").hangs_up()
    line.passes(2 * HOUR)
    asks(line).hears("Vice-présidence, vice-président").hangs_up()
    assert [level for level, *_ in escalations(line)] == [1, 2, 3]
    asks(line).hears("Votre demande est déjà auprès de Vice-présidence", "C'est le dernier niveau.")
    assert known(line).escalation_level == 3


def test_the_time_does_not_pass_while_the_centre_is_closed(line: World) -> None:
    a_file(line)
    line.pass_until(TUESDAY_10.replace(hour=16))
    asks(line).hangs_up()
    line.pass_until(TUESDAY_10.replace(hour=20))
    asks(line).hears("Le niveau suivant peut être demandé demain à 9 h 30")


def test_after_hours_the_caller_is_told_and_nobody_is_rung_for_a_p2(line: World) -> None:
    a_file(line)
    line.pass_until(TUESDAY_10.replace(hour=17))
    call = asks(line)
    call.hears("Votre demande va à Produit Médical", "Son numéro est le 4 5 0, 5 5 5, 0 1 2 2")
    call.hears("Cette personne est avisée par courriel.").hears_not("Pour lui parler maintenant")
    assert call.ended


def test_a_directors_desk_and_then_the_mobile_phone_ring_and_a_text_follows(line: World) -> None:
    incident = a_file(line)
    asks(line).hangs_up()
    line.passes(2 * HOUR)
    line.phone(DIRECTOR).rings_out()
    line.phone(DIRECTORS_MOBILE).rings_out()
    call = asks(line).presses(CONNECT)
    call.hears("Je joins Direction du centre.", "Un instant, j'essaie son autre numéro.")
    call.hears("Cette personne ne répond pas. Elle est avisée par écrit que vous avez appelé.")
    line.passes(MINUTE)
    (text,) = line.phone(DIRECTORS_MOBILE).inbox
    assert "Escalade de niveau 2" in text
    assert incident.reference[:3] in text
    assert "514 555-0101" in text
    assert "Responsable" not in text


def test_the_holder_does_not_answer_and_a_manager_is_one_key_away(line: World) -> None:
    a_file(line)
    line.phone(DESK_1).rings_out()
    call = again(line).presses("1")
    call.hears("Cette personne ne peut pas répondre.", "Pour un gestionnaire, faites le 1.")
    call.presses("1").hears("Votre demande va à Produit Médical")


def test_nobody_is_on_file_for_the_level_and_the_managers_are_told(line: World) -> None:
    a_file(line)
    with line.line.scene() as scene:
        scene.session.execute(delete(EscalationContact))
    call = asks(line)
    call.hears("Votre demande est transmise aux gestionnaires du centre.")
    assert call.ended
    line.passes(MINUTE)
    assert escalations(line) == [(1, "", "phone")]
    (text,) = line.phone(MANAGER).inbox
    assert "pas de personne-contact" in text
    assert "gestion@example.org" in {letter["To"] for letter in line.mail.letters}
    asks(line).hears("Votre demande est transmise aux gestionnaires du centre.")
    assert len(escalations(line)) == 1


def test_the_contact_who_is_removed_meanwhile_rings_nobody(line: World) -> None:
    a_file(line)
    call = asks(line)
    with line.line.scene() as scene:
        scene.session.execute(delete(EscalationContact))
    call.presses(CONNECT).hears("Cette personne ne répond pas.")
    assert call.ended


def test_in_english_the_title_is_english(line: World) -> None:
    a_file(line)
    call = again(line).presses("9").presses(MANAGER_KEY)
    call.hears("Your request goes to Produit Médical, product lead.")
    call.hears("The number is 4 5 0, 5 5 5, 0 1 2 2, extension 2 2 0.")


class TestOfACriticalNight:
    @pytest.fixture
    def start(self) -> datetime:
        return SATURDAY_NIGHT

    def test_a_colleague_who_joined_the_outage_asks_for_a_manager(self, line: World) -> None:
        """Both calls are one incident's: the escalation is that incident's."""
        line.phone(ON_CALL_1).accepts(talks=60)
        presses(line.phone(NIGHT_USER).dials(), *TO_RINGING).talks(70).hangs_up()
        call = again(line, DAY_USER).presses("1").hears("Un agent s'en occupe.")
        call.presses(MANAGER_KEY).hears("Votre demande va à Produit Médical")
        first, second = line.incidents()
        assert (first.escalation_level, second.escalation_level) == (1, 0)
        line.phone(PRODUCT_LEAD).accepts()
        assert call.presses(CONNECT).bridged_with == PRODUCT_LEAD, "its clock runs at night"

    def test_the_extended_p1_reaches_the_next_level_in_half_an_hour_of_night(
        self, line: World
    ) -> None:
        line.phone(ON_CALL_1).accepts(talks=60)
        presses(line.phone(NIGHT_USER).dials(), *TO_RINGING).talks(70).hangs_up()
        asks(line, NIGHT_USER).hangs_up()
        line.passes(29 * MINUTE)
        asks(line, NIGHT_USER).hears("Le niveau suivant peut être demandé").hangs_up()
        line.passes(MINUTE)
        line.phone(DIRECTORS_MOBILE).accepts()
        call = asks(line, NIGHT_USER).hears("Direction du centre").presses(CONNECT)
        assert call.bridged_with == DIRECTORS_MOBILE, "at night the mobile phone"
        assert line.phone(DIRECTOR).was_called == 0


# Recorded by an agent --------------------------------------------------------------------------


def test_an_agent_records_one_that_came_by_mail(line: World) -> None:
    a_file(line)
    act(line, DESK_2, lambda s, i, a: escalation.record_client(s, i, a, 1, "mail"))
    line.passes(MINUTE)
    assert escalations(line) == [(1, "Produit Médical", "mail")]
    assert "medical@example.org" in {letter["To"] for letter in line.mail.letters}


def test_of_customer_service_its_own_director_is_told(line: World) -> None:
    a_file(line)
    act(
        line,
        DESK_2,
        lambda s, i, a: escalation.record_client(s, i, a, 1, "call", "customer_service"),
    )
    assert escalations(line) == [(1, "Service à la clientèle", "call")]


def test_a_product_without_a_contact_is_technical_assistances(line: World) -> None:
    a_file(line)
    with line.line.scene() as scene:
        scene.session.execute(
            delete(EscalationContact).where(EscalationContact.product == "medical")
        )
    asks(line).hears("Votre demande va à Équipe de soutien, chef d'équipe.")


def test_what_an_agent_records_keeps_to_the_same_rules(line: World) -> None:
    a_file(line)
    has_role(line, DESK_1, "agent")
    record = escalation.record_client
    assert refused(line, DESK_1, lambda s, i, a: record(s, i, a, 2, "mail")) == (
        "escalation.level_before"
    )
    act(line, DESK_1, lambda s, i, a: record(s, i, a, 1, "mail"))
    assert refused(line, DESK_1, lambda s, i, a: record(s, i, a, 1, "mail")) == (
        "escalation.asked_already"
    )
    assert refused(line, DESK_1, lambda s, i, a: record(s, i, a, 2, "mail")) == (
        "escalation.too_soon"
    )
    assert (
        refused(line, DESK_1, lambda s, i, a: record(s, i, a, 2, "pigeon")) == "escalation.no_how"
    )
    has_role(line, DESK_2, "lead")
    act(line, DESK_2, lambda s, i, a: record(s, i, a, 2, "person"))
    assert [level for level, *_ in escalations(line)] == [1, 2]


def test_nothing_is_escalated_that_is_over(line: World) -> None:
    a_file(line)
    with line.line.scene() as scene:
        scene.session.get_one(Incident, known(line).id).state = "resolved"
    assert refused(line, DESK_1, lambda s, i, a: escalation.record_client(s, i, a, 1, "mail")) == (
        "states.resolved"
    )


# Internal (§2.1.4) -----------------------------------------------------------------------------


def test_the_holder_asks_the_team_lead_who_is_told_with_the_reason_by_mail(line: World) -> None:
    incident = a_file(line)
    has_role(line, DESK_1, "agent")
    has_role(line, DESK_2, "lead")
    reason = "Le correctif échoue {sur} la base"
    act(line, DESK_1, lambda s, i, a: escalation.escalate_internally(s, i, a, "lead", reason))
    line.passes(MINUTE)
    assert "escalated_internally" in kinds(line, incident)
    (text,) = [text for text in line.phone(DESK_2).inbox if "demande votre intervention" in text]
    assert reason not in text
    letters = [letter for letter in line.mail.letters if "bureau2" in letter["To"]]
    assert reason in text_of(letters[-1])
    assert known(line).holder_id == incident.holder_id, "it stays with its holder"


def test_without_a_team_lead_the_managers_are_asked(line: World) -> None:
    """The only team lead there is holds it."""
    a_file(line)
    act(line, DESK_1, lambda s, i, a: escalation.escalate_internally(s, i, a, "lead", "Bloqué"))
    line.passes(MINUTE)
    assert len(line.phone(MANAGER).inbox) == 1


def test_asked_again_it_is_told_again(line: World) -> None:
    a_file(line)
    for why in ("Bloqué", "Toujours bloqué"):
        act(
            line,
            DESK_1,
            lambda s, i, a, why=why: escalation.escalate_internally(s, i, a, "manager", why),
        )  # type: ignore[misc]
    line.passes(MINUTE)
    assert len(line.phone(MANAGER).inbox) == 2


def test_only_who_holds_it_or_a_lead_may_ask_and_with_a_reason(line: World) -> None:
    a_file(line)
    escalate = escalation.escalate_internally
    assert refused(line, DESK_2, lambda s, i, a: escalate(s, i, a, "manager", "Bloqué")) == (
        "states.not_holder"
    )
    assert refused(line, DESK_1, lambda s, i, a: escalate(s, i, a, "manager", "  ")) == (
        "escalation.no_reason"
    )
    assert refused(line, DESK_1, lambda s, i, a: escalate(s, i, a, "president", "Bloqué")) == (
        "escalation.no_target"
    )


def test_the_manager_steps_in_and_has_it_from_then_on(line: World) -> None:
    a_file(line)
    assert refused(line, DESK_2, lambda s, i, a: escalation.step_in(s, i, a, "Client")) == (
        "states.not_manager"
    )
    act(line, MANAGER, lambda s, i, a: escalation.step_in(s, i, a, "Le client attend trop"))
    incident = known(line)
    assert [
        kind for kind in kinds(line, incident) if kind in ("escalated_internally", "handed_over")
    ]
    with line.session() as session:
        holder = session.get_one(Incident, incident.id).holder
        assert holder is not None
        assert holder.phone == MANAGER
    assert refused(line, MANAGER, lambda s, i, a: escalation.step_in(s, i, a, "Encore")) == (
        "working.holds_already"
    )


def test_the_manager_steps_in_where_nobody_holds_it(line: World) -> None:
    for phone in (DESK_1, DESK_2):
        line.phone(phone).rings_out()
    presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "3", "1", "1").hangs_up()
    act(line, MANAGER, lambda s, i, a: escalation.step_in(s, i, a, "Personne n'est libre"))
    assert known(line).state == "taken"
