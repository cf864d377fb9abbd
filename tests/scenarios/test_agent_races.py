"""Two at once: agents who accept, callers who hang up, keys that come too late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr import legs
from ivr.models import Agent, Call, Incident, Leg
from standin.entries import Progress
from standin.switch import Manners
from tests import servers
from tests.phones import Call as PhoneCall
from tests.scenarios.cast import TO_IMPACT, critical_night_call, presses
from tests.scenarios.test_agent_whisper import ringing_call
from tests.webhooks.posts import Posts, action, leg_url
from tests.world import BILLING_USER, NIGHT_USER, ON_CALL_1, ON_CALL_2, SATURDAY_NIGHT, World, world

KEYS = ("10452", "2", "1", "1", "1")


@pytest.fixture(params=["sqlite", "postgres"])
def either(
    request: pytest.FixtureRequest, tmp_path: Path, valkey: servers.Valkey
) -> Iterator[World]:
    """The product on SQLite, where writers queue, and on PostgreSQL, where they really race."""
    valkey.flush()
    with ExitStack() as stack:
        if request.param == "postgres":
            url = stack.enter_context(servers.postgres())
        else:
            url = servers.sqlite(tmp_path)
        yield stack.enter_context(world(url, valkey.url, SATURDAY_NIGHT))


def test_the_caller_hangs_up_while_it_rings_and_the_agents_stop_ringing(line: World) -> None:
    line.phone(ON_CALL_1).is_held()
    call = ringing_call(line)
    line.phones.passes(seconds=8)
    assert line.phone(ON_CALL_1).legs[0].status == "ringing"
    call.hangs_up()
    assert line.phone(ON_CALL_1).legs[0].status == "canceled"
    incident = line.incident()
    assert (incident.priority, incident.state, incident.told_at) == ("P1", "new", None)

    line.phone(ON_CALL_1).accepts()
    line.phone(NIGHT_USER).accepts()
    line.passes(timedelta(minutes=1))
    assert line.phones.bridges() == [(ON_CALL_1, NIGHT_USER)]


def test_a_key_that_comes_after_the_hang_up_hears_that_nobody_waits(line: World) -> None:
    caller, agent, again = at_the_whisper(line)
    caller.post("/voice/status", CallStatus="completed")
    answer = agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
    assert "attend plus" in answer
    assert "<Hangup" in answer
    incident = line.incident()
    assert (incident.state, incident.told_at) == ("new", None)
    assert incident.callback_at is not None


class TestTheKeyInTheSecondOfTheHangUp:
    """Accepted, and never joined: told stands no longer, and the client is called back."""

    def test_twilio_says_that_they_were_not_joined(self, line: World) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        assert line.incident().told_at is not None
        caller.post(
            self.turn, CallStatus="completed", DialCallStatus="completed", DialBridged="false"
        )
        caller.post("/voice/status", CallStatus="completed")
        self.is_owed(line)

    def test_the_call_ends_first_and_then_twilio_says_so(self, line: World) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        caller.post("/voice/status", CallStatus="completed")
        caller.post(
            self.turn, CallStatus="completed", DialCallStatus="completed", DialBridged="false"
        )
        self.is_owed(line)

    def test_nobody_says_anything_but_that_the_call_is_over(self, line: World) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        caller.post("/voice/status", CallStatus="completed")
        self.is_owed(line)

    def test_the_news_is_late_and_says_when(self, line: World) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        at = line.now.strftime("%a, %d %b %Y %H:%M:%S +0000")
        line.phones.passes(minutes=3)
        caller.post("/voice/status", CallStatus="completed", Timestamp=at)
        self.is_owed(line)

    def test_after_all_they_were_joined(self, line: World) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        caller.post("/voice/status", CallStatus="completed")
        caller.post(
            self.turn, CallStatus="completed", DialCallStatus="completed", DialBridged="true"
        )
        incident = line.incident()
        assert incident.met_at is not None
        assert incident.callback_at is None

    def test_a_talk_of_a_minute_was_one_whoever_keeps_silent(self, line: World) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        line.phones.passes(minutes=1)
        caller.post("/voice/status", CallStatus="completed")
        assert line.incident().met_at is not None
        assert line.incident().callback_at is None

    @pytest.mark.parametrize("tells", [True, False], ids=["action told", "action not told"])
    def test_as_it_happens_the_agent_is_rung_and_reaches_the_client(
        self, line: World, tells: bool
    ) -> None:
        line.twilio.manners = Manners(dial_action_after_hangup=tells)
        line.phone(ON_CALL_1).is_held()
        call = ringing_call(line)
        agent = line.phone(ON_CALL_1).picks_up()
        agent.presses(line.accept_key(), wait=False)
        call.hangs_up()
        line.phone(ON_CALL_1).accepts()
        line.phone(NIGHT_USER).accepts()
        line.passes(timedelta(minutes=2))
        incident = line.incident()
        assert incident.met_at is not None
        assert ON_CALL_1 in {number for bridge in line.phones.bridges() for number in bridge}
        assert NIGHT_USER in {number for bridge in line.phones.bridges() for number in bridge}
        assert incident.callback_at is None

    def test_the_agent_hangs_up_instead_and_the_caller_is_put_through_again(
        self, line: World
    ) -> None:
        caller, agent, again = at_the_whisper(line)
        agent.post(again, ParentCallSid=caller.sid, Digits=line.accept_key())
        answer = caller.post(self.turn, DialCallStatus="completed", DialBridged="false")
        assert "<Dial" in answer
        assert ON_CALL_1 in answer, "who took it in charge, and nobody else"
        assert line.incident().told_at is None

    turn = "/voice/turn?step=on_call&turn=6"

    def is_owed(self, line: World) -> None:
        incident = line.incident()
        assert incident.state == "taken", "the key was a person's act"
        assert incident.told_at is None
        assert incident.callback_at is not None
        assert incident.callback_at <= line.now
        assert line.timeline().count("not_joined") == 1
        line.phone(ON_CALL_1).accepts()
        line.phone(NIGHT_USER).accepts()
        line.passes(timedelta(minutes=1))
        assert line.phones.bridges() == [(ON_CALL_1, NIGHT_USER)]
        assert line.incident().met_at is not None


def test_of_two_agents_one_gets_the_caller_and_the_other_hears_that_it_is_taken(
    either: World,
) -> None:
    """Both phones ask at once: what decides is the call's own row."""
    line = either
    caller, first, again = at_the_whisper(line)
    second = Posts(line, "+18005550100", sid="CA" + "3" * 32)
    other = another_leg(line)
    whisper = second.post(f"/leg/whisper?asked=0&leg={other}", ParentCallSid=caller.sid)
    codes = accept_keys(line)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first.post, again, ParentCallSid=caller.sid, Digits=codes[0])
        two = pool.submit(second.post, action(whisper), ParentCallSid=caller.sid, Digits=codes[1])
        answers = [one.result(), two.result()]
    assert sorted("déjà pris" in answer for answer in answers) == [False, True]
    assert sum(answer.endswith("<Response />") for answer in answers) == 1
    with line.session() as session:
        accepted = session.scalars(select(Leg).where(Leg.accepted_at.is_not(None))).one()
        assert session.scalars(select(Call.joined_leg_id)).one() == accepted.id
        assert session.scalars(select(Incident.holder_id)).one() == accepted.agent_id


