"""A real call to each agent's phone, before the night needs it: does it ring, is the key accepted?

As in a real hunt the key is a random one that is spoken, so that no voicemail passes the test.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import exists, func, select

from ivr import legs, numbers, states
from ivr.agent_keys import CODES
from ivr.catalogue import Catalogue
from ivr.models import Agent, Incident, PhoneTest
from ivr.reason import Reason
from ivr.reply import Keys, Reply, Said
from ivr.scene import Scene
from ivr.speech import spaced

PROMPTS = Catalogue(Path(__file__).parent / "prompts" / "phone_test")
ASKED = 2
"""How often the key is asked for before the test has failed."""
FORGOTTEN = timedelta(minutes=3)
"""A test whose end nobody reported is over then."""
ENDS: Mapping[str, str] = {
    "completed": "no_key",
    "busy": "busy",
    "no-answer": "no_answer",
    "canceled": "no_answer",
    "failed": "failed",
}
"""Twilio's words for how a call ended (twilio.com/docs/voice/api/call-resource), and ours."""


def agents(scene: Scene) -> list[Agent]:
    """Everybody whom the line may ring at night: each active agent."""
    return list(scene.session.scalars(select(Agent).where(Agent.active).order_by(Agent.id)))


def verified_at(scene: Scene, agent: Agent) -> datetime | None:
    """When this agent last accepted a test call on the phone that is on file now."""
    last = select(func.max(PhoneTest.accepted_at)).where(
        PhoneTest.agent_id == agent.id, PhoneTest.number == agent.phone
    )
    return scene.session.scalar(last)


def is_verified(scene: Scene, agent: Agent, for_days: float) -> bool:
    """Does a test call of the last `for_days` days vouch for the agent's phone?"""
    at = verified_at(scene, agent)
    return at is not None and scene.now - at <= timedelta(days=for_days)


def may_not_ring(scene: Scene, agent: Agent) -> Reason | None:
    """Why no test call rings this phone now; none: it may.

    Only in the policy's hours, never a phone that rings or talks for the line, and not while a
    critical incident waits for a person: a test must not be what keeps the agent's phone busy.
    """
    if refusal := undialable(scene, agent):
        return refusal
    opening = scene.policy.test_call_hours.opening_at(scene.now)
    if not opening.open:
        if opening.until is None:
            return Reason("phone_tests.never")
        return Reason("phone_tests.outside_hours", {"until": opening.until.isoformat()})
    if not legs.free(scene, [agent]) or _under_test(scene, agent):
        return Reason("phone_tests.busy")
    if _p1_waits(scene):
        return Reason("phone_tests.p1_waits")
    return None


def undialable(scene: Scene, agent: Agent) -> Reason | None:
    """Why the line cannot ring the agent's phone at all; none: it can."""
    return numbers.dialable(agent.phone, scene.policy.dialling, (scene.line_number,))


def begin(scene: Scene, agent: Agent) -> PhoneTest:
    """A test call that is placed after the commit."""
    test = PhoneTest(
        agent=agent,
        number=agent.phone,
        code=secrets.choice(CODES),
        created_at=scene.now,
    )
    scene.session.add(test)
    scene.session.flush()
    return test


def adopt(scene: Scene, test: PhoneTest, sid: str) -> bool:
    """The test's call is `sid`, where we have not heard of another; the first one stays."""
    if test.sid is None:
        test.sid = sid
    return test.sid == sid


def hears(scene: Scene, test: PhoneTest, keys: str, asked: int) -> Reply:
    """The phone was picked up, or keys were pressed; `asked` says how often we asked for them."""
    if test.ended_at is not None and test.outcome != "accepted":
        return _last_word(test, "over")
    if keys == test.code and test.outcome is None:
        test.accepted_at, test.outcome = scene.now, "accepted"
    if test.outcome == "accepted":
        return _last_word(test, "thanks")
    if asked >= ASKED:
        test.outcome = "no_key"
        return _last_word(test, "failed")
    first = "again" if keys else "purpose"
    question = f"{_text(test, first)} {_text(test, 'accept', code=spaced(test.code))}"
    wait = scene.policy.entry.first_key_seconds
    return Reply((_said(test, question),), Keys(len(test.code), "", wait, wait))


def end(scene: Scene, test: PhoneTest, outcome: str) -> None:
    """The call is over: that is how the test ended, unless its keys have said so before."""
    test.ended_at = test.ended_at or scene.now
    test.outcome = test.outcome or outcome


def _under_test(scene: Scene, agent: Agent) -> bool:
    running = exists().where(
        PhoneTest.agent_id == agent.id,
        PhoneTest.ended_at.is_(None),
        PhoneTest.created_at > scene.now - FORGOTTEN,
    )
    return bool(scene.session.scalar(select(running)))


def _p1_waits(scene: Scene) -> bool:
    waits = exists().where(
        Incident.priority == "P1",
        Incident.state.in_(states.UNHELD),
        Incident.callback_at.is_not(None),
    )
    return bool(scene.session.scalar(select(waits)))


def _last_word(test: PhoneTest, sentence: str) -> Reply:
    return Reply((_said(test, _text(test, sentence)),), None)


def _said(test: PhoneTest, text: str) -> Said:
    return Said(test.agent.language, text)


def _text(test: PhoneTest, key: str, **facts: str) -> str:
    return PROMPTS.text(test.agent.language, key, **facts)
