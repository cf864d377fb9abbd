"""What the level is sent as its first phone rings, and what an agent's answer by SMS does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from standin.faults import RestFault
from tests.phones import Call
from tests.scenarios.cast import critical_day_call, critical_night_call
from tests.scenarios.test_agent_whisper import call_with_words, ringing_call, speaks_english
from tests.world import DESK_1, NIGHT_USER, ON_CALL_1, ON_CALL_2, STRANGER, TUESDAY_10, World

NIGHT_SUPER_USER = "Responsable de nuit"


def test_the_level_is_told_as_the_first_phone_rings(line: World) -> None:
    line.phone(ON_CALL_1).is_held()
    ringing_call(line)
    line.work()
    line.phones.passes(seconds=5)
    assert line.phone(ON_CALL_1).legs[0].status == "ringing"
    incident = line.incident()
    reference = f"{incident.reference[:3]} {incident.reference[3:]}"
    link = f"{line.line.settings.public_url}/incidents/{incident.id}"
    for agent in (ON_CALL_1, ON_CALL_2):
        (text,) = line.phone(agent).inbox
        assert text.startswith(f"P1 {reference}, Clinique du Parc, Médical. Numéro : 514 555-0102.")
        assert text.endswith(link)
    letters = [letter for letter in line.mail.letters if "garde" in letter["To"]]
    assert {letter["To"] for letter in letters} == {"garde1@example.org", "garde2@example.org"}
    for letter in letters:
        written = letter.get_content().replace("\u00a0", " ")
        for fact in (reference, "Clinique du Parc, client 10452", "Médical", "514 555-0102", link):
            assert fact in written


def test_nothing_more_is_told_than_a_callback_needs(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    line.phone(ON_CALL_2).accepts()
    critical_night_call(line)
    line.work()
    for message in line.messages("sms") + line.messages("mail"):
        if message.agent_id is not None:
            assert NIGHT_SUPER_USER not in message.body + message.subject


def test_the_letter_says_that_the_caller_left_words(line: World) -> None:
    call_with_words(line)
    line.work()
    letter = next(letter for letter in line.mail.letters if "garde1" in letter["To"])
    assert "Message de l'appelant" in letter.get_content()


def test_each_agent_is_told_once_however_often_phones_ring(line: World) -> None:
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).rings_out()
    critical_night_call(line)
    line.work()
    line.phones.passes(seconds=5)
    alerts = [m for m in line.messages("sms") if m.purpose == "alert"]
    assert len(alerts) == 2
    assert len({(m.agent_id, m.code) for m in alerts}) == 2


def test_what_could_not_go_out_is_not_sent_once_somebody_has_it(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    line.twilio.faults.rest(
        RestFault(status=503), times=99, when=lambda _, path, __: "Messages" in path
    )
    call = critical_night_call(line)
    assert call.bridged_with == ON_CALL_1, "no text, and no difference to the caller"
    line.work()
    line.twilio.faults.clear()
    line.passes(timedelta(minutes=5))
    assert line.phone(ON_CALL_2).inbox == []
    assert "message_dropped" in line.timeline()


class TestInHours:
    @pytest.fixture
    def start(self) -> datetime:
        return TUESDAY_10

    def test_the_desk_sees_the_call_on_its_screens_and_gets_no_texts(self, line: World) -> None:
        line.phone(DESK_1).accepts()
        assert critical_day_call(line).bridged_with == DESK_1
        assert not [m for m in line.messages("sms") if m.agent_id is not None]


class TestAnAnswerByText:
    def test_takes_the_incident_and_the_holder_reaches_the_client_at_once(
        self, line: World
    ) -> None:
        nobody_accepts(line).hangs_up()
        code = code_for(line, ON_CALL_2)
        line.phone(ON_CALL_1).accepts()
        line.phone(ON_CALL_2).accepts()
        line.phone(NIGHT_USER).accepts()
        line.phone(ON_CALL_2).texts(f" {code} svp")
        answered(line, ON_CALL_2, "est à vous : la ligne vous appelle")
        assert line.incident().state == "taken"
        line.passes(timedelta(minutes=1))
        assert line.phones.bridges() == [(ON_CALL_2, NIGHT_USER)]
        incident = line.incident()
        assert incident.met_at is not None
        assert incident.callback_at is None

    def test_while_the_caller_holds_puts_the_caller_through_to_that_agent(
        self, line: World
    ) -> None:
        line.phone(ON_CALL_1).is_held()
        call = ringing_call(line)
        line.work()
        line.phones.passes(seconds=4)
        line.phone(ON_CALL_2).accepts()
        line.phone(ON_CALL_2).texts(code_for(line, ON_CALL_2))
        line.work()
        line.phones.passes(seconds=25)
        assert line.phone(ON_CALL_1).legs[0].status == "canceled", "that phone stops ringing"
        assert call.bridged_with == ON_CALL_2
        assert line.timeline().count("taken") == 1

    def test_without_rest_the_first_phone_rings_out_and_then_the_holder_is_rung(
        self, line: World
    ) -> None:
        line.phone(ON_CALL_1).rings_out()
        call = ringing_call(line)
        line.work()
        line.phones.passes(seconds=4)
        line.twilio.faults.rest(RestFault(status=503), times=99)
        line.phone(ON_CALL_2).accepts()
        line.phone(ON_CALL_2).texts(code_for(line, ON_CALL_2))
        line.phones.passes(seconds=45)
        assert call.bridged_with == ON_CALL_2

    def test_whoever_picks_up_meanwhile_hears_that_it_is_taken(self, line: World) -> None:
        line.phone(ON_CALL_1).is_held()
        call = ringing_call(line)
        line.work()
        line.phones.passes(seconds=4)
        line.phone(ON_CALL_2).is_busy()
        line.phone(ON_CALL_2).texts(code_for(line, ON_CALL_2))
        agent = line.phone(ON_CALL_1).picks_up()
        agent.hears("L'appel est déjà pris. Merci.")
        assert agent.ended
        line.phones.passes(seconds=15)
        call.hears("Un agent a pris votre dossier en charge. Il vous rappellera dans un instant.")
        assert line.phone(ON_CALL_1).was_called == 1

    def test_the_other_agents_code_changes_nothing(self, line: World) -> None:
        nobody_accepts(line)
        line.phone(ON_CALL_1).texts(code_for(line, ON_CALL_2))
        answered(line, ON_CALL_1, "répondez par le seul code", "rien n'a changé")
        assert line.incident().state == "new"

    @pytest.mark.parametrize("words", ["OK", "je m'en occupe", "12", "", "0000 {code}"])
    def test_anything_else_changes_nothing(self, line: World, words: str) -> None:
        nobody_accepts(line)
        line.phone(ON_CALL_1).texts(words.format(code=code_for(line, ON_CALL_1)))
        answered(line, ON_CALL_1, "rien n'a changé")
        assert line.incident().state == "new"

    def test_another_number_changes_nothing_and_is_told_where_to_phone(self, line: World) -> None:
        nobody_accepts(line)
        line.phone(STRANGER).texts(code_for(line, ON_CALL_1))
        assert line.incident().state == "new"
        (answer,) = line.phone(STRANGER).inbox
        assert answer.startswith("Ce numéro ne lit pas les messages.")

    def test_an_old_code_changes_nothing(self, line: World) -> None:
        nobody_accepts(line).hangs_up()
        code = code_for(line, ON_CALL_1)
        with line.line.scene() as scene:
            message = next(m for m in line.messages("sms") if m.code == code)
            kept = scene.session.merge(message)
            kept.created_at = scene.now - timedelta(hours=13)
        line.phone(ON_CALL_1).texts(code)
        answered(line, ON_CALL_1, "Ce code n'est plus valable : rien n'a changé.")
        assert line.incident().state == "new"

    def test_taken_already_changes_nothing_and_names_who_has_it(self, line: World) -> None:
        nobody_accepts(line)
        line.phone(ON_CALL_1).texts(code_for(line, ON_CALL_1))
        line.phone(ON_CALL_2).texts(code_for(line, ON_CALL_2))
        answered(line, ON_CALL_2, "est déjà pris en charge par Garde 1 : rien n'a changé.")
        line.phone(ON_CALL_1).texts(code_for(line, ON_CALL_1))
        answered(line, ON_CALL_1, "est déjà à vous.")
        assert line.timeline().count("taken") == 1

    def test_is_answered_in_the_agents_language(self, line: World) -> None:
        speaks_english(line, ON_CALL_1)
        nobody_accepts(line)
        line.phone(ON_CALL_1).texts("yes")
        answered(line, ON_CALL_1, "nothing has changed")

    def test_guesses_are_neither_read_nor_answered_for_ever(self, line: World) -> None:
        nobody_accepts(line)
        code = code_for(line, ON_CALL_1)
        wrong = [f"{n:04}" for n in range(40) if f"{n:04}" != code][:10]
        for guess in wrong:
            line.phone(ON_CALL_1).texts(guess)
        received = len(line.phone(ON_CALL_1).inbox)
        line.phone(ON_CALL_1).texts(code)
        assert len(line.phone(ON_CALL_1).inbox) == received
        assert line.incident().state == "new"


def nobody_accepts(line: World) -> Call:
    """A critical call of which both agents have been told; neither picked up."""
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).rings_out()
    call = critical_night_call(line)
    call.hears("Personne n'a pu répondre à l'instant.")
    line.work()
    line.phones.passes(seconds=3)
    return call


def code_for(line: World, agent: str) -> str:
    """As the agent reads it in the first SMS."""
    text = line.phone(agent).inbox[0]
    found = re.search(r"(?:répondez|answer) (\d{4})\.", text)
    assert found, text
    return found[1]


def answered(line: World, agent: str, *fragments: str) -> None:
    answer = line.phone(agent).inbox[-1]
    for fragment in fragments:
        assert fragment in answer
