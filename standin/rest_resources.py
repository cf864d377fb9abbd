"""Recordings and the account's own numbers in the REST API.

https://www.twilio.com/docs/voice/api/recording and its neighbours
"""

from __future__ import annotations

import re
from typing import Any

from flask import Response, jsonify, request

from standin.numbers import OwnNumber
from standin.recordings import Recording
from standin.rest import RestError, api, not_found, page, rfc2822, switch, uri
from standin.webhooks import API_VERSION


def show_recording(recording: Recording) -> dict[str, Any]:
    ready = recording.status == "completed"
    return {
        "sid": recording.sid,
        "account_sid": switch().account_sid,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "status": "processing" if recording.status == "in-progress" else recording.status,
        "start_time": rfc2822(recording.started),
        "date_created": rfc2822(recording.started),
        "date_updated": rfc2822(recording.ended or recording.started),
        "duration": str(recording.duration) if ready else None,
        "channels": 1,
        "source": "RecordVerb",
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "media_url": switch().recording_url(recording.sid),
        "uri": uri(f"Recordings/{recording.sid}.json"),
    }


@api.get("/Recordings.json")
@api.get("/Calls/<call_sid>/Recordings.json")
def list_recordings(call_sid: str | None = None) -> Response:
    wanted = call_sid or request.args.get("CallSid")
    with switch().scheduler.lock:
        found = [
            recording
            for recording in reversed(switch().recordings.values())
            if wanted in (None, recording.call_sid)
        ]
        return page("recordings", found, show_recording)


@api.get("/Recordings/<sid>.json")
def fetch_recording(sid: str) -> Response:
    return jsonify(show_recording(_recording(sid)))


@api.get("/Recordings/<sid>")
@api.get("/Recordings/<sid>.wav")
@api.get("/Recordings/<sid>.mp3")
def fetch_media(sid: str) -> Response:
    """The voice, or a tone as long; also where an MP3 is asked for, it is a WAV file."""
    recording = _recording(sid)
    if recording.status != "completed":
        raise not_found(f"Recordings/{sid}")
    return Response(recording.file(), content_type="audio/x-wav")


@api.delete("/Recordings/<sid>.json")
def delete_recording(sid: str) -> tuple[str, int]:
    recording = _recording(sid)
    if recording.status == "in-progress":
        raise RestError(20409, "The recording is still in progress", 409)
    with switch().scheduler.lock:
        switch().recordings.pop(sid, None)
    return "", 204


def _recording(sid: str) -> Recording:
    recording = switch().recordings.get(sid)
    if recording is None:
        raise not_found(f"Recordings/{sid}")
    return recording


SETTABLE = {
    name: re.sub(r"(?<!^)[A-Z]", lambda letter: "_" + letter[0], name).lower()
    for name in (
        "VoiceUrl",
        "VoiceMethod",
        "VoiceFallbackUrl",
        "VoiceFallbackMethod",
        "StatusCallback",
        "StatusCallbackMethod",
        "SmsUrl",
        "SmsMethod",
        "SmsFallbackUrl",
        "SmsFallbackMethod",
        "FriendlyName",
    )
}


def show_number(own: OwnNumber) -> dict[str, Any]:
    return {
        "sid": own.sid,
        "account_sid": switch().account_sid,
        "phone_number": own.number,
        **{field: getattr(own, field) for field in SETTABLE.values()},
        "friendly_name": own.friendly_name or own.number,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "voice_receive_mode": "voice",
        "api_version": API_VERSION,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "date_created": rfc2822(own.created),
        "date_updated": rfc2822(own.created),
        "uri": uri(f"IncomingPhoneNumbers/{own.sid}.json"),
    }


@api.get("/IncomingPhoneNumbers.json")
def list_numbers() -> Response:
    wanted = request.args.get("PhoneNumber")
    found = [own for own in switch().numbers.values() if wanted in (None, own.number)]
    return page("incoming_phone_numbers", found, show_number)


@api.get("/IncomingPhoneNumbers/<sid>.json")
def fetch_number(sid: str) -> Response:
    return jsonify(show_number(_number(sid)))


@api.post("/IncomingPhoneNumbers/<sid>.json")
def update_number(sid: str) -> Response:
    own = _number(sid)
    with switch().scheduler.lock:
        for name, field in SETTABLE.items():
            if name in request.form:
                setattr(own, field, request.form[name])
        if own.voice_fallback_url and not own.voice_url:
            own.voice_fallback_url = ""
            raise RestError(21405, "A VoiceFallbackUrl needs a VoiceUrl")
    return jsonify(show_number(own))


def _number(sid: str) -> OwnNumber:
    for own in switch().numbers.values():
        if own.sid == sid:
            return own
    raise not_found(f"IncomingPhoneNumbers/{sid}.json")
