"""The rota over time: when it changes, and who is on call from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ivr.rota.order import Level, Rota, levels_at, who
from ivr.rota.rules import Layer, Place
from ivr.spans import Span

HORIZON = timedelta(days=100)
"""As far as the next change is looked for."""


@dataclass(frozen=True)
class Stretch:
    """One level from `start` to `end` (UTC, half-open), during which nothing about it changes."""

    start: datetime
    end: datetime
    level: Level


@dataclass(frozen=True)
class Duty:
    """One agent on call at a level, by one turn, shift or override (UTC, half-open)."""

    start: datetime
    end: datetime
    level: str
    place: Place


@dataclass(frozen=True)
class Change:
    """From `at` on, the phones that ring are these, level by level."""

    at: datetime
    levels: tuple[Level, ...]


def edges(rota: Rota, start: datetime, end: datetime) -> list[datetime]:
    """The moments strictly between two others at which something could change, in order."""
    found: set[datetime] = set()
    for layer in rota.layers:
        found.update(_layer_edges(layer, start, end))
    for rule in rota.dated:
        found.update(rule.span)
    return sorted(edge for edge in found if start < edge < end)


def shifts_between(
    rota: Rota,
    start: datetime,
    end: datetime,
    product: str | None = None,
    language: str | None = None,
) -> list[Stretch]:
    """Each level's stretches, in order: together they are [start, end), the empty ones too.

    Without a product, who is on call for one product only stands after who is for all.
    """
    stretches: dict[str, list[Stretch]] = {name: [] for name in rota.levels}
    for since, until in pairwise([start, *edges(rota, start, end), end]):
        for level in levels_at(rota, since, product, language):
            known = stretches[level.name]
            if known and _same(known[-1].level, level):
                known[-1] = Stretch(known[-1].start, until, known[-1].level)
            else:
                known.append(Stretch(since, until, level))
    return [stretch for known in stretches.values() for stretch in known]


def whole(rota: Rota, start: datetime, end: datetime) -> list[Stretch]:
    """The stretches that touch [start, end), each with its own beginning and end, uncut.

    So that the same stretch is the same whenever it is asked for (a calendar's UID rests on it).
    """
    spans = [(start, end), *_pieces(rota, start), *_pieces(rota, end)]
    since, until = min(span[0] for span in spans), max(span[1] for span in spans)
    return [
        stretch
        for stretch in shifts_between(rota, since, until)
        if stretch.start < end and stretch.end > start
    ]


def duties(stretches: Iterable[Stretch]) -> list[Duty]:
    """Who is on call from when to when, without the backups, in the order of their beginnings."""
    found: list[Duty] = []
    last: dict[tuple[str, int, str, Span], int] = {}
    for stretch in stretches:
        for place in stretch.level.standing:
            if not place.duty:
                continue
            mark = stretch.level.name, place.agent, place.rule, place.span
            known = last.get(mark)
            if known is not None and found[known].end == stretch.start:
                found[known] = replace(found[known], end=stretch.end)
            else:
                last[mark] = len(found)
                found.append(Duty(stretch.start, stretch.end, stretch.level.name, place))
    return sorted(found, key=lambda duty: duty.start)


def next_changes(
    rota: Rota,
    at: datetime,
    until: datetime,
    product: str | None = None,
    language: str | None = None,
) -> Iterator[Change]:
    """The moments after `at` and before `until` from which other phones ring, or in other order."""
    before = who(rota, at, product, language)
    for edge in edges(rota, at, until):
        levels = who(rota, edge, product, language)
        if _rings(levels) != _rings(before):
            yield Change(edge, levels)
        before = levels


def next_change(
    rota: Rota, at: datetime, product: str | None = None, language: str | None = None
) -> Change | None:
    """The first of them; None where nothing changes within `HORIZON`."""
    return next(next_changes(rota, at, at + HORIZON, product, language), None)


def _layer_edges(layer: Layer, start: datetime, end: datetime) -> Iterator[datetime]:
    start, end = max(start, layer.starts), min(end, layer.ends)
    if start >= end:
        return
    yield start
    yield end
    yield from layer.turns.handovers(start, end)
    if layer.windows is not None:
        for opening in layer.windows.openings(start, end):
            yield from opening


def _same(one: Level, other: Level) -> bool:
    return one.agents == other.agents and _marks(one) == _marks(other)


def _marks(level: Level) -> list[object]:
    return [(place.agent, place.duty, place.rule, place.span) for place in level.standing]


def _rings(levels: tuple[Level, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(level.name, level.agents) for level in levels]


def _pieces(rota: Rota, at: datetime) -> Iterator[Span]:
    """What the rules that hold at `at` say of their own beginnings and ends."""
    for layer in rota.layers:
        if layer.starts <= at < layer.ends:
            yield layer.turns.span(layer.turns.number(at))
    for rule in rota.dated:
        if rule.span[0] <= at < rule.span[1]:
            yield rule.span
