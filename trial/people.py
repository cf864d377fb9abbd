"""What people do: callers who key and speak, agents and clients whose phones ring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from ivr.policy_parts import PRIORITIES
from standin.behaviours import (
    Accepts,
    Behaviour,
    Declines,
    GoesToVoicemail,
    HangsUp,
    Rejects,
    RingsOut,
    SaysNothing,
)
from standin.handset import Handset
from standin.scheduler import Sleep, Steps
from trial.cast import PRODUCTS
from trial.chance import Caller

LOOKS, LOOKS_IN_TALK = 1.0, 5.0
"""Seconds between two looks at whether the line wants something."""
WORDS = "Plus rien ne fonctionne depuis ce matin"
SILENT = ""
StepOf = Callable[[str], str]
"""The step of the menu at which the call with this sid stands."""


def dials(caller: Caller, phone: Handset, step_of: StepOf) -> Steps[None]:
    """The caller's side of a call to the line, until somebody hangs up.

    What is asked is known by the name of its step, as its words may change.
    """
    leg, answered, fumbles = phone.leg, 0, caller.fumbles
    prompts = 0
    while not leg.over:
        yield Sleep(LOOKS_IN_TALK if leg.waits_for == "talk" else LOOKS)
        if not leg.waits_for or leg.waits <= answered or leg.waits_for in ("talk", "queue"):
            continue
        answered, prompts = leg.waits, prompts + 1
        if prompts > caller.patience:
            phone.hang_up()
            return
        if leg.waits_for == "record":
            yield from _speaks(caller, phone)
            continue
        step = step_of(leg.sid)
        wrong = fumbles and step == "client_number"
        fumbles = fumbles and not wrong
        yield from phone.pressing("99999" if wrong else keys(caller, step))


def keys(caller: Caller, step: str) -> str:
    """What this caller keys there; nothing where the caller is silent."""
    match step:
        case "client_number":
            return caller.client.number
        case "own_number" | "other_number":
            return caller.user.phone.removeprefix("+1")
        case "product":
            mine = sorted(caller.client.products, key=PRODUCTS.index)
            return str(mine.index(caller.product) + 1)
        case "impact":
            return str(PRIORITIES.index(caller.priority) + 1)
        case "environment":
            return "1" if caller.production else "2"
        case "recording":
            return SILENT if caller.speaks else "1"
        case "extension":
            return "#"
        case "join":
            return "1"
        case "refused" | "critical":
            return "1" if caller.priority == "P1" else "2"
        case "confirm_client" | "callback_number":
            return "1"
        case "beta":
            return "2"
    return SILENT


def _speaks(caller: Caller, phone: Handset) -> Steps[None]:
    yield Sleep(1.0)
    if caller.speaks:
        phone.speak(WORDS)
        yield Sleep(8.0)
    yield from phone.pressing("#")


@dataclass(frozen=True)
class Person(Behaviour):
    """A person's phone: each time that it rings, chance says what comes of it.

    `is_there` says whether anybody is near it at that moment, `accepts` how likely a person who is
    there takes the call.
    """

    random: Random
    is_there: Callable[[], bool]
    accepts: float
    talks: tuple[int, int] = (45, 420)
    unwilling: tuple[Behaviour, ...] = field(
        default=(RingsOut(), GoesToVoicemail(), Declines(), Rejects(), HangsUp(), SaysNothing())
    )

    def live(self, phone: Handset) -> Steps[None]:
        if not self.is_there():
            does: Behaviour = RingsOut()
        elif self.random.random() < self.accepts:
            rings, talks = self.random.uniform(2, 12), self.random.randint(*self.talks)
            does = Accepts(rings=rings, talks=float(talks))
        else:
            does = self.random.choice(self.unwilling)
        yield from does.live(phone)
