"""The same webhook twice, late or out of order: one effect, and the same answer again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ivr.models import Base, Call, CallTurn, Event, Incident, Leg, Message, Recording
from tests.webhooks.posts import Posts, action, leg_url
from tests.world import NIGHT_USER, World

KINDS: tuple[type[Base], ...] = (Call, CallTurn, Incident, Event, Leg, Message, Recording)
KEYS = ("10452", "2", "1", "1", "1")


def rows(line: World) -> dict[str, int]:
    with line.session() as session:
        return {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in KINDS
        }


def test_every_turn_sent_twice_has_one_effect_and_one_answer(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    assert caller.post("/voice") == answer
    for keys in KEYS:
        turn = action(answer)
        answer = caller.post(turn, Digits=keys)
        before = rows(line)
        assert caller.post(turn, Digits=keys) == answer
        assert rows(line) == before
    assert "<Dial" in answer
    assert (before["incidents"], before["legs"], before["call_turns"]) == (1, 1, 6)


def test_every_turn_sent_twice_at_once_has_one_effect_and_one_answer(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    with ThreadPoolExecutor(4) as pool:

        def at_once(path: str, **fields: str) -> str:
            answers = set(pool.map(lambda _: caller.post(path, **fields), range(4)))
            assert len(answers) == 1
            return answers.pop()

        answer = at_once("/voice")
        for keys in KEYS:
            answer = at_once(action(answer), Digits=keys)
    assert rows(line)["incidents"] == rows(line)["legs"] == 1


def test_an_old_turn_sent_again_is_answered_as_it_was(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    first = caller.post("/voice")
    second = caller.post(action(first), Digits="10452")
    caller.post(action(second), Digits="2")
    assert caller.post(action(first), Digits="99999") == second
    assert caller.post("/voice") == first


def test_a_second_wrong_entry_is_a_new_turn_so_that_the_tries_count(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    for _ in range(2):
        answer = caller.post(action(answer), Digits="99999")
        assert "pas reconnu" in answer
    answer = caller.post(action(answer), Digits="99999")
    assert "Le centre est fermé." in answer


def test_a_call_whose_first_request_never_reached_us_begins_where_it_is(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice/turn?step=impact&turn=4", Digits="1")
    assert "Entrez votre numéro de client" in answer


def test_accepting_twice_takes_the_incident_once(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    for keys in KEYS:
        answer = caller.post(action(answer), Digits=keys)
    agent = Posts(line, "+18005550100", sid="CA" + "2" * 32)
    whisper = agent.post(leg_url(answer), ParentCallSid=caller.sid)
    with line.session() as session:
        code = session.scalars(select(Leg.code)).one()
    again = action(whisper)
    accepted = agent.post(again, ParentCallSid=caller.sid, Digits=code)
    assert accepted.endswith("<Response />")
    assert agent.post(again, ParentCallSid=caller.sid, Digits=code) == accepted
    assert line.timeline().count("taken") == 1


@pytest.mark.parametrize("late", ["ringing", "in-progress"])
def test_news_that_comes_late_turns_no_leg_back(line: World, late: str) -> None:
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    for keys in KEYS:
        answer = caller.post(action(answer), Digits=keys)
    agent = Posts(line, "+18005550100", sid="CA" + "2" * 32)
    status = leg_url(answer).replace("whisper?asked=0&", "status?")
    agent.post(status, ParentCallSid=caller.sid, CallStatus="busy")
    agent.post(status, ParentCallSid=caller.sid, CallStatus=late)
    with line.session() as session:
        leg = session.scalars(select(Leg)).one()
        assert (leg.state, leg.outcome) == ("ended", "busy")


def test_the_end_told_twice_plans_one_callback(line: World) -> None:
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    for keys in ("10452", "2", "1"):
        answer = caller.post(action(answer), Digits=keys)
    caller.post("/voice/status", CallStatus="completed")
    before = rows(line)
    caller.post("/voice/status", CallStatus="completed")
    assert rows(line) == before
    assert line.timeline().count("hung_up") == 1
