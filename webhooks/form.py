"""What Twilio posts, read into our words (twilio.com/docs/voice/twiml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

OVER = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))
"""The call statuses after which nobody listens any more."""


@dataclass(frozen=True)
class VoiceForm:
    """One request of a call: only what we use; unknown fields are Twilio's to add."""

    account: str
    sid: str
    parent: str
    caller: str
    called: str
    status: str
    attestation: str
    keys: str
    recording: str
    """The sid of the recording that this request tells of."""
    recording_seconds: int
    recording_status: str
    dialled: str
    """How a dialled leg ended."""
    sip_code: str

    @property
    def over(self) -> bool:
        return self.status in OVER or self.keys == "hangup"

    @classmethod
    def read(cls, form: Mapping[str, str]) -> VoiceForm:
        def field(name: str) -> str:
            return form.get(name, "")

        sid = field("RecordingSid") or field("RecordingUrl").rpartition("/")[2].partition(".")[0]
        return cls(
            account=field("AccountSid"),
            sid=field("CallSid"),
            parent=field("ParentCallSid"),
            caller=field("From"),
            called=field("To"),
            status=field("CallStatus"),
            attestation=field("StirVerstat"),
            keys=field("Digits"),
            recording=sid if re.fullmatch(r"RE[0-9a-f]{32}", sid) else "",
            recording_seconds=_whole(field("RecordingDuration")),
            recording_status=field("RecordingStatus"),
            dialled=field("DialCallStatus"),
            sip_code=field("SipResponseCode"),
        )


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
