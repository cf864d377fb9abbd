"""Ringing people one after the other while the caller holds: TwiML alone, no queue, no worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ivr import legs
from ivr.actions import Turn
from ivr.models import Agent, Leg
from ivr.reply import Ring

# Twilio's words for how a dialled leg ended (twilio.com/docs/voice/twiml/dial), and ours.
OUTCOMES = {
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "hung_up",
    "completed": "declined",
    "answered": "declined",
}


@dataclass(frozen=True)
class NextRing:
    ring: Ring
    again: bool
    """Somebody was rung before in this call."""


def ring_next(turn: Turn) -> NextRing | None:
    """The next of the route's people who is free, not rung yet, and within the longest hold."""
    answers, ringing = turn.call.answers, turn.scene.policy.ringing
    rung: list[int] = answers.get("rung", [])
    since = datetime.fromisoformat(answers.setdefault("held_since", turn.scene.now.isoformat()))
    agent = _next_agent(turn, rung) if turn.scene.now - since < ringing.max_hold else None
    if agent is None or turn.call.incident is None:
        return None
    leg = legs.open_leg(
        turn.scene, "hunt", turn.call.incident, agent.phone, agent=agent, call=turn.call
    )
    turn.remember(rung=[*rung, agent.id], leg=leg.id)
    talk = int(legs.TALK_FORGOTTEN / timedelta(seconds=1))
    return NextRing(Ring(leg.id, agent.phone, "", ringing.seconds, talk), again=bool(rung))


def ended(turn: Turn) -> bool:
    """The leg that was rung is over; true where its agent had accepted the call."""
    leg = turn.scene.session.get(Leg, turn.call.answers["leg"])
    assert leg is not None
    legs.end(turn.scene, leg, OUTCOMES.get(turn.given.dialled, "failed"))
    return leg.accepted_at is not None


def _next_agent(turn: Turn, rung: list[int]) -> Agent | None:
    targets = [target for target in turn.call.answers.get("targets", ()) if target not in rung]
    agents = {
        agent.id: agent
        for agent in turn.scene.session.scalars(select(Agent).where(Agent.id.in_(targets)))
    }
    free = legs.free(turn.scene, [agents[target] for target in targets if target in agents])
    return free[0] if free else None
