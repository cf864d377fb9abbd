"""Texts: whether those that we sent arrived, an agent's answer, a word to whoever else writes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ivr import outbox, texts
from webhooks import twiml
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.wiring import empty, line, xml

sms = safe(guard(Blueprint("sms", __name__, url_prefix="/sms")))
UNDELIVERED = ("failed", "undelivered")


@sms.post("")
def comes_in() -> Response:
    """Somebody texts the line: an agent may take an incident so (messaging/guides)."""
    came = form()
    if request.form.get("OptOutType"):  # STOP, START or HELP: Twilio has answered
        return xml(twiml.text())
    with line().scene() as scene:
        answer = texts.answer(scene, came.caller, request.form.get("Body", ""))
    return xml(twiml.text(answer))


@sms.post("/status")
def progressed() -> Response:
    """What became of a text of ours; only bad news changes anything, and only once."""
    sid, status = request.form.get("MessageSid", ""), request.form.get("MessageStatus", "")
    with line().scene() as scene:
        message = outbox.of_sid(scene, request.args.get("message", 0, type=int), sid)
        if message and status in UNDELIVERED:
            code = request.form.get("ErrorCode", "")
            outbox.undelivered(scene, message, f"Twilio's code {code}" if code else status)
    return empty()
