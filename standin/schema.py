"""What Twilio's schema allows: which element stands where, with which attributes.

Names and values are case-sensitive. https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """An attribute: the values it takes, and how the reader takes them.

    `convert` None: valid, and without effect on the course of a call. `played` False: valid, but
    the stand-in does not do it, which is noted.
    """

    values: re.Pattern[str]
    convert: Callable[[str], Any] | None = None
    played: bool = True


def rule(values: str, convert: Callable[[str], Any] | None = str) -> Rule:
    return Rule(re.compile(values, re.DOTALL), convert)


TEXT = rule(r".*")
URL = rule(r"\S+")
WAIT_URL = rule(r"\S*")
METHOD = rule(r"GET|POST")
COUNT = rule(r"[1-9]\d*", int)
NUMBER = rule(r"\d+", int)
FLAG = rule(r"true|false", lambda value: value == "true")
KEYS = rule(r"[0-9*#]*")
DTMF = rule(r"[0-9A-Da-dwW*#]*")
EFFECTLESS = rule(r".*", None)
UNPLAYED = Rule(re.compile(r".*", re.DOTALL), None, played=False)


@dataclass(frozen=True)
class Schema:
    """`inside`: the elements that it may stand in. `fields`: attributes whose value is named
    otherwise than the attribute in snake_case."""

    inside: frozenset[str]
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


RESPONSE = frozenset({"Response"})
AUDIO = frozenset({"Response", "Gather"})
DIAL = frozenset({"Dial"})

RECORDING_CALLBACK = {
    "recordingStatusCallback": URL,
    "recordingStatusCallbackMethod": METHOD,
    "recordingStatusCallbackEvent": rule(r"(in-progress|completed|absent)( \w[\w-]*)*"),
}
MACHINE_DETECTION = dict.fromkeys(
    (
        "machineDetection",
        "machineDetectionTimeout",
        "machineDetectionSpeechThreshold",
        "machineDetectionSpeechEndThreshold",
        "machineDetectionSilenceTimeout",
        "amdStatusCallback",
        "amdStatusCallbackMethod",
    ),
    UNPLAYED,
)

SCHEMA: dict[str, Schema] = {
    "Say": Schema(AUDIO, {"voice": EFFECTLESS, "language": EFFECTLESS, "loop": NUMBER}),
    "Play": Schema(AUDIO, {"loop": NUMBER, "digits": DTMF}),
    "Pause": Schema(AUDIO, {"length": NUMBER}),
    "Gather": Schema(
        RESPONSE,
        {
            "action": URL,
            "method": METHOD,
            "input": rule(r"dtmf|speech|dtmf speech|speech dtmf"),
            "numDigits": COUNT,
            "timeout": COUNT,
            "finishOnKey": rule(r"[0-9*#]?"),
            "actionOnEmptyResult": FLAG,
            "speechTimeout": rule(r"\d+|auto", None),
            "partialResultCallback": UNPLAYED,
            "partialResultCallbackMethod": UNPLAYED,
            "speechModel": EFFECTLESS,
            "language": EFFECTLESS,
            "hints": EFFECTLESS,
            "profanityFilter": EFFECTLESS,
            "enhanced": EFFECTLESS,
        },
    ),
    "Record": Schema(
        RESPONSE,
        {
            "action": URL,
            "method": METHOD,
            "timeout": NUMBER,
            "finishOnKey": KEYS,
            "maxLength": rule(r"[2-9]|[1-9]\d+", int),
            "playBeep": FLAG,
            "trim": rule(r"trim-silence|do-not-trim"),
            "transcribe": UNPLAYED,
            "transcribeCallback": UNPLAYED,
            "recordingConfigurationId": UNPLAYED,
            **RECORDING_CALLBACK,
        },
    ),
    "Dial": Schema(
        RESPONSE,
        {
            "action": URL,
            "method": METHOD,
            "timeout": rule(r"[5-9]|[1-9]\d|[1-5]\d\d|600", int),
            "timeLimit": COUNT,
            "hangupOnStar": FLAG,
            "answerOnBridge": FLAG,
            "callerId": rule(r"\S+"),
            "sequential": FLAG,
            "record": UNPLAYED,
            "trim": EFFECTLESS,
            "recordingTrack": EFFECTLESS,
            "recordingConfigurationId": UNPLAYED,
            "ringTone": EFFECTLESS,
            "callReason": EFFECTLESS,
            "referUrl": UNPLAYED,
            "referMethod": UNPLAYED,
            "events": UNPLAYED,
            **dict.fromkeys(RECORDING_CALLBACK, UNPLAYED),
        },
    ),
    "Number": Schema(
        DIAL,
        {
            "url": URL,
            "method": METHOD,
            "sendDigits": DTMF,
            "statusCallback": URL,
            "statusCallbackEvent": rule(
                r"(initiated|ringing|answered|completed)"
                r"( (initiated|ringing|answered|completed))*"
            ),
            "statusCallbackMethod": METHOD,
            "byoc": UNPLAYED,
            **MACHINE_DETECTION,
        },
    ),
    "Queue": Schema(
        DIAL,
        {
            "url": URL,
            "method": METHOD,
            "reservationSid": UNPLAYED,
            "postWorkActivitySid": UNPLAYED,
        },
    ),
    "Redirect": Schema(RESPONSE, {"method": METHOD}),
    "Hangup": Schema(RESPONSE),
    "Reject": Schema(RESPONSE, {"reason": rule(r"rejected|busy")}),
    "Leave": Schema(RESPONSE),
    "Enqueue": Schema(
        RESPONSE,
        {
            "action": URL,
            "method": METHOD,
            "waitUrl": WAIT_URL,
            "waitUrlMethod": METHOD,
            "workflowSid": UNPLAYED,
        },
    ),
    "Message": Schema(
        RESPONSE,
        {
            "to": TEXT,
            "from": TEXT,
            "action": UNPLAYED,
            "method": METHOD,
            "statusCallback": UNPLAYED,
        },
        {"from": "sender"},
    ),
}

KNOWN_ELSEWHERE = frozenset(
    {"AiSession", "Application", "Client", "Conference", "Connect", "Pay", "Prompt", "Refer"}
    | {"Sim", "Sip", "Siprec", "Start", "Stop", "Stream", "Transcription", "WhatsApp"}
)
"""Twilio knows these; the stand-in does not play them, and says so."""

SSML: dict[str, frozenset[str]] = {
    "break": frozenset({"strength", "time"}),
    "emphasis": frozenset({"level"}),
    "lang": frozenset({"{http://www.w3.org/XML/1998/namespace}lang"}),
    "p": frozenset(),
    "phoneme": frozenset({"alphabet", "ph"}),
    "prosody": frozenset({"volume", "rate", "pitch"}),
    "s": frozenset(),
    "say-as": frozenset({"interpret-as", "role", "format"}),
    "sub": frozenset({"alias"}),
    "w": frozenset({"role"}),
}
