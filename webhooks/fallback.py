"""After an answer of ours failed: Twilio comes here, and the call goes on where it was.

Each failure is said ("one moment"), waited for and tried again, so that a slow database is heard
and not dropped. The static documents that serve when we are gone altogether are not made here.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from ivr import calls
from webhooks import twiml
from webhooks.signature import form, guard
from webhooks.voice import begin, reply_to
from webhooks.wiring import line, xml

log = logging.getLogger(__name__)
fallback = guard(Blueprint("fallback", __name__))
TRIES = 4
PAUSE_SECONDS = 5


@fallback.post("/voice/fallback")
def go_on() -> Response:
    """The reply that the caller heard last, said again; while that fails, a moment's wait."""
    came, tried = form(), request.args.get("tried", 0, type=int)
    log.error("call %s: fallback after error %s", came.sid, request.values.get("ErrorCode"))
    try:
        with line().scene() as scene:
            answered = calls.where(scene, came.sid)
        return reply_to(answered) if answered else begin(came)
    except SQLAlchemyError:
        log.exception("call %s: no database, try %s", came.sid, tried)
    if tried < TRIES:
        return xml(twiml.wait(PAUSE_SECONDS, f"/voice/fallback?tried={tried + 1}"))
    return xml(twiml.sorry())
