"""What a rota is made of: layers, shifts and overrides, each with a sentence for itself.

Agents are ids; moments are aware UTC, and stretches half-open. `ivr/rota/order.py` says how the
rules go over one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from ivr.open_time import OpenTime
from ivr.reason import Reason
from ivr.rota.scope import EVERY_CALL, Person, Scope
from ivr.rota.turns import RotaError, Turns
from ivr.spans import Span

ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Place:
    """One agent's place in a level, who or what put the agent there, and from when to when."""

    agent: int
    why: Reason
    rule: str
    """The rule's own name, as "layer 3" or "override 12"."""
    span: Span = ALWAYS
    duty: bool = True
    """Their turn or shift: this is who is on call. The others are rung after, as backups."""
    entered_at: datetime = ALWAYS[0]
    """When it was made known."""


@dataclass(frozen=True)
class Layer:
    """A rotation: its members in the order of their turns, the first one's being turn 0.

    `windows` restricts it to some hours of the week; `starts` and `ends` to some time. `backups`
    says how many of those who come next are rung after the one whose turn it is; None: all.
    `language_first` rings those who speak the caller's language first.
    """

    id: int
    level: str
    name: str
    members: tuple[int, ...]
    turns: Turns
    windows: OpenTime | None = None
    starts: datetime = ALWAYS[0]
    ends: datetime = ALWAYS[1]
    scope: Scope = EVERY_CALL
    backups: int | None = None
    language_first: bool = False
    entered_at: datetime = ALWAYS[0]

    def span_at(self, at: datetime) -> Span | None:
        """The part of a turn that holds `at`, cut to the windows; None outside them."""
        if not self.members or not self.starts <= at < self.ends:
            return None
        start, end = self.turns.span(self.turns.number(at))
        start, end = max(start, self.starts), min(end, self.ends)
        if self.windows is None:
            return start, end
        openings = self.windows.openings(start, end)
        return next((span for span in openings if span[0] <= at < span[1]), None)

    def places(
        self, at: datetime, language: str | None, people: Mapping[int, Person]
    ) -> tuple[Place, ...]:
        """Whose turn it is, then the backups in the order of their turns."""
        span = self.span_at(at)
        if span is None:
            return ()
        first = self.turns.number(at) % len(self.members)
        order = dict.fromkeys(self.members[first:] + self.members[:first])
        rung = order if self.backups is None else islice(order, 1 + self.backups)
        places = [self._place(agent, span, agent == self.members[first]) for agent in rung]
        if self.language_first and language is not None:
            places.sort(key=lambda place: not _speaks(people, place.agent, language))
        return tuple(places)

    def _place(self, agent: int, span: Span, duty: bool) -> Place:
        why = Reason("rota.backup", {"agent": agent})
        if duty:
            why = Reason("rota.turn", {"agent": agent, "layer": self.name, **_between(span)})
        return Place(agent, why, f"layer {self.id}", span, duty, self.entered_at)


@dataclass(frozen=True)
class Shift:
    """One agent on call at a level for some time: entered by hand, or brought by a calendar."""

    id: int
    level: str
    agent: int
    span: Span
    feed: str = ""
    """The calendar that brought it; empty: entered by hand."""
    rank: int = 0
    """Of shifts at one moment only the highest rank counts, as Grafana's [L0] to [L9]."""
    scope: Scope = EVERY_CALL
    entered_at: datetime = ALWAYS[0]

    def __post_init__(self) -> None:
        _check(self.span)

    def place(self) -> Place:
        facts = {"agent": self.agent} | _between(self.span)
        why = Reason("rota.shift", facts)
        if self.feed:
            why = Reason("rota.shift_imported", {**facts, "feed": self.feed})
        return Place(self.agent, why, f"shift {self.id}", self.span, True, self.entered_at)


@dataclass(frozen=True)
class Override:
    """For some time, `agent` takes the place of `replaces`, or of whoever is on call at `level`.

    Without a level it is for each level at which `replaces` stands.
    """

    id: int
    agent: int
    span: Span
    replaces: int | None = None
    level: str | None = None
    entered_at: datetime = ALWAYS[0]

    def __post_init__(self) -> None:
        _check(self.span)
        if self.replaces is None and self.level is None:
            raise RotaError("an override names whom it replaces, or a level")

    def holds(self, at: datetime, level: str) -> bool:
        return self.span[0] <= at < self.span[1] and self.level in (None, level)

    def concerns(self, places: tuple[Place, ...]) -> bool:
        """Whether it has a place to take; whoever is on call may be nobody."""
        return self.replaces is None or any(place.agent == self.replaces for place in places)

    def over(self, places: tuple[Place, ...]) -> tuple[Place, ...]:
        """The places with this one taken; the agent who is replaced is not rung at this level."""
        replaced = self.replaces
        if replaced is None:
            on_duty = [place for place in places if place.duty] or places
            if not on_duty:
                return (self._place(None, True),)
            replaced = on_duty[0].agent
        taken = [
            self._place(replaced, place.duty) if place.agent == replaced else place
            for place in places
        ]
        return once(taken)

    def _place(self, replaced: int | None, duty: bool) -> Place:
        facts = {"agent": self.agent} | _between(self.span)
        why = Reason("rota.fills", facts)
        if replaced is not None:
            why = Reason("rota.replaces", {**facts, "replaced": replaced})
        return Place(self.agent, why, f"override {self.id}", self.span, duty, self.entered_at)


def once(places: list[Place]) -> tuple[Place, ...]:
    """Each agent in the first of their places; on call where any of their places is."""
    found: dict[int, Place] = {}
    for place in places:
        first = found.setdefault(place.agent, place)
        if place.duty and not first.duty:
            found[place.agent] = place
    return tuple(found.values())


def _between(span: Span) -> dict[str, str]:
    return {"start": span[0].isoformat(), "end": span[1].isoformat()}


def _speaks(people: Mapping[int, Person], agent: int, language: str) -> bool:
    return agent in people and people[agent].language == language


def _check(span: Span) -> None:
    if any(moment.tzinfo is None for moment in span):
        raise RotaError("a moment has no time zone")
    if span[0] >= span[1]:
        raise RotaError(f"{span[1].isoformat()} does not come after {span[0].isoformat()}")
