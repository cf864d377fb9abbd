"""TwiML as values. Times are in seconds, defaults are Twilio's.

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Speech:
    """Words in one language, and the seconds of silence (SSML breaks) that come with them."""

    text: str
    language: str
    pause: float = 0.0


@dataclass(frozen=True)
class Say:
    speech: tuple[Speech, ...]
    loop: int = 1


@dataclass(frozen=True)
class Play:
    url: str
    loop: int = 1
    digits: str = ""


@dataclass(frozen=True)
class Pause:
    length: int = 1


@dataclass(frozen=True)
class Gather:
    action: str | None = None
    method: str = "POST"
    input: str = "dtmf"
    num_digits: int | None = None
    timeout: int = 5
    finish_on_key: str = "#"
    action_on_empty_result: bool = False
    nested: tuple[Say | Play | Pause, ...] = ()


@dataclass(frozen=True)
class Record:
    action: str | None = None
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    play_beep: bool = True
    trim: str = "trim-silence"
    recording_status_callback: str | None = None
    recording_status_callback_method: str = "POST"
    recording_status_callback_event: str = "completed"


@dataclass(frozen=True)
class Number:
    number: str
    url: str | None = None
    method: str = "POST"
    send_digits: str = ""
    status_callback: str | None = None
    status_callback_event: str = "completed"
    status_callback_method: str = "POST"


@dataclass(frozen=True)
class Queue:
    name: str
    url: str | None = None
    method: str = "POST"


@dataclass(frozen=True)
class Dial:
    action: str | None = None
    method: str = "POST"
    timeout: int = 30
    time_limit: int = 14400
    hangup_on_star: bool = False
    answer_on_bridge: bool = False
    caller_id: str | None = None
    sequential: bool = False
    targets: tuple[Number | Queue, ...] = ()


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Leave:
    pass


@dataclass(frozen=True)
class Enqueue:
    name: str
    action: str | None = None
    method: str = "POST"
    wait_url: str | None = None
    wait_url_method: str = "POST"


@dataclass(frozen=True)
class Message:
    """The one verb of an answer to a text message."""

    body: str
    to: str | None = None
    sender: str | None = None


Verb: TypeAlias = (
    Say
    | Play
    | Pause
    | Gather
    | Record
    | Dial
    | Redirect
    | Hangup
    | Reject
    | Leave
    | Enqueue
    | Message
)


@dataclass
class Document:
    """A parsed answer. Relative URLs in it resolve against `url`; inline TwiML has none.

    `warnings` are Twilio's (12200); `unplayed` is what Twilio knows and the stand-in does not do.
    """

    verbs: tuple[Verb, ...]
    url: str | None
    method: str = "POST"
    warnings: list[str] = field(default_factory=list)
    unplayed: list[str] = field(default_factory=list)
