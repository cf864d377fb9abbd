"""What the agent on call hears, and what each key does."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import select

from ivr.agent_keys import CODES, DECLINE, HEAR, LATER
from ivr.models import Agent, Event, Leg
from standin.entries import Heard, Pressed, Progress
from standin.faults import RestFault
from tests.phones import Call
from tests.scenarios.cast import TO_IMPACT, critical_night_call, presses
from tests.world import ENGLISH_USER, NIGHT_USER, ON_CALL_1, ON_CALL_2, World


def test_no_fixed_key_shares_a_digit_with_an_accept_key() -> None:
    fixed = set(HEAR + DECLINE + LATER)
    assert len({HEAR, DECLINE, LATER}) == 3
    assert all(len(code) == 2 and len(set(code)) == 2 for code in CODES)
    assert not any(fixed & set(code) for code in CODES)


def test_who_calls_and_the_accept_key_in_under_ten_seconds_then_the_other_keys(line: World) -> None:
    line.phone(ON_CALL_1).says_nothing()
    line.phone(ON_CALL_2).accepts()
    critical_night_call(line)
    first, second, *_ = said_to(line, ON_CALL_1)
    who = "P 1, client Clinique du Parc, Médical, Responsable de nuit, attend depuis"
    assert re.match(rf"{who} \d secondes\.", first.text)
    assert first.text.endswith(f"Pour prendre l'appel, faites le {' '.join(code_of(line, 0))}.")
    assert first.seconds < 10
    assert second.text == "Pour refuser, le 2 2. Pour être rappelé dans 5 minutes, le 5 5."


def test_in_the_agents_own_language(line: World) -> None:
    speaks_english(line, ON_CALL_1)
    line.phone(ON_CALL_1).accepts()
    call = critical_night_call(line)
    assert call.bridged_with == ON_CALL_1
    first, *_ = said_to(line, ON_CALL_1)
    assert first.text.startswith("P 1, client Clinique du Parc, Medical, Responsable de nuit")
    assert first.language == "en-US"
    assert first.seconds < 10
    assert call.language_heard == "fr"


def test_declining_rings_the_next_at_once(line: World) -> None:
    line.phone(ON_CALL_1).presses_when_called(DECLINE)
    line.phone(ON_CALL_2).accepts()
    call = critical_night_call(line)
    call.hears("Un instant, je joins l'agent suivant.")
    line.phone(ON_CALL_1).hears("C'est noté, merci.")
    assert call.bridged_with == ON_CALL_2
    assert from_key_to_ring(line, ON_CALL_1, ON_CALL_2) < timedelta(seconds=6)
    assert ended_as(line) == ["declined"]


@pytest.mark.parametrize("keys", ["1", "00", "**"])
def test_a_key_that_is_none_asks_again(line: World, keys: str) -> None:
    line.phone(ON_CALL_1).is_held()
    call = ringing_call(line)
    agent = line.phone(ON_CALL_1).picks_up()
    agent.presses(keys).hears("P 1, client Clinique du Parc")
    agent.presses(code_of(line, 0))
    line.phones.passes(seconds=1)
    assert call.bridged_with == ON_CALL_1


@pytest.mark.parametrize(
    "does", ["rings_out", "is_busy", "goes_to_voicemail", "rejects", "says_nothing",
             "is_unreachable", "hangs_up_midway", "declines"],
)  # fmt: skip
def test_any_other_end_goes_on_with_no_more_than_a_sentence(line: World, does: str) -> None:
    getattr(line.phone(ON_CALL_1), does)()
    line.phone(ON_CALL_2).accepts()
    call = critical_night_call(line)
    assert call.bridged_with == ON_CALL_2
    assert call.said.count("Un instant, je joins l'agent suivant.") == 1


def test_a_greeting_that_plays_tones_accepts_nothing_and_sends_nobody_away(line: World) -> None:
    line.phone(ON_CALL_1).goes_to_voicemail(after=8, tones="55")
    line.phone(ON_CALL_2).accepts()
    assert critical_night_call(line).bridged_with == ON_CALL_2


class TestTheCallersOwnWords:
    def test_are_heard_before_accepting(self, line: World) -> None:
        call = call_with_words(line)
        agent = line.phone(ON_CALL_1).picks_up().presses(HEAR)
        agent.hears("/leg/sound?token=", "Pour prendre l'appel, faites le")
        agent.presses(code_of(line, 0))
        line.phones.passes(seconds=1)
        assert call.bridged_with == ON_CALL_1
        assert "recording_played" in line.timeline()
        line.phones.check()

    def test_the_key_is_offered_only_where_there_are_some(self, line: World) -> None:
        call_with_words(line)
        line.phone(ON_CALL_1).picks_up().hears("Pour écouter son message, le 1 1.")

    def test_cannot_be_had_and_the_question_is_asked_all_the_same(self, line: World) -> None:
        call = call_with_words(line)
        line.twilio.faults.rest(
            RestFault(status=500), times=9, when=lambda _, path, __: "Recordings" in path
        )
        agent = line.phone(ON_CALL_1).picks_up().presses(HEAR)
        agent.hears("Pour prendre l'appel, faites le").presses(code_of(line, 0))
        line.phones.passes(seconds=1)
        assert call.bridged_with == ON_CALL_1

    def test_an_agent_who_only_listens_does_not_keep_the_caller_for_ever(self, line: World) -> None:
        call = call_with_words(line)
        line.phone(ON_CALL_2).accepts()
        agent = line.phone(ON_CALL_1).picks_up()
        for _ in range(20):
            if agent.ended:
                break
            agent.presses(HEAR)
        assert agent.ended
        line.phones.passes(seconds=30)
        assert call.bridged_with == ON_CALL_2

    def test_their_address_is_for_that_leg_and_for_a_minute(self, line: World) -> None:
        call_with_words(line)
        agent = line.phone(ON_CALL_1).picks_up().presses(HEAR)
        address = agent.said[agent.said.index("[") + 1 : agent.said.index("]")]
        assert requests.get(address, timeout=9).headers["Content-Type"] == "audio/x-wav"
        assert requests.get(address[:-1], timeout=9).status_code == 404
        bare = urlsplit(address)._replace(query="").geturl()
        assert requests.get(bare, timeout=9).status_code == 404
        agent.hangs_up()
        assert requests.get(address, timeout=9).status_code == 404

    def test_the_address_dies_while_the_leg_lives(self, line: World) -> None:
        call_with_words(line)
        agent = line.phone(ON_CALL_1).picks_up().presses(HEAR)
        address = agent.said[agent.said.index("[") + 1 : agent.said.index("]")]
        agent.presses(code_of(line, 0))
        line.phones.passes(seconds=61)
        assert agent.is_connected
        assert requests.get(address, timeout=9).status_code == 404


class TestGiveMeFiveMinutes:
    def test_the_caller_is_told_and_the_next_agent_rings(self, line: World) -> None:
        line.phone(ON_CALL_1).presses_when_called(LATER)
        line.phone(ON_CALL_2).accepts()
        call = critical_night_call(line)
        call.hears("Un agent vous rappellera dans 5 minutes. Entre-temps, je joins le suivant.")
        line.phone(ON_CALL_1).hears("la ligne vous rappellera dans 5 minutes.")
        assert call.bridged_with == ON_CALL_2
        assert line.incident().callback_at is None, "who talked with the client has paid it"

    def test_nobody_else_is_free_and_that_agent_is_called_first_in_five_minutes(
        self, line: World
    ) -> None:
        line.phone(ON_CALL_1).presses_when_called(LATER).then.accepts()
        line.phone(ON_CALL_2).is_busy()
        line.phone(NIGHT_USER).accepts()
        call = critical_night_call(line)
        call.hears("Personne d'autre n'est libre pour l'instant.")
        call.hears("Un agent vous rappellera dans 5 minutes.")
        call.presses("1").hangs_up()
        asked = line.incident().later_at
        assert asked
        line.pass_until(asked - timedelta(seconds=1))
        assert not line.phones.bridges()
        line.passes(timedelta(minutes=1))
        assert line.phones.bridges() == [(ON_CALL_1, NIGHT_USER)]
        assert line.incident().met_at is not None
        assert line.phone(ON_CALL_2).was_called == 1

    def test_the_next_level_is_warned_by_text_before_its_phones_ring(self, line: World) -> None:
        line.phone(ON_CALL_1).presses_when_called(LATER)
        line.phone(ON_CALL_2).is_busy()
        critical_night_call(line)
        warnings = [each for each in line.messages("sms") if each.purpose == "warning"]
        assert warnings
        assert all(each.to != ON_CALL_1 for each in warnings)
        assert "Garde 1 demande 5 minutes : votre téléphone peut sonner." in warnings[0].body
        assert warnings[0].code in warnings[0].body

    def test_it_takes_nothing_in_charge(self, line: World) -> None:
        line.phone(ON_CALL_1).presses_when_called(LATER)
        line.phone(ON_CALL_2).is_busy()
        critical_night_call(line)
        assert line.incident().state == "new"
        assert "asked_later" in line.timeline()


def said_to(line: World, number: str) -> list[Heard]:
    leg = line.phone(number).legs[-1]
    return [heard for heard in line.twilio.ledger.heard(leg.sid) if heard.speaker == "line"]


def code_of(line: World, place: int) -> str:
    """The accept key of the leg that was rung first, second..."""
    with line.session() as session:
        return list(session.scalars(select(Leg.code).order_by(Leg.id)))[place]


def speaks_english(line: World, number: str) -> None:
    with line.line.scene() as scene:
        scene.session.scalars(select(Agent).where(Agent.phone == number)).one().language = "en"


def ended_as(line: World) -> list[str]:
    with line.session() as session:
        ended = session.scalars(select(Event).where(Event.kind == "leg_ended").order_by(Event.id))
        return [event.facts["outcome"] for event in ended]


def from_key_to_ring(line: World, first: str, second: str) -> timedelta:
    """From the last key that the first one pressed to the second one's first ring."""
    ledger = line.twilio.ledger
    pressed = ledger.of(Pressed, line.phone(first).legs[0].sid)[-1]
    progress = ledger.of(Progress, line.phone(second).legs[0].sid)
    return next(e.moment for e in progress if e.status == "ringing") - pressed.moment


def ringing_call(line: World, user: str = NIGHT_USER) -> Call:
    """A critical call whose first agent's phone rings, and is held by the test."""
    call = presses(line.phone(user).dials(), *TO_IMPACT, "1", "1")
    call.presses("1", wait=False)
    return call


def call_with_words(line: World) -> Call:
    line.phone(ON_CALL_1).is_held()
    call = presses(line.phone(ENGLISH_USER).dials(), "30988", "1", "1").stays_silent()
    line.twilio.legs[call.sid].speak("Nothing opens any more")
    line.phones.passes(seconds=4)
    return call.presses("#", wait=False)
