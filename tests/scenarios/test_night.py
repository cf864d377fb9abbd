"""Calls after hours, from the first ring on: the night super user of 10452 and others."""

from __future__ import annotations

from datetime import timedelta

from tests.world import (
    DESK_1,
    DESK_2,
    ENGLISH_USER,
    IMAGING_USER,
    LINE,
    MONDAY_8,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    World,
)


def test_a_critical_call_of_a_client_with_the_extended_service(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = line.phone(NIGHT_USER).dials()
    call.hears("Assistance technique, bonjour.")
    call.hears("For service in English, press 9.")
    call.hears("Entrez votre numéro de client, cinq chiffres.")
    call.presses("10452")
    call.hears("Pour Facturation, faites le 1. Médical, le 2.")
    call.presses("2")
    call.hears("Tout est arrêté : faites le 1.")
    call.presses("1")
    call.hears("Production : faites le 1. Test : le 2.")
    call.presses("1")
    call.hears("Votre message sera enregistré pour le soutien.")
    call.stays_silent()
    call.hears("Décrivez le problème, puis le carré.")
    call.says("Les dossiers ne s'ouvrent plus")
    call.hears("Je joins un agent.")
    assert call.bridged_with == ON_CALL_1
    agent = line.phone(ON_CALL_1)
    assert "P 1, client Clinique du Parc, Médical, Responsable de nuit" in agent.heard
    call.talks(60)
    call.hangs_up()

    incident = line.incident()
    assert (incident.priority, incident.extended, incident.state) == ("P1", True, "taken")
    assert incident.due_at == incident.opened_at + timedelta(hours=1)
    assert incident.met_at is not None
    assert incident.callback_at is None
    kinds = line.timeline()
    for earlier, later in zip(
        ["opened", "identified", "priority_set", "recorded", "routed", "rung"],
        ["identified", "priority_set", "recorded", "routed", "rung", "taken"],
        strict=True,
    ):
        assert kinds.index(earlier) < kinds.index(later)


def test_the_first_on_call_agent_does_not_answer_and_the_next_is_tried(line: World) -> None:
    line.phone(ON_CALL_1).goes_to_voicemail()
    line.phone(ON_CALL_2).accepts()
    call = a_critical_call(line)
    call.hears("Un instant, je joins l'agent suivant.")
    assert call.bridged_with == ON_CALL_2
    assert [leg.to for leg in line.twilio.ledger.legs() if leg.parent] == [ON_CALL_1, ON_CALL_2]


def test_nobody_accepts_and_the_caller_hears_so(line: World) -> None:
    line.phone(ON_CALL_2).rings_out()
    line.phone(ON_CALL_1).is_busy()
    call = a_critical_call(line)
    call.hears("Personne n'a pu répondre à l'instant. Un agent vous rappellera.")
    call.stays_silent().hears("Nous vous rappellerons au 5 1 4, 5 5 5, 0 1 0 2.")
    call.presses("1")
    call.hears("Un agent vous rappellera avant 3 h")
    call.hangs_up()
    assert line.incident().state == "new"
    assert line.incident().callback_at is not None


def test_a_caller_who_hangs_up_after_the_impact_is_called_back(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = line.phone(NIGHT_USER).dials()
    for keys in ("10452", "2", "1"):
        call.presses(keys)
    call.hangs_up()
    incident = line.incident()
    assert (incident.priority, incident.state) == ("P1", "new")
    assert "hung_up" in line.timeline()

    line.phone(NIGHT_USER).accepts()
    line.passes(timedelta(minutes=1))
    assert line.incident().met_at is not None
    assert (ON_CALL_1, NIGHT_USER) in line.phones.bridges()


def test_without_the_extended_service_the_callback_is_promised_for_monday(line: World) -> None:
    call = line.phone(IMAGING_USER).dials()
    call.presses("20317")
    call.hears_not("Pour Imagerie")
    call.presses("1")
    call.hears("Votre message sera enregistré")
    call.presses("1")
    call.hears("Nous vous rappellerons au 4 5 0, 5 5 5, 0 1 0 3.")
    call.presses("1")
    call.hears("Un agent vous rappellera avant 9 h lundi.")
    call.stays_silent()
    assert call.ended
    assert line.incident().due_at == MONDAY_8 + timedelta(hours=1)

    line.phone(DESK_1).accepts()
    line.phone(DESK_2).accepts()
    line.phone(IMAGING_USER).accepts()
    line.pass_until(MONDAY_8 - timedelta(seconds=1))
    assert not line.phones.bridges()
    line.pass_until(MONDAY_8 + timedelta(minutes=2))
    assert [client for _, client in line.phones.bridges()] == [IMAGING_USER]
    assert line.incident().met_at is not None


def test_the_english_speaking_client_is_served_in_english(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = line.phone(ENGLISH_USER).dials()
    call.hears("Assistance technique, bonjour.")
    call.hears("Enter your client number, five digits.")
    call.presses("30988")
    call.hears("Everything is down: press 1.")


def a_critical_call(line: World):
    """10452's night super user, up to where people are rung."""
    call = line.phone(NIGHT_USER).dials(LINE)
    for keys in ("10452", "2", "1", "1", "1"):
        call.presses(keys)
    return call
