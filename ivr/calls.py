"""A call from its first ring to its end: each turn is taken once, whoever asks twice.

Law of the turn: the request carries the turn's number, a conditional UPDATE decides who is
first, and a repeated request gets the stored reply again and does nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ivr import (
    actions,
    call_now,
    call_rows,
    callback_legs,
    callbacks,
    callers,
    contact_ring,
    hunt,
    letters,
    numbers,
    outages,
    rows,
    states,
    timeline,
    turn,
)
from ivr.actions import Given, Turn
from ivr.menu import MENU
from ivr.models import Call, Incident
from ivr.reply import Reply
from ivr.scene import Scene
from ivr.steps import Hold, Record

log = logging.getLogger(__name__)
LAST_STEPS = frozenset(
    ("promise", "goodbye", "call_again", "joined_held", "want_manager", "connect", "listed")
)
"""Where a caller has heard everything, and may hang up."""


@dataclass(frozen=True)
class Answered:
    """The reply, and the step and turn that the caller's answer to it belongs to."""

    reply: Reply
    step: str
    number: int


def begin(scene: Scene, sid: str, caller: str, attestation: str) -> Answered:
    """The call comes in. Raises `IntegrityError` where its first request came twice at once."""
    if call := call_rows.by_sid(scene, sid):
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
    taken = turn.begin(Turn(scene, call, Given()))
    rows.add(scene.session, call)
    return _keep(scene, call, 0, MENU.start, taken)


def answer(scene: Scene, sid: str, number: int, given: Given) -> Answered | None:
    """Takes turn `number` of the call, or repeats its reply; none: we do not know the call."""
    first = call_rows.take(scene, sid, number)
    call = call_rows.with_all(scene, sid)
    if call is None:
        return None
    if not first:
        return _replay(scene, call, number)
    step = call.step
    if given.over:
        return _keep(scene, call, number, step, _last_words(Turn(scene, call, given)))
    answered = _keep(scene, call, number, step, turn.advance(Turn(scene, call, given)))
    if incident := call.incident:
        if incident.state in states.UNHELD and incident.callback_at:
            callbacks.hold(scene, incident)
        rows.store(scene.session, incident)
    rows.store(scene.session, call)
    return answered


def settle(scene: Scene, sid: str, over_at: datetime | None = None) -> None:
    """The call is over: whoever was promised a callback, or hung up half-way, gets one.

    `over_at`: the moment that Twilio tells, where this news is late.
    """
    call = call_rows.by_sid(scene, sid)
    if call is None or call.ended_at is not None:
        return
    call.ended_at = scene.now
    waited = hunt.caller_gone(scene, call, min(over_at or scene.now, scene.now))
    own, incident = call.incident, call.about
    if own is None or incident is None or own.state == "refused":
        return
    if waited and call.step == contact_ring.STEP:
        contact_ring.missed(scene, call, incident.linked_to or incident)
    elif waited:  # also after a talk: put through again, and nobody came
        callbacks.owe(scene, incident)
    if own is not incident:
        _leave_file(scene, incident, wanted=waited or bool(call.answers.get("owed")))
        return
    if incident.told_at is None and call.step not in LAST_STEPS:
        timeline.record(scene, incident, "hung_up", step=call.step)
    _leave(scene, incident)


def where(scene: Scene, sid: str) -> Answered | None:
    """The reply that the caller heard last, to say it again after trouble; none: unknown."""
    call = call_rows.by_sid(scene, sid)
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


def _leave_file(scene: Scene, file: Incident, *, wanted: bool) -> None:
    """Of a call about a known file: its holder, who was `wanted` and not to be had, calls at once,
    unless that is happening already; else the file's own schedule stands."""
    under_way = not call_now.is_asked(file) and callback_legs.live(scene, file)
    if wanted and callbacks.owed_at(file) is not None and not under_way:
        callbacks.at_once(scene, file)


def _keep(scene: Scene, call: Call, number: int, step: str, taken: turn.Taken) -> Answered:
    call_rows.keep(scene, call, number, step, taken.outcome, taken.reply)
    return Answered(taken.reply, call.step, number + 1)


def _replay(scene: Scene, call: Call, number: int) -> Answered:
    kept = call_rows.kept(scene, call, min(number, call.turn - 1))
    log.info("call %s: turn %s asked for again", call.sid, number)
    return Answered(Reply.from_json(kept.reply), kept.reply["next"], kept.number + 1)
