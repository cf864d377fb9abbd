"""What Twilio posts, read into our words (twilio.com/docs/voice/twiml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

OVER = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))
"""The call statuses after which nobody listens any more."""
OUT_OF_QUEUE = frozenset(("bridged", "bridging-in-process", "redirected-from-bridged"))
"""The results of a queue whose caller was joined with somebody."""


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
    bridged: bool | None
    """Whether the two were joined, by <Dial> or out of a queue; none: it is not said."""
    told_at: datetime | None
    """When what a status callback tells happened, UTC; none: it is not said."""

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
            bridged=_bridged(field("DialBridged"), field("QueueResult")),
            told_at=_moment(field("Timestamp")),
        )


def _bridged(dial: str, queue: str) -> bool | None:
    """What the action of a <Dial> says, or of an <Enqueue>."""
    if queue:
        return queue in OUT_OF_QUEUE
    return {"true": True, "false": False}.get(dial)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
