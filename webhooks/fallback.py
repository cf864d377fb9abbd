"""After an answer of ours failed: Twilio comes here, and the call goes on where it was.

While the database is away the pages below take the caller to whoever the last rota known names.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from ivr import calls
from webhooks import aside
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.voice import begin, reply_to
from webhooks.wiring import line

log = logging.getLogger(__name__)
fallback = safe(guard(Blueprint("fallback", __name__, url_prefix=aside.ROOT)))


@fallback.post("")
def go_on() -> Response:
    """The reply that the caller heard last, said again."""
    came = form()
    log.error("call %s: fallback after error %s", came.sid, request.values.get("ErrorCode"))
    with line().scene() as scene:
        answered = calls.where(scene, came.sid)
    return reply_to(answered) if answered else begin(came)


@fallback.post("/chosen")
def chosen() -> Response:
    return aside.chosen(form())


@fallback.post("/rung")
def rung() -> Response:
    return aside.rung(form(), _at(), request.form.get("DialBridged") == "true")


@fallback.post("/again")
def again() -> Response:
    return aside.again(form(), _at())


@fallback.post("/recorded")
def recorded() -> Response:
    return aside.recorded(form())


@fallback.post("/whisper")
def whisper() -> Response:
    """Whoever the last rota known names has picked up."""
    return aside.whisper(form(), _whole("asked"), at=_at())


@fallback.post("/accept")
def accept() -> Response:
    """A key, or none, of whoever was rung: at a place of the last rota, or as a leg of the hunt."""
    at = _at() if "at" in request.args else None
    queue = request.args.get("queue", "")
    return aside.accept(form(), _whole("asked"), at=at, leg=_whole("leg"), queue=queue)


def _at() -> int:
    return _whole("at")


def _whole(name: str) -> int:
    return max(0, request.args.get(name, 0, type=int))
