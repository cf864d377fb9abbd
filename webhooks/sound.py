"""The caller's own recording, for the one agent who is being asked to take the call.

A <Play> can sign in nowhere (twilio.com/docs/voice/twiml/play), so that its address is the key: it
names one leg and one recording, is signed, dies after a minute or with the leg, and leads to us,
who fetch the sound from Twilio. Where that fails the agent hears silence, and then the question.
"""

from __future__ import annotations

import io
import logging
import wave

from flask import Blueprint, Response, abort, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import SQLAlchemyError

from ivr.database import reading
from ivr.models import Leg, Recording
from jobs import audio
from webhooks.wiring import line

log = logging.getLogger(__name__)
sound = Blueprint("sound", __name__)
LIVES = 60  # seconds: Twilio asks as soon as it has read the TwiML
PATIENCE = 6.0  # seconds: somebody listens, and a caller waits


def address(leg_id: int, recording_id: int) -> str:
    """Where this leg, and no other, hears the recording within the next minute."""
    until = int(line().clock().timestamp()) + LIVES
    return f"/leg/sound?token={_signer().dumps([leg_id, recording_id, until])}"


@sound.get("/leg/sound")
def play() -> Response:
    """404 to whoever has no living address; otherwise always a sound."""
    try:
        leg_id, recording_id, until = _signer().loads(request.args.get("token", ""))
    except BadSignature:
        abort(404)
    if until < line().clock().timestamp():
        abort(404)
    try:
        found = audio.fetch(line().settings, _sid(leg_id, recording_id), PATIENCE)
    except (audio.NotFetched, SQLAlchemyError) as error:
        log.warning("leg %s: recording not played: %s", leg_id, type(error).__name__)
        found = audio.Audio(silence(), "audio/wav")
    answer = Response(found.content, content_type=found.content_type)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sid(leg_id: int, recording_id: int) -> str:
    """The recording's, where the leg still lives and the two belong to one call."""
    with reading(line().sessions) as session:
        leg, recording = session.get(Leg, leg_id), session.get(Recording, recording_id)
    if leg is None or leg.ended_at is not None:
        abort(404)
    if recording is None or recording.call_id != leg.call_id:
        abort(404)
    return recording.sid


def silence() -> bytes:
    """Half a second of it, as a WAV file of 8 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\0\0" * 4000)
    return file.getvalue()


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(line().settings.secret_key, salt="a recording for a leg")
