"""A call from its first ring to its end: each turn is taken once, whoever asks twice.

Law of the turn: the request carries the turn's number, a conditional UPDATE decides who is
first, and a repeated request gets the stored reply again and does nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from ivr import actions, callbacks, callers, hunt, letters, numbers, outages, timeline, turn
from ivr.actions import Given, Turn
from ivr.database import changed
from ivr.menu import MENU
from ivr.models import Call, CallTurn, Client, Incident
from ivr.reply import Reply
from ivr.scene import Scene
from ivr.steps import Hold, Record

log = logging.getLogger(__name__)
LAST_STEPS = frozenset(
    ("promise", "goodbye", "call_again", "joined", "joined_held", "holder_away", "listed")
)
"""Where a caller has heard everything, and may hang up."""


_WITH_ALL = (
    select(Call)
    .where(Call.sid == bindparam("sid"))
    .options(
        joinedload(Call.client).joinedload(Client.products),
        joinedload(Call.super_user),
        joinedload(Call.incident),
    )
)


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
    call = scene.session.scalars(_WITH_ALL, {"sid": sid}).unique().one_or_none()
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


def settle(scene: Scene, sid: str, over_at: datetime | None = None) -> None:
    """The call is over: whoever was promised a callback, or hung up half-way, gets one.

    `over_at`: the moment that Twilio tells, where this news is late.
    """
    call = _by_sid(scene, sid)
    if call is None or call.ended_at is not None:
        return
    call.ended_at = scene.now
    waited = hunt.caller_gone(scene, call, min(over_at or scene.now, scene.now))
    incident = call.incident
    if incident is None or incident.state == "refused":
        return
    if waited:  # also after a talk: put through again, and nobody came
        callbacks.owe(scene, incident)
    if incident.told_at is None and call.step not in LAST_STEPS:
        timeline.record(scene, incident, "hung_up", step=call.step)
    _leave(scene, incident)


def where(scene: Scene, sid: str) -> Answered | None:
    """The reply that the caller heard last, to say it again after trouble; none: unknown."""
    call = _by_sid(scene, sid)
    return _replay(scene, call, call.turn - 1) if call else None


def _last_words(turn_: Turn) -> turn.Taken:
    """The caller hung up at this step: what was recorded until then is kept, and how it rang."""
    step = MENU[turn_.call.step]
    if isinstance(step, Record):
        actions.do(turn_, step.do)
    elif isinstance(step, Hold):
        hunt.ended(turn_)
    return turn.Taken("hung_up", Reply((), None))


def _leave(scene: Scene, incident: Incident) -> None:
    """What is owed: a callback, news of an outage, or what becomes of the P1 that was joined."""
    if incident.outage:
        outages.write(scene, incident)  # to a number that was given since, too
    elif incident.told_at is None or incident.callback_at is not None:
        callbacks.plan(scene, incident)
        if incident.told_at is None and incident.linked_to_id is None:
            letters.write(scene, incident, "recorded")


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
