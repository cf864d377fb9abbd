"""What callers answer on their way: language, environment, the number to call back, silence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.phones import Call
from tests.scenarios.cast import TO_IMPACT, presses
from tests.world import ENGLISH_USER, IMAGING_USER, LINE, NIGHT_USER, ON_CALL_1, STRANGER, World

TO_NUMBER = ("20317", "3", "1")
"""20317's client number, a workaround, no message: the number to call back is offered."""


def test_nine_is_english_at_any_prompt(line: World) -> None:
    call = line.phone(NIGHT_USER).dials().presses("9")
    call.hears("Enter your client number, five digits.").hears_not("Technical support")
    call.presses("10452").hears("For Billing, press 1. For Medical, press 2.")
    assert call.language_heard == "en"
    assert line.incident().language == "en"


def test_nine_later_says_the_same_question_in_english(line: World) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "9")
    call.hears("Everything is down: press 1.").presses("1").hears("Production: press 1.")


def test_a_nine_inside_a_number_is_a_digit(line: World) -> None:
    call = line.phone(ENGLISH_USER).dials().presses("30988")
    assert line.incident().client_id is not None
    call.hears("Everything is down: press 1.")


def test_the_star_repeats_and_uses_no_try(line: World) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
    question = call.said
    for _ in range(4):
        assert call.presses("*").said == question


def test_a_key_that_is_not_offered_is_asked_again_shorter(line: World) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "7")
    call.hears("Ce choix n'est pas offert. Quel effet ? Tout est arrêté : faites le 1.")


def test_three_failed_tries_never_hang_up(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "7", "8", "6")
    call.hears(
        "Le centre est fermé. Si le logiciel est arrêté pour toute la clinique, faites le 1."
    )
    presses(call, "7", "8", "6")
    assert call.bridged_with == ON_CALL_1, "a caller in trouble reaches the agent"


def test_a_breakdown_on_a_test_environment_is_of_normal_priority(line: World) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "2")
    call.hears("Hors production, votre demande est notée en priorité normale.")
    incident = line.incident()
    assert (incident.claimed_priority, incident.priority) == ("P1", "P3")
    assert incident.environment == "test"


def test_a_beta_site_whose_go_live_is_at_risk_keeps_its_priority(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = presses(line.phone(ENGLISH_USER).dials(), "30988", "1", "2")
    call.hears("Is your go-live date at risk?").presses("1")
    assert line.incident().priority == "P1"
    assert call.presses("1").bridged_with == ON_CALL_1


def test_a_beta_site_that_is_not_at_risk_is_of_normal_priority(line: World) -> None:
    call = presses(line.phone(ENGLISH_USER).dials(), "30988", "1", "2", "2")
    call.hears("Outside production")
    assert line.incident().priority == "P3"


def test_a_minor_problem_is_not_asked_for_its_environment(line: World) -> None:
    presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "4").hears("Votre message sera enregistré")


def test_the_recording_is_kept_with_the_incident(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), "20317", "3")
    call.stays_silent().hears("Décrivez le problème")
    call.says("La station deux ne reçoit plus d'images", then="#")
    call.hears("Nous vous rappellerons au")
    assert line.timeline().count("recorded") == 1


def test_a_caller_who_hangs_up_while_describing_is_kept_with_the_words(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), "20317", "3").stays_silent()
    call.presses("", wait=False)
    call.hangs_up()
    assert "recorded" in line.timeline()
    assert line.incident().callback_at is not None


def test_silence_where_words_are_wanted_blocks_nobody(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), "20317", "3").stays_silent()
    call.stays_silent().hears("Nous vous rappellerons au")


def test_another_number_with_its_extension(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), *TO_NUMBER, "2")
    call.hears("Entrez le numéro à rappeler, dix chiffres").presses("4505550188")
    call.hears("Entrez le poste, puis appuyez sur le carré.").presses("330#")
    call.hears("Nous vous rappellerons au 4 5 0, 5 5 5, 0 1 8 8, poste 3 3 0.").presses("1")
    call.hears("Un agent vous rappellera")
    incident = line.incident()
    assert (incident.callback_number, incident.callback_extension) == ("+14505550188", "330")


def test_a_number_without_an_extension(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), *TO_NUMBER, "2", "4505550188", "#")
    call.hears("Nous vous rappellerons au 4 5 0, 5 5 5, 0 1 8 8.").hears_not("poste")


@pytest.mark.parametrize(
    "number", ["9005551234", "8765551234", "8005550100", "2425551234", "4509761234", "0000000000"],
    ids=["premium", "Jamaica", "our own line", "Bahamas", "976", "no number"],
)  # fmt: skip
def test_numbers_that_we_never_dial(line: World, number: str) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), *TO_NUMBER, "2", number)
    call.hears("Nous ne pouvons pas composer ce numéro.")
    assert line.incident().callback_number == IMAGING_USER


def test_three_numbers_that_cannot_be_dialled_leave_the_one_on_file(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), *TO_NUMBER, "2")
    presses(call, "9005551234", "9005551235", "9005551236")
    call.hears("Un agent vous rappellera avant")
    assert line.incident().callback_number == IMAGING_USER


def test_a_withheld_caller_without_any_number_is_told_to_call_again(line: World) -> None:
    call = presses(line.phone(STRANGER).dials(hidden=True), "99999", "88888", "77777", "2", "1")
    call.hears("Entrez le numéro à rappeler")
    presses(call, "9005551234", "9005551235", "9005551236")
    call.hears("Il nous manque un numéro pour vous rappeler.")
    assert call.ended


def test_the_promise_names_the_reference_and_the_time(line: World) -> None:
    call = promised(line)
    reference = line.incident().reference
    spoken = f"{' '.join(reference[:3])}, {' '.join(reference[3:])}"
    call.hears(f"Dossier {spoken}. Un agent vous rappellera avant midi lundi")
    assert line.incident().promised_at == line.incident().due_at, "what was said is kept"
    call.presses("*").hears(f"Je répète : {spoken}")
    call.stays_silent().hears("Merci. Au revoir.")
    assert call.ended


def test_the_caller_gets_a_text_and_a_letter_with_the_promise(line: World) -> None:
    promised(line).hangs_up()
    line.passes(timedelta(minutes=1))
    reference = line.incident().reference
    written = f"{reference[:3]} {reference[3:]}"
    assert any(written in text for text in line.phone(IMAGING_USER).inbox)
    letter = line.mail.letters[0]
    assert letter["To"] == "imagerie.20317@example.org"
    assert written in letter.get_content().replace("\u00a0", " ")


def test_the_line_never_calls_itself(line: World) -> None:
    call = presses(line.phone(IMAGING_USER).dials(), *TO_NUMBER, "2", LINE[2:])
    call.hears("Nous ne pouvons pas composer ce numéro.")


def promised(line: World) -> Call:
    return presses(line.phone(IMAGING_USER).dials(), *TO_NUMBER, "1")
