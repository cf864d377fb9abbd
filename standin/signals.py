"""What is thrown into a leg's task and what it finds in its mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin.scheduler import InterruptError

if TYPE_CHECKING:
    from standin.leg import Leg
    from standin.webhooks import Target


class HungUp(InterruptError):
    """The leg is over."""


class Redirected(InterruptError):
    """The REST API sends the leg to another document."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target


@dataclass(frozen=True)
class Key:
    key: str


@dataclass(frozen=True)
class Words:
    """`sound` is the voice itself, as `recordings.frames` gives it; most words have none."""

    text: str
    seconds: float
    sound: bytes = b""


@dataclass(frozen=True)
class Answered:
    """The called party picks up."""


@dataclass(frozen=True)
class Refused:
    """The called party turns the call away, with the status that this gives."""

    status: str


@dataclass(frozen=True)
class ChildAnswered:
    child: Leg


@dataclass(frozen=True)
class ChildReady:
    """The whisper is over and let the call through."""

    child: Leg


@dataclass(frozen=True)
class ChildLeft:
    """The child is no more part of the <Dial>: it has ended, or was sent elsewhere."""

    child: Leg


@dataclass(frozen=True)
class Separated:
    """The two can no more talk: one of them left."""


@dataclass(frozen=True)
class Arrived:
    """Somebody joined the queue that this leg takes callers from."""


class Dequeued(InterruptError):
    """A leg leaves its queue: Twilio's QueueResult, and the leg that took it, if one did."""

    def __init__(self, result: str, by: Leg | None = None, whisper: Target | None = None) -> None:
        super().__init__()
        self.result = result
        self.by = by
        self.whisper = whisper
