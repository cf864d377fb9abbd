"""What the line says next and what it then waits for: plain values, which webhooks/ renders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """A sentence and the language of the voice that speaks it."""

    language: str
    text: str


@dataclass(frozen=True)
class Keys:
    """Wait for keys: `count` at most; `finish` ends an entry early. Seconds for the waits."""

    count: int
    finish: str
    first_key: int
    between: int


@dataclass(frozen=True)
class Voice:
    """Record the caller's own words; any key or the silence ends it. Seconds."""

    longest: int
    silence: int


@dataclass(frozen=True)
class Ring:
    """Ring a phone from within this call, and wait until that has ended."""

    leg: int
    number: str
    extension: str
    seconds: int
    limit: int
    """The longest that the two may talk, in seconds."""


@dataclass(frozen=True)
class Queued:
    """Let the caller wait, with music, until whoever accepts first takes them out of the queue."""

    name: str


@dataclass(frozen=True)
class Bridge:
    """Join whoever answered this leg with the party that waits: in `queue`, where one is named.

    `limit`: the longest that the two may talk then, in seconds.
    """

    queue: str = ""
    limit: int = 0


Listen = Keys | Voice | Ring | Queued | Bridge
_KINDS: Mapping[str, type[Listen]] = {
    kind.__name__: kind for kind in (Keys, Voice, Ring, Queued, Bridge)
}


@dataclass(frozen=True)
class Reply:
    """One answer to Twilio. Nothing to listen for: the call ends after the last word."""

    say: tuple[Said, ...]
    listen: Listen | None
    notice: tuple[Said, ...] = ()
    """Said before the rest, and whole: no key interrupts it."""
    play: int = 0
    """The caller's own recording, by its row, played before `say`; a key interrupts it. 0: none."""

    def as_json(self) -> dict[str, Any]:
        listen = self.listen and {"kind": type(self.listen).__name__, **asdict(self.listen)}
        return {
            "say": [[said.language, said.text] for said in self.say],
            "notice": [[said.language, said.text] for said in self.notice],
            "listen": listen,
            "play": self.play,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reply:
        listen = value["listen"] and dict(value["listen"])
        return cls(
            say=tuple(Said(*said) for said in value["say"]),
            notice=tuple(Said(*said) for said in value["notice"]),
            listen=_KINDS[listen.pop("kind")](**listen) if listen else None,
            play=value.get("play", 0),
        )
