"""What a caller hears whose whole on-call level is being rung (ivr/level_ring.py)."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ivr import level_ring
from ivr.models import Call
from webhooks import music, twiml
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.wiring import line, xml

log = logging.getLogger(__name__)
waiting = safe(guard(Blueprint("waiting", __name__)))
melody = Blueprint("melody", __name__)
"""Unsigned: Twilio fetches what it plays like any file, and it is nobody's secret."""


@waiting.post("/voice/wait")
def wait() -> Response:
    """The next piece, or the way out of the queue."""
    came, piece = form(), request.args.get("piece", 0, type=int)
    with line().scene() as scene:
        call = scene.session.scalar(select(Call).where(Call.sid == came.sid))
        found = level_ring.hold(scene, call, piece) if call else level_ring.Waiting(stays=False)
    if not found.stays:
        return xml(twiml.leave())
    music_url = f"/voice/music/{found.music}.wav"
    return xml(twiml.waiting(found.said, music_url, f"/voice/wait?piece={piece + 1}"))


@waiting.errorhandler(SQLAlchemyError)
def without_database(error: SQLAlchemyError) -> Response:
    """Some more music, while an agent may be pressing the key; then out of the queue: the turn
    that follows knows what to do without a database."""
    log.error("call %s: no database while it waits (%s)", form().sid, type(error).__name__)
    tried, piece = request.args.get("tried", 0, type=int), request.args.get("piece", 0, type=int)
    if tried >= level_ring.PIECES:
        return xml(twiml.leave())
    then = f"/voice/wait?piece={piece + 1}&tried={tried + 1}"
    return xml(twiml.waiting(None, f"/voice/music/{piece % level_ring.PIECES}.wav", then))


@melody.get(f"/voice/music/<int(max={level_ring.PIECES - 1}):piece>.wav")
def play(piece: int) -> Response:
    answer = Response(music.piece(piece), content_type="audio/wav")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer
