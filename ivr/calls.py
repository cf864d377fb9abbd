"""A call from its first ring to its end: each turn is taken once, whoever asks twice.

Law of the turn: the request carries the turn's number, a conditional UPDATE decides who is
first, and a repeated request gets the stored reply again and does nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select, update

from ivr import actions, callbacks, callers, legs, letters, numbers, timeline, turn
from ivr.actions import Given, Turn
from ivr.database import changed
from ivr.menu import MENU
from ivr.models import Call, CallTurn, Leg
from ivr.reply import Reply
from ivr.scene import Scene
from ivr.steps import Record

log = logging.getLogger(__name__)
LAST_STEPS = frozenset(("promise", "goodbye", "call_again"))
"""Where a caller has heard everything, and may hang up."""


@dataclass(frozen=True)
class Answered:
    """The reply, and the step and turn that the caller's answer to it belongs to."""

    reply: Reply
    step: str
    number: int


def begin(scene: Scene, sid: str, caller: str, attestation: str) -> Answered:
    """The call comes in. Raises `IntegrityError` where its first request came twice at once."""
    if call := _by_sid(scene, sid):
        return _replay(scene, call, 0)
    phone = None if numbers.withheld(caller) else numbers.canonical(caller)
    call = Call(
        sid=sid,
        caller=phone,
        attestation=attestation,
        language="en" if callers.prefers_english(scene, phone) else "fr",
        started_at=scene.now,
        touched_at=scene.now,
        step=MENU.start,
        turn=1,
        tries=0,
        answers={},
    )
    scene.session.add(call)
    scene.session.flush()
    return _keep(scene, call, 0, MENU.start, turn.begin(Turn(scene, call, Given())))


def answer(scene: Scene, sid: str, number: int, given: Given) -> Answered | None:
    """Takes turn `number` of the call, or repeats its reply; none: we do not know the call."""
    first = changed(
        scene.session,
        update(Call)
        .where(Call.sid == sid, Call.turn == number)
        .values(turn=number + 1, touched_at=scene.now),
    )
    call = _by_sid(scene, sid)
    if call is None:
        return None
    if not first:
        return _replay(scene, call, number)
    step = call.step
    if given.over:
        return _keep(scene, call, number, step, _last_words(Turn(scene, call, given)))
    taken = turn.advance(Turn(scene, call, given))
    if call.incident and call.incident.state == "new" and call.incident.callback_at:
        callbacks.hold(scene, call.incident)
    return _keep(scene, call, number, step, taken)


def settle(scene: Scene, sid: str) -> None:
    """The call is over: whoever was promised a callback, or hung up half-way, gets one."""
    call = _by_sid(scene, sid)
    if call is None or call.ended_at is not None:
        return
    call.ended_at = scene.now
    _stop_ringing(scene, call)
    incident = call.incident
    if incident is None or incident.state == "refused":
        return
    if incident.told_at is None:
        if call.step not in LAST_STEPS:
            timeline.record(scene, incident, "hung_up", step=call.step)
        callbacks.plan(scene, incident)
        letters.write(scene, incident, "recorded")


def where(scene: Scene, sid: str) -> Answered | None:
    """The reply that the caller heard last, to say it again after trouble; none: unknown."""
    call = _by_sid(scene, sid)
    return _replay(scene, call, call.turn - 1) if call else None


def _last_words(turn_: Turn) -> turn.Taken:
    """The caller hung up at this step: what was recorded until then is kept."""
    step = MENU[turn_.call.step]
    if isinstance(step, Record):
        actions.do(turn_, step.do)
    return turn.Taken("hung_up", Reply((), None))


def _stop_ringing(scene: Scene, call: Call) -> None:
    ringing = select(Leg).where(
        Leg.call_id == call.id, Leg.ended_at.is_(None), Leg.accepted_at.is_(None)
    )
    for leg in scene.session.scalars(ringing):
        legs.end(scene, leg, "hung_up")


def _by_sid(scene: Scene, sid: str) -> Call | None:
    return scene.session.scalar(select(Call).where(Call.sid == sid))


def _keep(scene: Scene, call: Call, number: int, step: str, taken: turn.Taken) -> Answered:
    scene.session.add(
        CallTurn(
            call_id=call.id,
            number=number,
            at=scene.now,
            step=step,
            outcome=taken.outcome,
            reply={**taken.reply.as_json(), "next": call.step},
        )
    )
    return Answered(taken.reply, call.step, number + 1)


def _replay(scene: Scene, call: Call, number: int) -> Answered:
    kept = scene.session.get(CallTurn, (call.id, min(number, call.turn - 1)))
    if kept is None:
        raise LookupError(f"call {call.sid} has no turn {number}")
    log.info("call %s: turn %s asked for again", call.sid, number)
    return Answered(Reply.from_json(kept.reply), kept.reply["next"], kept.number + 1)
