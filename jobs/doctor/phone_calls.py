"""Test calls to the agents' phones, one after the other: never is more than one of them busy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ivr import phone_tests
from ivr.database import reading
from ivr.models import Agent, PhoneTest
from ivr.reason import Reason
from jobs.doctor.finding import looking
from jobs.phone import PhoneError
from line import Line

log = logging.getLogger(__name__)

Wait = Callable[[float], None]
"""Lets so many seconds pass."""
STEP = 1.0
TALK_SECONDS = 60
"""Beside the ringing, the longest that a test may take: the question twice, and the waits."""


@dataclass(frozen=True)
class Tested:
    """How the test of one agent's phone went; `refused` says why it was not rung."""

    agent: str
    outcome: str | None = None
    """As `PhoneTest.outcome`; "unknown" where its end was not reported in time."""
    refused: Reason | None = None


def ring_agents(line: Line, wait: Wait) -> Iterator[Tested]:
    """Rings each agent whose phone is not verified for at least the second half of its days yet.

    Yields as each test ends; one that may not ring now is refused with the reason.
    """
    with looking(line) as scene:
        half = scene.policy.doctor.verified_days / 2
        wanted = [
            agent.id
            for agent in phone_tests.agents(scene)
            if not phone_tests.is_verified(scene, agent, half)
        ]
    for agent_id in wanted:
        yield _test(line, agent_id, wait)


def _test(line: Line, agent_id: int, wait: Wait) -> Tested:
    with line.scene() as scene:
        agent = scene.session.get_one(Agent, agent_id)
        if refusal := phone_tests.may_not_ring(scene, agent):
            return Tested(agent.name, refused=refusal)
        test = phone_tests.begin(scene, agent)
    if not _place(line, test):
        return Tested(agent.name, "failed")
    return Tested(agent.name, _outcome(line, test.id, wait))


def _place(line: Line, test: PhoneTest) -> bool:
    """Asks Twilio to ring; false where it refuses. An answer that was lost may still ring."""
    url = f"{line.settings.public_url}/test-call"
    try:
        sid = line.phone.ring(
            test.number,
            url=f"{url}/answered?asked=0&test={test.id}",
            status_url=f"{url}/status?test={test.id}",
            seconds=line.policy.callbacks.agent_ring_seconds,
        )
    except PhoneError as error:
        log.warning("phone test %s: not placed: %s", test.id, error)
        if error.unknown:
            return True
        with line.scene() as scene:
            phone_tests.end(scene, scene.session.get_one(PhoneTest, test.id), "failed")
        return False
    with line.scene() as scene:
        phone_tests.adopt(scene, scene.session.get_one(PhoneTest, test.id), sid)
    return True


def _outcome(line: Line, test_id: int, wait: Wait) -> str:
    """How it went, once the phone is free again; a call whose end is never told is not waited for
    any longer than it may last.
    """
    longest = line.policy.callbacks.agent_ring_seconds + TALK_SECONDS
    waited, outcome = 0.0, None
    while waited < longest:
        wait(STEP)
        waited += STEP
        with reading(line.sessions) as session:
            test = session.get_one(PhoneTest, test_id)
        outcome = test.outcome
        if test.ended_at is not None:
            break
    return outcome or "unknown"