def test_the_key_and_the_hang_up_at_once_leave_the_callback_owed(either: World) -> None:
    """Whichever is first: nobody was joined."""
    caller, agent, again = at_the_whisper(either)
    code = accept_keys(either)[0]
    with ThreadPoolExecutor(2) as pool:
        key = pool.submit(agent.post, again, ParentCallSid=caller.sid, Digits=code)
        end = pool.submit(caller.post, "/voice/status", CallStatus="completed")
        key.result(), end.result()
    incident = either.incident()
    assert incident.told_at is None
    assert incident.callback_at is not None
    assert incident.callback_at <= either.now


def test_a_second_clients_p1_while_the_first_agent_talks_rings_the_next(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=900)
    line.phone(ON_CALL_2).accepts(talks=900)
    first = critical_night_call(line)
    assert first.bridged_with == ON_CALL_1
    second = presses(line.phone(BILLING_USER).dials(), "40126", "1", "1")
    assert second.bridged_with == ON_CALL_2
    assert line.phone(ON_CALL_1).was_called == 1
    assert first.is_connected
    third = presses(line.phone("+14185550104").dials(), "30988", "1", "1", "1")
    third.hears("Nobody could answer")


def test_put_through_again_and_hung_up_while_it_rings_is_called_back(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=30).then.is_held()
    call: PhoneCall = critical_night_call(line).talks(32)
    call.hears("Pour être remis en communication").presses("1", wait=False)
    line.phones.passes(seconds=6)
    call.hangs_up()
    incident = line.incident()
    assert incident.state == "taken"
    assert incident.callback_at is not None
    line.phone(ON_CALL_1).accepts()
    line.phone(NIGHT_USER).accepts()
    line.passes(timedelta(minutes=6))
    assert line.phones.bridges()[-1] == (ON_CALL_1, NIGHT_USER)
    assert line.incident().callback_at is None


def test_the_longest_hold_ends_the_search(line: World) -> None:
    line.phone(ON_CALL_1).is_held()
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "1")
    call.presses("1", wait=False)
    agent = line.phone(ON_CALL_1).picks_up()
    assert agent.waits_for == "gather"
    with line.line.scene() as scene:
        held = scene.session.scalars(select(Call)).one()
        since = (scene.now - scene.policy.ringing.max_hold).isoformat()
        held.answers = {**held.answers, "held_since": since}
    agent.hangs_up()
    call.hears("Personne n'a pu répondre à l'instant.")
    assert line.phone(ON_CALL_2).was_called == 0


def test_each_phone_rings_for_twenty_to_twenty_five_seconds(line: World) -> None:
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).accepts()
    critical_night_call(line)
    leg = line.phone(ON_CALL_1).legs[0]
    moments = {entry.status: entry.moment for entry in line.twilio.ledger.of(Progress, leg.sid)}
    rang = moments["no-answer"] - moments["ringing"]
    assert timedelta(seconds=20) <= rang <= timedelta(seconds=25)


def at_the_whisper(line: World) -> tuple[Posts, Posts, str]:
    """A caller who holds and an agent who is being asked, as raw posts; and where keys go."""
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    for keys in KEYS:
        answer = caller.post(action(answer), Digits=keys)
    agent = Posts(line, "+18005550100", sid="CA" + "2" * 32)
    whisper = agent.post(leg_url(answer), ParentCallSid=caller.sid)
    return caller, agent, action(whisper)


def another_leg(line: World) -> int:
    with line.line.scene() as scene:
        call = scene.session.scalars(select(Call)).one()
        agent = scene.session.scalars(select(Agent).where(Agent.phone == ON_CALL_2)).one()
        assert call.incident
        return legs.open_leg(scene, "hunt", call.incident, agent.phone, agent=agent, call=call).id


def accept_keys(line: World) -> list[str]:
    with line.session() as session:
        return list(session.scalars(select(Leg.code).order_by(Leg.id)))
