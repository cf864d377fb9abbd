"""The few kinds of step that the menu is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

AGAIN = "again"
"""An action's outcome: what was given will not do; the step is asked anew, and a try is used."""
SILENCE = "silence"

Then = Mapping[str, str]
"""Outcome -> the next step."""


@dataclass(frozen=True)
class Tell:
    """Says `<name>.<part>` for each part, and goes on; without `then` the call ends.

    A part may name its language ("en:english"): the greeting speaks both.
    """

    name: str
    then: str | None = None
    parts: tuple[str, ...] = ("say",)


@dataclass(frozen=True)
class Decide:
    """Says nothing: the action's outcome names the next step."""

    name: str
    do: str
    then: Then


@dataclass(frozen=True)
class Choose:
    """One key. Options have the keys 1, 2, 3... in order, so words and keys cannot drift.

    `options` are literal, or the name of a source in actions.py ("*products"). Without `do` the
    option is the outcome. `silence` is the way on where saying nothing blocks nobody.
    """

    name: str
    options: tuple[str, ...] | str
    then: Then
    do: str | None = None
    silence: str | None = None
    notice: bool = False
    """`<name>.notice` is said first, and whole."""
    lost: str = "person"
    wait: int | None = None
    """Seconds to the first key; none: the policy's."""


@dataclass(frozen=True)
class Enter:
    """A number by keypad: it ends on its last digit, or on # (carré) before."""

    name: str
    digits: int
    do: str
    then: Then
    silence: str | None = None
    lost: str = "person"
    private: bool = False
    """What is keyed is kept nowhere: after trouble it is asked for again."""


@dataclass(frozen=True)
class Record:
    """The caller's own words, ended by any key or by silence."""

    name: str
    do: str
    then: Then


@dataclass(frozen=True)
class Hold:
    """Rings people one after the other while the caller holds: "talked" or "nobody"."""

    name: str
    then: Then


Step = Tell | Decide | Choose | Enter | Record | Hold


@dataclass(frozen=True)
class Menu:
    """The steps in the order in which a caller meets them; refuses a way that leads nowhere."""

    start: str
    steps: tuple[Step, ...]
    _by_name: Mapping[str, Step] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name = {step.name: step for step in self.steps}
        if len(by_name) != len(self.steps):
            raise ValueError("two steps have one name")
        for step in self.steps:
            if not isinstance(step, Tell) and step.then.keys() & {AGAIN, SILENCE}:
                raise ValueError(f"{step.name} has an outcome of a name that the turn reserves")
            for target in ways(step).values():
                if target not in by_name:
                    raise ValueError(f"{step.name} leads to {target}, which is no step")
        object.__setattr__(self, "_by_name", by_name)

    def __getitem__(self, name: str) -> Step:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)


def ways(step: Step) -> dict[str, str]:
    """Every way out of the step: outcome -> next step."""
    match step:
        case Tell():
            return {"told": step.then} if step.then else {}
        case Decide() | Record() | Hold():
            return dict(step.then)
        case Choose() | Enter():
            silence = {SILENCE: step.silence} if step.silence else {}
            return {**step.then, **silence, "lost": step.lost}
