"""The caller's side of a call: the first ring, each turn, and the end."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from sqlalchemy.exc import IntegrityError

from ivr import calls, recordings
from ivr.actions import Given
from ivr.calls import Answered
from ivr.reply import Ring
from webhooks import aside, twiml
from webhooks.form import VoiceForm
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.wiring import empty, line, xml

log = logging.getLogger(__name__)
voice = safe(guard(Blueprint("voice", __name__)))


@voice.post("/voice")
def comes_in() -> Response:
    """Twilio's "a call comes in"."""
    came = form()
    try:
        return begin(came)
    except IntegrityError:  # the same first request twice at once: the other was quicker
        return begin(came)


@voice.post("/voice/turn")
def turn() -> Response:
    """The answer to what was asked: `step` is for the reader of logs, `turn` decides."""
    came = form()
    number = request.args.get("turn", type=int)
    if number is None:
        return Response(status=400)
    with line().scene() as scene:
        answered = calls.answer(scene, came.sid, number, _given(came))
    if answered is None:  # the first request never reached us: begin here
        log.warning("call %s: unknown at turn %s, begun again", came.sid, number)
        return begin(came)
    return reply_to(answered)


@voice.post("/voice/status")
def status() -> Response:
    """The end of the call, told once by the phone number's status callback."""
    came = form()
    if came.over:
        aside.catch_up()
        with line().scene() as scene:
            calls.settle(scene, came.sid, came.told_at)
    return empty()


@voice.post("/voice/recording")
def recording() -> Response:
    """A recording is complete, or was empty."""
    came = form()
    with line().scene() as scene:
        recordings.heard_of(
            scene, came.sid, came.recording, came.recording_status, came.recording_seconds
        )
    return empty()


def begin(came: VoiceForm) -> Response:
    with line().scene() as scene:
        answered = calls.begin(scene, came.sid, came.caller, came.attestation)
    return reply_to(answered)


def _given(came: VoiceForm) -> Given:
    return Given(
        keys="" if came.keys == "hangup" else came.keys,
        recording_sid=came.recording,
        recording_seconds=came.recording_seconds,
        dialled=came.dialled,
        bridged=came.bridged,
        over=came.over,
    )


def reply_to(answered: Answered) -> Response:
    listen = answered.reply.listen
    leg = listen.leg if isinstance(listen, Ring) else 0
    return xml(
        twiml.voice(
            answered.reply,
            action=f"/voice/turn?step={answered.step}&turn={answered.number}",
            leg_url=f"/leg/whisper?asked=0&leg={leg}",
            wait_url="/voice/wait?piece=0",
            status=f"/leg/status?leg={leg}",
            caller_id=line().settings.line_number,
        )
    )
