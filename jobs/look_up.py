"""What became of a call that nobody told us about: Twilio is asked before anything is repeated."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select

from ivr import callback_legs, callbacks, calls, legs
from ivr.database import reading
from ivr.hunt import OUTCOMES
from ivr.models import Call, Leg
from jobs.phone import PhoneError
from line import Line

log = logging.getLogger(__name__)

OVER = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))
CLOCKS_DIFFER = timedelta(seconds=2)  # Twilio's from ours; its moments have whole seconds, too
ASK_AGAIN = timedelta(seconds=15)


def settle_leg(line: Line, leg_id: int) -> None:
    """Ends the leg, or knows that it lives: by its sid, or by Twilio's list of calls.

    A leg that is on neither was never placed: "stale", and the callback goes on without it.
    """
    leg = _leg(line, leg_id)
    if leg is None or leg.ended_at is not None:
        return
    try:
        sid = leg.sid or _find(line, leg)
        status = line.phone.status(sid) if sid else None
    except PhoneError as error:
        log.warning("incident %s, leg %s: not looked up: %s", leg.incident_id, leg_id, error)
        _ask_later(line, leg_id)
        return
    _settle(line, leg_id, sid, status)


def settle_call(line: Line, call_id: int) -> None:
    """The end of a caller's call, where Twilio's status callback was lost."""
    with reading(line.sessions) as session:
        call = session.get(Call, call_id)
    if call is None or call.ended_at is not None:
        return
    try:
        over = line.phone.status(call.sid) in OVER
    except PhoneError as error:
        log.warning("call %s: not looked up: %s", call.sid, error)
        return
    if over:
        log.info("call %s: its end was never told", call.sid)
        with line.scene() as scene:
            calls.settle(scene, call.sid)


def _settle(line: Line, leg_id: int, sid: str | None, status: str | None) -> None:
    with line.scene() as scene:
        leg = callback_legs.find(scene, leg_id)
        if leg is None:
            hunted = scene.session.get(Leg, leg_id)
            if hunted and (status is None or status in OVER):
                legs.end(scene, hunted, OUTCOMES.get(status or "", legs.NEVER_RANG))
            return
        if leg.ended_at is not None:
            return
        if sid:
            legs.adopt(scene, leg, sid)
        if status is None:
            callback_legs.over(scene, leg, legs.NEVER_RANG)
        elif status in OVER:
            callback_legs.over(scene, leg, OUTCOMES[status])
        else:
            callbacks.keep(scene, leg.incident)


def _ask_later(line: Line, leg_id: int) -> None:
    with line.scene() as scene:
        leg = callback_legs.find(scene, leg_id)
        if leg and leg.ended_at is None:
            callbacks.keep(scene, leg.incident, ASK_AGAIN)


def _find(line: Line, leg: Leg) -> str | None:
    """In Twilio's list: a call to that number, placed since the row, that is no other leg's.

    Only an agent's leg of a callback is placed over REST; the others are dialled by TwiML.
    """
    if leg.kind != "agent":
        return None
    since = leg.created_at - CLOCKS_DIFFER
    with reading(line.sessions) as session:
        others = select(Leg.sid).where(
            Leg.number == leg.number, Leg.sid.is_not(None), Leg.created_at >= since
        )
        known = frozenset(sid for sid in session.scalars(others) if sid)
    return line.phone.find(leg.number, since, known)


def _leg(line: Line, leg_id: int) -> Leg | None:
    with reading(line.sessions) as session:
        return session.get(Leg, leg_id)
