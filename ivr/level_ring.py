"""Ringing a whole level at once: the caller waits in a queue of their own, with music.

The phones are rung over REST (jobs/ring.py), which law 6 forbids to rely on. Where no leg reports
that it rings within 8 s, or all are over, the caller leaves the queue, and goes on in order by
TwiML alone. The first accept wins (legs.accept), the others stop ringing; the agent's own call
dials the queue, whose only member is this caller (twilio.com/docs/voice/twiml/enqueue).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from ivr import legs, timeline, words
from ivr.database import changed
from ivr.exchange import Turn
from ivr.models import Agent, Call, Incident, Leg
from ivr.reply import Queued, Said
from ivr.scene import Scene

KIND = "level"
NONE_RINGS = timedelta(seconds=8)
LONGEST = timedelta(seconds=75)
NOT_JOINED = timedelta(seconds=15)
"""Longer than any phone rings and any whisper is listened to: then their news was lost."""
PIECE_SECONDS, PIECES = 4, 4
"""The music comes in pieces, so that the caller leaves soon after the last phone is over; after so
many it is said where the call stands: every 20 s, with what the words themselves take."""


@dataclass(frozen=True)
class Waiting:
    """What a caller in the queue hears next: a sentence, or else a piece of music.

    `stays` False: the queue is left.
    """

    stays: bool
    said: Said | None = None
    music: int = 0


def is_wanted(turn: Turn) -> bool:
    """Does policy.toml want it, and has it not failed in this hold already?"""
    return turn.scene.policy.ringing.mode == "all" and not turn.call.answers.get("in_order")


def begin(turn: Turn, incident: Incident, agents: Sequence[Agent]) -> Queued:
    """A leg for each, placed by whoever is nudged after the commit, or by the sweep."""
    opened = [
        legs.open_leg(turn.scene, KIND, incident, agent.phone, agent=agent, call=turn.call)
        for agent in agents
    ]
    for leg in opened:
        turn.scene.nudge("ring", leg.id)
    turn.remember(legs=[leg.id for leg in opened])
    return Queued(queue_of(turn.call))


def queue_of(call: Call) -> str:
    return f"p1line-{call.id}"


def hold(scene: Scene, call: Call, piece: int) -> Waiting:
    """Asked by Twilio for each piece of music: does the caller wait on, and what is said?"""
    rung = [leg for leg in _legs_of(scene, call) if leg.id in call.answers.get("legs", ())]
    if not rung or call.ended_at is not None:
        return Waiting(stays=False)
    if call.joined_leg_id is None and _is_over(scene, rung):
        return Waiting(stays=False)
    joined = next((leg for leg in rung if leg.id == call.joined_leg_id), None)
    if joined and joined.accepted_at and scene.now - joined.accepted_at > NOT_JOINED:
        return Waiting(stays=False)  # whoever accepted never came: the caller still waits
    if (place := piece % (PIECES + 1)) < PIECES:
        return Waiting(stays=True, music=place)
    picked_up = any(leg.state in ("answered", "accepted") for leg in rung)
    return Waiting(
        True, words.say(scene, call, f"waiting.{'answered' if picked_up else 'ringing'}")
    )


def over(turn: Turn, rung: Sequence[Leg]) -> None:
    """The caller has left the queue, or the talk is over; whatever still rings stops."""
    if not turn.given.over and not any(leg.rang_at for leg in rung):
        timeline.record(turn.scene, turn.incident, "over_to_order")
        never = [leg.agent_id for leg in rung]
        still = [agent for agent in turn.call.answers["rung"] if agent not in never]
        turn.remember(in_order=True, rung=still)
    for leg in rung:
        if legs.end(turn.scene, leg, "hung_up" if turn.given.over else "stale"):
            hang_up(turn.scene, leg)


def taken(scene: Scene, winner: Leg) -> None:
    """One of a level has accepted: the other phones stop ringing."""
    for leg in _legs_of(scene, winner.call):
        if leg.id != winner.id and leg.kind == KIND and legs.end(scene, leg, legs.GAVE_WAY):
            hang_up(scene, leg)


def hang_up(scene: Scene, leg: Leg) -> None:
    """Only what was placed over REST needs it: Twilio itself ends what a caller's call dials."""
    if leg.kind == KIND:
        scene.nudge("hang_up", leg.id)


# Placing (jobs/ring.py) ----------------------------------------------------------------------


def claim(scene: Scene, leg_id: int) -> Leg | None:
    """The leg, for the one who may place it: once and never again, the order is behind it."""
    ours = (
        update(Leg)
        .where(Leg.id == leg_id, *_to_place(scene.now))
        .values(placed_at=scene.now)
        .execution_options(synchronize_session=False)
    )
    if not changed(scene.session, ours):
        return None
    return scene.session.get(Leg, leg_id, populate_existing=True)


def due(session: Session, now: datetime) -> Sequence[int]:
    """Legs that nobody has set about placing, and that are still in time."""
    return session.scalars(select(Leg.id).where(*_to_place(now)).order_by(Leg.id)).all()


def _to_place(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Leg.kind == KIND,
        Leg.state == "placing",
        Leg.placed_at.is_(None),
        Leg.created_at > now - NONE_RINGS,
        Leg.created_at <= now,
    )


def _is_over(scene: Scene, rung: Sequence[Leg]) -> bool:
    held = scene.now - rung[0].created_at
    if all(leg.ended_at is not None for leg in rung) or held >= LONGEST:
        return True
    return held >= NONE_RINGS and not any(leg.rang_at for leg in rung)


def _legs_of(scene: Scene, call: Call | None) -> Sequence[Leg]:
    if call is None:
        return ()
    return scene.session.scalars(select(Leg).where(Leg.call_id == call.id).order_by(Leg.id)).all()
