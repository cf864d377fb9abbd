"""Columns and heat maps as shapes in a square of 100 by 100, which the page stretches.

Only shapes are stretched: what is read stands beside them as text, and again in a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil

SIDE = 100.0
FILLED = 0.72
"""The part of its place that a column takes."""
LABELS, FEW_LABELS = 13, 5
"""So many stand below a wide drawing, and a narrow one."""
LEVELS = 5
"""Of a heat map, beside that of nothing at all."""


@dataclass(frozen=True)
class Piece:
    """Of a column; `kind` is its class."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    label: str
    title: str
    shown: str
    """The label stands "always", where there is room ("wide"), or "never"."""
    x: float
    width: float
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Chart:
    columns: Sequence[Column]
    scale: Sequence[int]
    """From the top down to 0, evenly."""
    empty: bool

    @property
    def lines(self) -> list[float]:
        """The heights of the scale's lines."""
        steps = len(self.scale) - 1
        return [round(SIDE * step / steps, 3) for step in range(steps)]


@dataclass(frozen=True)
class Value:
    """What one column stands for: its parts from the bottom up."""

    label: str
    title: str
    parts: Mapping[str, int]


def chart(values: Sequence[Value]) -> Chart:
    highest = max((sum(value.parts.values()) for value in values), default=0)
    scale = _scale(highest)
    place = SIDE / max(1, len(values))
    columns = [
        Column(
            value.label,
            value.title,
            _shown(number, len(values)),
            round(place * (number + (1 - FILLED) / 2), 3),
            round(place * FILLED, 3),
            list(_pieces(value.parts, scale[0])),
        )
        for number, value in enumerate(values)
    ]
    return Chart(columns, scale, highest == 0)


def levels(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    """0 for nothing, then 1 to 5: how much of the most."""
    most = max((each for row in counts for each in row), default=0)
    return [[ceil(LEVELS * each / most) if each else 0 for each in row] for row in counts]


def share(part: int, most: int) -> float:
    """The length of a bar, of 100."""
    return round(SIDE * part / most, 2) if most else 0.0


def _pieces(parts: Mapping[str, int], top: int) -> Iterator[Piece]:
    base = SIDE
    for kind, part in parts.items():
        height = SIDE * part / top
        base -= height
        if part:
            yield Piece(kind, round(base, 3), round(height, 3))


def _scale(highest: int) -> list[int]:
    """Even steps of 1, 2 or 5 and so many zeros, four at most, that reach the highest."""
    steps = (base * 10**power for power in count() for base in (1, 2, 5))
    step = next(step for step in steps if step * 4 >= highest)
    return [step * number for number in range(max(1, ceil(highest / step)), -1, -1)]


def _shown(number: int, of: int) -> str:
    """Those for little room are some of those for more, so that none collide."""
    every = ceil(of / LABELS)
    if number % (every * ceil(of / (every * FEW_LABELS))) == 0:
        return "always"
    return "wide" if number % every == 0 else "never"
