"""Who is calling: numbers on file, keyed numbers, PINs, and no super user at all (§1.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ivr import callers
from ivr.models import Base, Client
from tests.phones import Call
from tests.scenarios.cast import presses
from tests.world import (
    CLINIC_LINE,
    DESK_1,
    IMAGING_USER,
    NIGHT_USER,
    ON_CALL_1,
    STRANGER,
    TUESDAY_10,
    World,
)

NAMES = ("Parc", "Responsable", "Imagerie Rive-Sud")


def test_a_known_number_is_asked_for_no_key(line: World) -> None:
    call = line.phone(NIGHT_USER).dials().presses("10452")
    call.hears("Pour Facturation")
    assert line.incident().recognised_by == "number"


def test_a_line_of_the_clinic_is_known_too(line: World) -> None:
    call = line.phone(CLINIC_LINE).dials().presses("10452")
    call.hears("Pour Facturation")
    assert line.incident().recognised_by == "line"


def test_another_number_has_the_client_number_read_back_and_keys_the_number_on_file(
    line: World,
) -> None:
    call = line.phone(STRANGER).dials().presses("10452")
    call.hears("Client 1 0 4 5 2. Si c'est exact, faites le 1.").presses("1")
    call.hears("Entrez les dix chiffres du numéro de téléphone que nous avons à votre dossier.")
    call.presses("5145550102").hears("Pour Facturation")
    incident = line.incident()
    assert incident.recognised_by == "keyed"
    assert not any(name in call.heard for name in NAMES)


def test_a_wrong_client_number_that_exists_can_be_taken_back(line: World) -> None:
    call = presses(line.phone(STRANGER).dials(), "20317", "2")
    call.hears("Entrez votre numéro de client").presses("10452")
    call.hears("Client 1 0 4 5 2.").presses("1")
    assert line.incident().client_id is not None
    call.hears("Entrez les dix chiffres")


def test_a_client_with_a_pin_is_asked_for_it(line: World) -> None:
    set_pin(line, "10452", "493817")
    call = presses(line.phone(STRANGER).dials(), "10452", "1")
    call.hears("Entrez le NIP de votre clinique.").presses("111111")
    call.hears("Ce numéro n'est pas reconnu.").presses("493817")
    call.hears("Pour Facturation")
    assert line.incident().recognised_by == "pin"


def test_a_pin_is_kept_nowhere(line: World) -> None:
    set_pin(line, "10452", "493817")
    presses(line.phone(STRANGER).dials(), "10452", "1", "493817")
    with line.session() as session:
        for table in Base.metadata.sorted_tables:
            assert "493817" not in repr(session.execute(select(table)).all())


def test_somebody_who_is_no_super_user_is_told_who_may_call(line: World) -> None:
    call = refused(line, "20317")
    call.hears("Seuls les super utilisateurs de la clinique peuvent nous appeler.")
    call.stays_silent().hears("Demandez à un super utilisateur de nous téléphoner.")
    assert call.ended
    assert line.calls()[0].refused
    assert line.incident().state == "refused"
    line.passes(timedelta(days=3))
    assert not line.phones.bridges()


def test_unknown_and_wrong_sound_alike(line: World) -> None:
    """A28, A29: neither words nor their order tell whether the client number exists."""
    unknown = line.phone(STRANGER).dials().presses("99999").said
    for _ in range(6):
        presses(line.phone(STRANGER).dials(), "88888").hangs_up()
    held_up = line.phone(STRANGER).dials().presses("10452").said
    assert held_up == unknown


def test_a_caller_who_guesses_is_held_up_and_the_clinic_is_not(line: World) -> None:
    for _ in range(6):
        presses(line.phone(STRANGER).dials(), "88888").hangs_up()
    line.phone(STRANGER).dials().presses("10452").hears("Ce numéro n'est pas reconnu.").hangs_up()
    line.phone(IMAGING_USER).dials().presses("20317").hears("Tout est arrêté").hangs_up()
    line.passes(timedelta(hours=1, minutes=1))
    line.phone(STRANGER).dials().presses("10452").hears("Client 1 0 4 5 2.")


def test_many_callers_who_guess_lock_no_clinic_out(line: World) -> None:
    for caller in range(20):
        call = line.phone(
            f"+1514555{100 + caller:04d}" if caller > 25 else f"+1613555{100 + caller:04d}"
        )
        presses(call.dials(), "88888", "77777", "66666").hangs_up()
    line.phone(STRANGER).dials().presses("10452").hears("Ce numéro n'est pas reconnu.").hangs_up()
    line.phone(NIGHT_USER).dials().presses("10452").hears("Pour Facturation")


def test_a_claimed_breakdown_at_night_reaches_the_agent_who_hears_that_it_is_not_recognised(
    line: World,
) -> None:
    line.phone(ON_CALL_1).accepts()
    call = refused(line, "10452").presses("1")
    assert call.bridged_with == ON_CALL_1
    assert line.phone(ON_CALL_1).heard.startswith(
        "Numéro non reconnu. P 1, client Clinique du Parc"
    )
    assert line.calls()[0].refused
    assert not any(name in call.heard for name in NAMES)


def test_without_the_extended_service_the_claim_is_called_back_at_the_opening(line: World) -> None:
    call = refused(line, "20317").presses("1")
    call.hears("Nous vous rappellerons au 5 1 4, 5 5 5, 0 1 9 9.").presses("1")
    call.hears("avant 9 h lundi")
    assert line.incident().priority == "P1"
    assert line.incident().recognised_by is None


def test_a_withheld_number_is_nobodys(line: World) -> None:
    call = line.phone(NIGHT_USER).dials(hidden=True).presses("10452")
    call.hears("Client 1 0 4 5 2.")
    assert line.calls()[0].caller is None


def test_whoever_withholds_the_number_and_hangs_up_is_called_at_the_one_on_file(
    line: World,
) -> None:
    line.phone(ON_CALL_1).accepts()
    line.phone(NIGHT_USER).accepts()
    call = line.phone(STRANGER).dials(hidden=True)
    presses(call, "10452", "1", NIGHT_USER[-10:]).hears("Pour Facturation").hangs_up()
    assert line.incident().callback_number == NIGHT_USER
    line.passes(timedelta(minutes=5))
    assert line.phones.bridges() == [(ON_CALL_1, NIGHT_USER)]
    assert line.incident().met_at is not None


def test_a_removed_super_user_is_known_no_more(line: World) -> None:
    with line.line.scene() as scene:
        client = callers.by_number(scene, "20317")
        assert client
        client.super_users[0].removed_at = scene.now
    line.phone(IMAGING_USER).dials().presses("20317").hears("Client 2 0 3 1 7.")


class TestInHours:
    @pytest.fixture
    def start(self) -> datetime:
        return TUESDAY_10

    def test_three_wrong_client_numbers_lead_to_the_desk(self, line: World) -> None:
        line.phone(DESK_1).accepts()
        call = presses(line.phone(STRANGER).dials(), "99999")
        call.hears("Ce numéro n'est pas reconnu. Entrez de nouveau les cinq chiffres")
        presses(call, "88888", "77777")
        assert call.bridged_with == DESK_1
        line.phone(DESK_1).hears("Numéro non reconnu.", "client non identifié")

    def test_a_refused_caller_who_says_it_is_critical_reaches_the_desk(self, line: World) -> None:
        line.phone(DESK_1).accepts()
        assert refused(line, "20317").presses("1").bridged_with == DESK_1


class TestWithoutAClientNumberAtNight:
    def test_critical_rings_the_duty_level_so_often_and_no_more(self, line: World) -> None:
        line.phone(ON_CALL_1).accepts(talks=5)
        for _ in range(2):
            call = lost(line)
            call.hears("Le centre est fermé.").presses("1")
            assert call.bridged_with == ON_CALL_1
            call.hangs_up()
        call = lost(line).presses("1")
        call.hears("Votre message sera enregistré")
        assert not call.has_talked_with

    def test_a_message_and_a_number_make_an_incident_without_a_client(self, line: World) -> None:
        call = lost(line).presses("2")
        call.hears("Votre message sera enregistré").stays_silent()
        call.says("Nous ne trouvons plus notre numéro de client")
        call.hears("Nous vous rappellerons au 5 1 4, 5 5 5, 0 1 9 9.").presses("1")
        call.hears("Un agent vous rappellera avant")
        incident = line.incident()
        assert (incident.client_id, incident.callback_number) == (None, STRANGER)

    def test_a_caller_who_never_presses_a_key_still_gets_a_message_recorded(
        self, line: World
    ) -> None:
        call = line.phone(STRANGER).dials()
        for _ in range(6):
            call.stays_silent()
        call.hears("Votre message sera enregistré")
        assert not call.ended


def refused(line: World, client: str) -> Call:
    """A stranger who keys a client's number, and three times a number that is not on file."""
    call = presses(line.phone(STRANGER).dials(), client, "1")
    return presses(call, "5145550150", "5145550151", "5145550152")


def lost(line: World) -> Call:
    return presses(line.phone(STRANGER).dials(), "99999", "88888", "77777")


def set_pin(line: World, number: str, pin: str) -> None:
    with line.line.scene() as scene:
        client = scene.session.scalars(select(Client).where(Client.number == number)).one()
        client.pin_hash = callers.hash_secret(pin)
