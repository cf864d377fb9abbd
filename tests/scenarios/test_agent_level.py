"""A whole level is rung at once: a choice of policy.toml, which falls back to the order."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from redis import Redis
from sqlalchemy import select

from ivr import policy
from ivr.agent_keys import DECLINE, LATER
from ivr.level_ring import NOT_JOINED, PIECE_SECONDS, PIECES
from ivr.models import Agent, Leg
from jobs import sweep
from standin.entries import Progress
from standin.faults import CallbackFault, RestFault
from tests import servers
from tests.phones import Call
from tests.scenarios.cast import critical_night_call
from tests.webhooks.posts import Posts
from tests.world import BILLING_USER, LINE, NIGHT_USER, ON_CALL_1, ON_CALL_2, World, world


@pytest.fixture
def line(
    database_url: str, valkey: servers.Valkey, start: datetime, tmp_path: Path
) -> Iterator[World]:
    valkey.flush()
    text = policy.DEFAULT.read_text(encoding="utf-8")
    assert text.count('mode = "order"') == 1
    file = tmp_path / "policy.toml"
    file.write_text(text.replace('mode = "order"', 'mode = "all"'), encoding="utf-8")
    with world(database_url, valkey.url, start, policy_file=file) as made:
        yield made


def test_all_phones_of_the_level_ring_and_the_first_to_accept_gets_the_caller(
    line: World,
) -> None:
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).accepts(after=6)
    call = waiting_call(line)
    call.hears("J'appelle tous les agents de garde. Ne quittez pas.")
    assert call.waits_for == "queue"
    goes_on(line, 40)
    assert call.bridged_with == ON_CALL_2
    line.phone(ON_CALL_2).hears("P 1, client Clinique du Parc, Médical, Responsable de nuit")
    assert line.phone(ON_CALL_1).was_called == 1
    assert status_of(line, ON_CALL_1) == "canceled", "the other phone stops ringing"
    incident = line.incident()
    assert (incident.state, incident.callback_at) == ("taken", None)
    assert incident.met_at is not None
    line.phones.check()


def test_both_accept_and_the_second_hears_that_it_is_taken(line: World) -> None:
    line.phone(ON_CALL_1).is_held()
    line.phone(ON_CALL_2).is_held()
    call = waiting_call(line)
    goes_on(line, 3)
    one, two = line.phone(ON_CALL_1).picks_up(), line.phone(ON_CALL_2).picks_up()
    codes = [accept_key(each) for each in (one, two)]
    two.presses(codes[1], wait=False)
    line.phones.passes(seconds=2)
    one.presses(codes[0], wait=False)
    line.phones.passes(seconds=4)
    line.phone(ON_CALL_1).hears("L'appel est déjà pris. Merci.")
    assert one.ended
    assert call.bridged_with == ON_CALL_2
    assert len(line.phones.bridges()) == 1
    assert line.timeline().count("taken") == 1


def test_the_caller_hears_music_and_every_20_seconds_where_it_stands(line: World) -> None:
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).accepts(after=24)
    call = waiting_call(line)
    goes_on(line, 70)
    assert call.bridged_with == ON_CALL_2
    heard = line.twilio.ledger.heard(call.sid)
    music = [each for each in heard if "/voice/music/" in each.text]
    assert music[0].moment <= music[1].moment - timedelta(seconds=PIECE_SECONDS - 1)
    words = [each for each in heard if re.search("Vous attendez depuis|a répondu", each.text)]
    assert "Vous attendez depuis 2" in words[0].text
    assert "Quelqu'un a répondu" in words[-1].text
    for earlier, later in pairwise([music[0], *words]):
        assert timedelta(seconds=15) <= later.moment - earlier.moment <= timedelta(seconds=21)


def test_the_music_is_audible_and_ours(line: World) -> None:
    for piece in range(PIECES):
        url = f"{line.line.settings.public_url}/voice/music/{piece}.wav"
        answer = requests.get(url, timeout=9)
        with wave.open(io.BytesIO(answer.content)) as sound:
            assert sound.getnframes() / sound.getframerate() == PIECE_SECONDS
            assert max(sound.readframes(sound.getnframes())) > 0
    assert requests.get(url.replace("3.wav", "9.wav"), timeout=9).status_code == 404


def test_nobody_accepts_and_the_caller_hears_so(line: World) -> None:
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).presses_when_called(DECLINE)
    call = waiting_call(line)
    goes_on(line, 60)
    call.hears("Personne n'a pu répondre à l'instant.")
    assert line.phone(ON_CALL_1).was_called == line.phone(ON_CALL_2).was_called == 1


def test_the_last_phone_is_over_and_the_caller_waits_no_longer_than_a_piece(line: World) -> None:
    line.phone(ON_CALL_1).is_busy()
    line.phone(ON_CALL_2).presses_when_called(DECLINE)
    call = waiting_call(line)
    goes_on(line, 60)
    ends = [each for each in line.twilio.ledger.of(Progress) if each.status == "completed"]
    declined = next(each for each in ends if line.twilio.legs[each.sid].to == ON_CALL_2)
    told = next(h for h in line.twilio.ledger.heard(call.sid) if "Personne n'a pu" in h.text)
    assert told.moment - declined.moment <= timedelta(seconds=PIECE_SECONDS + 1)


class TestRestFails:
    """Law 6: the agent on call is reached by TwiML alone."""

    def test_it_refuses_and_the_order_takes_over(self, line: World) -> None:
        line.twilio.faults.rest(RestFault(status=503), times=99)
        line.phone(ON_CALL_1).accepts()
        call = waiting_call(line)
        goes_on(line, 30)
        assert call.bridged_with == ON_CALL_1
        assert "over_to_order" in line.timeline()

    def test_the_worker_and_the_sweep_are_dead(self, line: World) -> None:
        line.phone(ON_CALL_1).rings_out()
        line.phone(ON_CALL_2).accepts()
        call = critical_night_call(line)
        began = line.now
        line.phones.passes(seconds=60)
        assert call.bridged_with == ON_CALL_2
        first = line.phone(ON_CALL_1).legs[0]
        assert first.parent is not None, "dialled by the caller's own call"
        assert first.created - began <= timedelta(seconds=8 + PIECE_SECONDS)
        self.nobody_is_rung_again_when_they_are_back(line)

    def nobody_is_rung_again_when_they_are_back(self, line: World) -> None:
        rung = line.phone(ON_CALL_1).was_called, line.phone(ON_CALL_2).was_called
        line.work()
        line.phones.passes(seconds=60)
        assert (line.phone(ON_CALL_1).was_called, line.phone(ON_CALL_2).was_called) == rung

    def test_redis_is_gone_and_the_sweep_places_the_calls(
        self, line: World, valkey: servers.Valkey
    ) -> None:
        line.phone(ON_CALL_1).rings_out()
        line.phone(ON_CALL_2).accepts()
        call = critical_night_call(line)
        with Redis.from_url(valkey.url) as redis:
            redis.flushall()
        sweep.sweep_once(line.line)
        line.phones.passes(seconds=40)
        assert call.bridged_with == ON_CALL_2
        assert line.phone(ON_CALL_2).legs[0].parent is None

    def test_no_phone_reports_that_it_rings_within_eight_seconds(self, line: World) -> None:
        line.twilio.faults.callbacks(
            CallbackFault(copies=0), times=99, when=lambda _, leg: _is_placed_by_us(leg)
        )
        line.phone(ON_CALL_1).rings_out().then.accepts()
        line.phone(ON_CALL_2).rings_out().then.accepts()
        call = waiting_call(line)
        goes_on(line, 60)
        assert call.bridged_with in (ON_CALL_1, ON_CALL_2)
        assert "over_to_order" in line.timeline()


class TestTheCallerHangsUp:
    def test_while_phones_ring_and_they_stop(self, line: World) -> None:
        line.phone(ON_CALL_1).is_held()
        line.phone(ON_CALL_2).is_held()
        call = waiting_call(line)
        goes_on(line, 4)
        assert status_of(line, ON_CALL_1) == status_of(line, ON_CALL_2) == "ringing"
        call.hangs_up()
        line.work()
        first, second = (line.phone(number).legs[0] for number in (ON_CALL_1, ON_CALL_2))
        assert first.status == second.status == "canceled"
        assert line.incident().callback_at is not None

    def test_and_a_late_key_hears_that_nobody_waits(self, line: World) -> None:
        line.phone(ON_CALL_1).is_held()
        line.phone(ON_CALL_2).is_busy()
        call = waiting_call(line)
        goes_on(line, 4)
        agent = line.phone(ON_CALL_1).picks_up()
        code = accept_key(agent)
        line.twilio.faults.rest(RestFault(status=503), times=99)
        call.hangs_up()
        agent.presses(code).hears("L'appel n'attend plus. Merci.")
        assert line.incident().told_at is None

    def test_in_the_second_of_the_key_and_is_called_back(self, line: World) -> None:
        line.phone(ON_CALL_1).is_held()
        line.phone(ON_CALL_2).is_busy()
        call = waiting_call(line)
        goes_on(line, 4)
        agent = line.phone(ON_CALL_1).picks_up()
        agent.presses(accept_key(agent), wait=False)
        call.hangs_up()
        line.phones.passes(seconds=3)
        line.phone(ON_CALL_1).accepts()
        line.phone(NIGHT_USER).accepts()
        line.passes(timedelta(minutes=2))
        assert line.incident().met_at is not None
        assert (ON_CALL_1, NIGHT_USER) in line.phones.bridges()


def test_the_talk_ends_and_the_caller_may_be_put_through_again(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=20)
    line.phone(ON_CALL_2).rings_out()
    call = waiting_call(line)
    goes_on(line, 60)
    call.hears("Pour être remis en communication, faites le 1.")
    assert line.incident().state == "taken"


def test_give_me_five_minutes_leaves_the_others_ringing(line: World) -> None:
    line.phone(ON_CALL_1).presses_when_called(LATER)
    line.phone(ON_CALL_2).accepts(after=20)
    call = waiting_call(line)
    goes_on(line, 60)
    assert call.bridged_with == ON_CALL_2


def test_whoever_accepted_never_comes_and_the_caller_is_not_left_in_the_music(
    line: World,
) -> None:
    """The key reached us, and nothing else of that agent's phone ever does."""
    line.twilio.faults.callbacks(
        CallbackFault(copies=0), times=99, when=lambda _, leg: _is_placed_by_us(leg)
    )
    line.phone(ON_CALL_1).is_held()
    line.phone(ON_CALL_2).is_held()
    call = waiting_call(line)
    goes_on(line, 3)
    with line.session() as session:
        of_first = select(Leg).join(Leg.agent).where(Agent.phone == ON_CALL_1)
        leg = session.scalars(of_first).one()
    agent = Posts(line, LINE, sid=line.phone(ON_CALL_1).legs[0].sid)
    agent.post(f"/leg/whisper?asked=1&leg={leg.id}", To=ON_CALL_1, Digits=leg.code)
    accepted = line.now
    assert line.incident().state == "taken"
    line.phone(ON_CALL_1).turns_away()
    goes_on(line, 11)
    assert call.waits_for == "queue", "the agent may be on the way"
    line.phone(ON_CALL_1).accepts()
    while call.waits_for == "queue":
        goes_on(line, 1)
        assert line.now - accepted <= NOT_JOINED + timedelta(seconds=PIECE_SECONDS + 1)
    goes_on(line, 20)
    assert call.bridged_with == ON_CALL_1, "who took it in charge is rung, by TwiML alone"


def test_an_agent_who_talks_is_left_alone_and_one_phone_is_rung_in_order(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=900)
    line.phone(ON_CALL_2).rings_out().then.accepts()
    first = waiting_call(line)
    goes_on(line, 40)
    assert first.bridged_with == ON_CALL_1
    second = line.phone(BILLING_USER).dials()
    for keys in ("40126", "1", "1"):
        second.presses(keys)
    assert second.bridged_with == ON_CALL_2
    assert line.phone(ON_CALL_2).legs[-1].parent is not None, "one phone needs no REST"


def waiting_call(line: World) -> Call:
    """A critical call that waits in the queue, its legs placed by the worker."""
    call = critical_night_call(line)
    line.work()
    return call


def goes_on(line: World, seconds: int) -> None:
    """Time passes second by second, and the worker does what is nudged."""
    for _ in range(seconds):
        line.phones.passes(seconds=1)
        line.work()


def status_of(line: World, number: str) -> str:
    return line.phone(number).legs[-1].status


def accept_key(agent: Call) -> str:
    found = re.search(r"faites le (\d) (\d)\.", agent.said)
    assert found
    return found[1] + found[2]


def _is_placed_by_us(leg: object) -> bool:
    return getattr(leg, "direction", "") == "outbound-api"
