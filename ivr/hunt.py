"""Ringing people one after the other while the caller holds: TwiML alone, no queue, no worker.

Where policy.toml wants a whole level rung at once, level_ring.py does that first, and this order
takes over wherever it cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select

from ivr import alerts, bridging, callbacks, contact_ring, legs, level_ring
from ivr.exchange import Turn
from ivr.menu import MENU
from ivr.models import Agent, Call, Incident, Leg
from ivr.reply import Queued, Ring
from ivr.scene import Scene
from ivr.steps import Hold

# Twilio's words for how a dialled leg ended (twilio.com/docs/voice/twiml/dial), and ours.
OUTCOMES = {
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "hung_up",
    "completed": "declined",
    "answered": "declined",
}
ON_CALL = "on_call"
"""The step that rings those on call: their level is alerted as well, its phones at once."""


@dataclass(frozen=True)
class NextRing:
    ring: Ring | Queued
    word: str
    """What the caller hears before it, of the step's sentences."""


def ring_next(turn: Turn) -> NextRing | None:
    """Whose phone rings next: free, not rung yet, and within the longest hold; none: nobody's."""
    if turn.call.step == contact_ring.STEP:
        return _contact(turn)
    incident, now = turn.call.about, turn.scene.now
    if "held_since" not in turn.call.answers:
        turn.remember(held_since=now.isoformat())
    held = now - _held_since(turn)
    if incident is None or held >= turn.scene.policy.ringing.max_hold:
        return None
    agents = _who_is_next(turn, incident)
    if not agents:
        return None
    word = _word(turn, incident, len(agents))
    if turn.call.step == ON_CALL and incident.holder is None:
        alerts.alert(turn.scene, incident, alerts.level_of(turn.scene, incident, agents[0]))
    rung = turn.call.answers.get("rung", [])
    turn.remember(rung=[*rung, *(agent.id for agent in agents)])
    return NextRing(_ring(turn, incident, agents), word)


def _contact(turn: Turn) -> NextRing | None:
    """No agent is rung, but whom the caller asked for: a manager's phones, in their order."""
    again = turn.call.answers.get("contact_tried")
    ring = contact_ring.ring_next(turn)
    return NextRing(ring, "next" if again else "first") if ring else None


def ended(turn: Turn) -> bool:
    """What was rung is over; true where an agent had the caller."""
    rung = _last_legs(turn.scene, turn.call)
    leg = next((each for each in rung if each.accepted_at is not None), rung[-1])
    joined = leg.accepted_at is not None and turn.given.bridged is not False
    if turn.given.bridged is False:
        bridging.failed(turn.scene, leg)
    elif joined and turn.given.bridged:
        bridging.proved(turn.scene, leg)
    if leg.kind == level_ring.KIND:
        level_ring.over(turn, rung)
    else:
        legs.end(turn.scene, leg, OUTCOMES.get(turn.given.dialled, "failed"))
    return joined


def gave_up(turn: Turn) -> Literal["nobody", "later", "in_charge"]:
    """Why nobody is rung any more; what the caller is told follows from it, and is owed."""
    incident = turn.call.about
    if incident is None or turn.call.step == contact_ring.STEP:
        return "nobody"
    if not (taken := _taken_meanwhile(turn, incident)) and incident.later_at is None:
        return "nobody"
    callbacks.owe(turn.scene, incident)
    return "in_charge" if taken else "later"


def caller_gone(scene: Scene, call: Call, over_at: datetime) -> bool:
    """The caller's call ended at `over_at` (UTC): agents stop ringing, nobody is left waiting.

    True where the caller hung up while phones rang, also after an earlier talk of this call.
    """
    last = _last_legs(scene, call)
    waited = isinstance(MENU[call.step], Hold) and not any(leg.accepted_at for leg in last)
    bridging.unproved(scene, call, over_at)
    live = select(Leg).where(Leg.call_id == call.id, Leg.ended_at.is_(None))
    for leg in scene.session.scalars(live).all():
        legs.end(scene, leg, "hung_up")
        level_ring.hang_up(scene, leg)
    return waited


# Whose turn it is ----------------------------------------------------------------------------


def _who_is_next(turn: Turn, incident: Incident) -> Sequence[Agent]:
    """One agent, or those of a level who are to be rung at once."""
    left = _left(turn, incident)
    legs.lock(turn.scene, incident, left)
    free = legs.free(turn.scene, left)
    if not free or not level_ring.is_wanted(turn) or _taken_meanwhile(turn, incident):
        return free[:1]
    if turn.call.step != ON_CALL:
        return free
    level = alerts.level_of(turn.scene, incident, free[0])
    return [agent for agent in free if agent in level]


def _left(turn: Turn, incident: Incident) -> list[Agent]:
    """Who was not rung yet, round after round; of what is taken meanwhile, its holder once."""
    answers = turn.call.answers
    if _taken_meanwhile(turn, incident):
        if answers.get("holder_rung") or incident.holder is None:
            return []
        turn.remember(holder_rung=True)
        return [incident.holder]
    targets, rung = answers.get("targets", ()), answers.get("rung", [])
    left = [target for target in targets if target not in rung]
    if not left and answers.get("round", 1) < turn.scene.policy.ringing.rounds:
        turn.remember(round=answers.get("round", 1) + 1, rung=[])
        left = list(targets)
    found = turn.scene.session.scalars(select(Agent).where(Agent.id.in_(left)))
    agents = {agent.id: agent for agent in found}
    return [agents[target] for target in left if target in agents]


def _taken_meanwhile(turn: Turn, incident: Incident) -> bool:
    """Did somebody take it by text or click, or by a key without being joined, during this hold?

    Then nobody else is woken for it: its holder is rung, for the caller who is still there.
    """
    return incident.taken_at is not None and incident.taken_at >= _held_since(turn)


def _held_since(turn: Turn) -> datetime:
    """When this hold began; a caller who is put through again begins another."""
    return datetime.fromisoformat(turn.call.answers["held_since"])


def _word(turn: Turn, incident: Incident, count: int) -> str:
    again = bool(turn.call.answers.get("rung"))
    if incident.later_at and not turn.call.answers.get("later_told"):
        turn.remember(later_told=True)
        return "later"
    if count > 1:
        return "all_next" if again else "all"
    return "next" if again else "first"


def _ring(turn: Turn, incident: Incident, agents: Sequence[Agent]) -> Ring | Queued:
    if len(agents) > 1:
        return level_ring.begin(turn, incident, agents)
    (agent,) = agents
    leg = legs.open_leg(turn.scene, "hunt", incident, agent.phone, agent=agent, call=turn.call)
    turn.remember(legs=[leg.id])
    talk = int(legs.TALK_FORGOTTEN / timedelta(seconds=1))
    return Ring(leg.id, agent.phone, "", turn.scene.policy.ringing.seconds, talk)


def _last_legs(scene: Scene, call: Call) -> list[Leg]:
    """What was rung last in this call: one leg, or a level's."""
    ids = call.answers.get("legs", ())
    return list(scene.session.scalars(select(Leg).where(Leg.id.in_(ids)).order_by(Leg.id)))
