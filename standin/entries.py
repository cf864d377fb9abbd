"""What the ledger holds: one kind of entry for each kind of thing that happens. Moments are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Entry:
    moment: datetime


@dataclass(frozen=True)
class Placed(Entry):
    """A leg exists. `created_by` is "caller", "REST" or "TwiML"."""

    sid: str
    caller: str
    to: str
    direction: str
    created_by: str
    parent: str | None


@dataclass(frozen=True)
class Progress(Entry):
    """`status` is "ringing", "in-progress" (answered) or final; `by` says who ended it."""

    sid: str
    status: str
    by: str = ""


@dataclass(frozen=True)
class Bridged(Entry):
    parent: str
    child: str


@dataclass(frozen=True)
class Parted(Entry):
    parent: str
    child: str


@dataclass(frozen=True)
class Heard(Entry):
    """A leg's far end hears a sentence begin; `speaker` is "line" or the sid of the other party."""

    sid: str
    text: str
    language: str
    seconds: float
    speaker: str = "line"


@dataclass(frozen=True)
class Pressed(Entry):
    """`lost`: nothing was listening for keys."""

    sid: str
    key: str
    lost: bool


@dataclass(frozen=True)
class Spoke(Entry):
    """The far end says words; `recorded` where a <Record> was listening.

    `seconds` of a voice that came as a sound and has no text, else 0.
    """

    sid: str
    text: str
    recorded: bool
    seconds: float = 0.0


@dataclass(frozen=True)
class Webhook(Entry):
    """A request of the stand-in and its answer. `status` 0: no answer, `error` says why."""

    sid: str
    purpose: str
    url: str
    method: str
    params: dict[str, str]
    status: int
    seconds: float
    error: str


@dataclass(frozen=True)
class Complaint(Entry):
    """What Twilio's debugger would show. Code 0: Twilio does it, the stand-in does not."""

    sid: str
    code: int
    message: str
    url: str


@dataclass(frozen=True)
class Text(Entry):
    """A message changes its status; `error_code` where it failed."""

    sid: str
    caller: str
    to: str
    body: str
    status: str
    error_code: int | None = None


@dataclass(frozen=True)
class RestRequest(Entry):
    """The product asked the REST API; `status` is what it was told, 0 where it got no answer."""

    method: str
    path: str
    form: dict[str, list[str]]
    status: int


@dataclass(frozen=True)
class Unexpected(Entry):
    """Something a test did not foresee, such as a call to a number without a behaviour."""

    message: str


@dataclass(frozen=True)
class Started(Entry):
    """A process began, with the start that it was given and its real time."""

    given: str
    real: str


@dataclass(frozen=True)
class Stopped(Entry):
    """The process ended in good order: the next one starts afresh."""


@dataclass(frozen=True)
class ClockMoved(Entry):
    """The clock was put to this moment; `real` is the real time at which, "" in virtual time."""

    real: str


@dataclass
class LegRecord:
    """A leg as its entries tell it; moments are aware UTC."""

    sid: str
    parent: str | None
    caller: str
    to: str
    direction: str
    created_by: str
    started: datetime
    status: str = "queued"
    rang: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    ended_by: str = ""


@dataclass
class BridgeRecord:
    """Two legs that could talk; `until` is None while they do."""

    parent: str
    child: str
    since: datetime
    until: datetime | None = None

    @property
    def seconds(self) -> float:
        return 0.0 if self.until is None else (self.until - self.since).total_seconds()


def as_json(entry: Any) -> dict[str, Any]:
    """An entry or a record as JSON knows it, with its `kind`."""
    facts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(entry).items()
    }
    return {"kind": type(entry).__name__.lower(), **facts}
