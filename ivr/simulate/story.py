"""What a simulated call tells: each exchange, who would ring, what follows, and the totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ivr import speech
from ivr.reason import Reason
from ivr.reply import Said


@dataclass(frozen=True)
class Answer:
    """What the caller does at a prompt; `text` is the keys, or the words."""

    kind: Literal["keys", "words", "silence", "hang_up"]
    text: str = ""


@dataclass(frozen=True)
class Rung:
    """A phone that would ring, from a moment on (UTC), for so many seconds; nobody accepts."""

    agent: str
    number: str
    at: datetime
    seconds: int


@dataclass(frozen=True)
class Exchange:
    """What the line says at one go, and what the caller then does or who then rings.

    `step` is the menu's row that waits for the answer; `outcome` how the line took it, empty where
    nothing was answered. `seconds` are those of the line's own speech.
    """

    at: datetime
    step: str
    said: tuple[Said, ...]
    answer: Answer | None = None
    rings: tuple[Rung, ...] = ()
    outcome: str = ""

    @property
    def seconds(self) -> float:
        return sum(speech.seconds(said.text) for said in self.said)


@dataclass(frozen=True)
class Routed:
    """One decision of the call: "ring_desk", "ring_on_call" or "call_back", rule by rule."""

    kind: str
    why: tuple[Reason, ...]


@dataclass(frozen=True)
class OnCall:
    """A level of the rota at the call's moment: its agents in the order of their rings, and why.

    The reasons name agents, and the level as policy.toml does (`ivr.rota.wording`).
    """

    level: str
    agents: tuple[str, ...]
    why: tuple[Reason, ...]


@dataclass(frozen=True)
class Recorded:
    """The incident that the call would leave; moments are UTC."""

    state: str
    priority: str
    claimed: str | None
    product: str | None
    environment: str
    extended: bool
    due_at: datetime
    due_why: tuple[Reason, ...]
    callback_at: datetime | None
    """When agents would first be rung for it, where nobody accepted the call."""


@dataclass(frozen=True)
class Simulation:
    """A call that did not take place. `end` says why it stops here.

    "ended": the line hangs up; "hung_up": the caller does; "waits": the caller's keys are used up
    and the line still asks.
    """

    at: datetime
    client: str | None
    """The number of the client whose super user calls, where one was asked for."""
    caller: str | None
    super_user: str | None
    """The name of the caller on file, where the number belongs to one."""
    exchanges: tuple[Exchange, ...]
    callbacks: tuple[Rung, ...]
    """The first agents who would be rung for the callback, where the client is still owed one."""
    routes: tuple[Routed, ...]
    on_call: tuple[OnCall, ...]
    """Who is on call at that moment, level by level, whether or not this call rings them."""
    incident: Recorded | None
    end: Literal["ended", "hung_up", "waits"]

    @property
    def until_ring(self) -> tuple[Exchange, ...]:
        """The exchanges up to the first ring; all of them where nobody would be rung."""
        return self._split[0]

    @property
    def nobody_accepts(self) -> tuple[Exchange, ...]:
        """What follows where nobody whose phone rings accepts."""
        return self._split[1]

    @property
    def rings(self) -> tuple[Rung, ...]:
        """Whom the call would ring, in order, while nobody accepts."""
        return tuple(rung for each in self.exchanges for rung in each.rings)

    @property
    def keys(self) -> int:
        """The keys that the caller presses until a phone rings."""
        return sum(_keys(each.answer) for each in self.until_ring)

    @property
    def speech_seconds(self) -> float:
        """The seconds of the line's own speech until a phone rings."""
        return sum(each.seconds for each in self.until_ring)

    @property
    def seconds_to_ring(self) -> float | None:
        """From the greeting until a phone rings, silences and the caller's words counted too."""
        return (self.rings[0].at - self.at).total_seconds() if self.rings else None

    @property
    def _split(self) -> tuple[tuple[Exchange, ...], tuple[Exchange, ...]]:
        for place, each in enumerate(self.exchanges, 1):
            if each.rings:
                return self.exchanges[:place], self.exchanges[place:]
        return self.exchanges, ()


def _keys(answer: Answer | None) -> int:
    return len(answer.text) if answer and answer.kind == "keys" else 0


def read_answers(text: str) -> tuple[Answer, ...]:
    """ "10452 2 1 silence hang-up" or "10452,2,say:Rien ne s'ouvre": with commas between answers,
    words may have spaces. `ValueError` names what is no answer.
    """
    return tuple(_read(part) for part in _parts(text))


def _parts(text: str) -> Iterable[str]:
    parts = text.split(",") if "," in text else text.split()
    return [part.strip() for part in parts if part.strip()]


def _read(part: str) -> Answer:
    if part == "silence":
        return Answer("silence")
    if part == "hang-up":
        return Answer("hang_up")
    if part.startswith("say:"):
        return Answer("words", part.removeprefix("say:").strip())
    if part and not set(part) - set("0123456789*#"):
        return Answer("keys", part)
    raise ValueError(part)
