"""A simulated call as shapes: the way it takes at the fork, and the phones along its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from ivr.simulate import Simulation
from ivr.simulate.story import Rung

WAYS: Mapping[str, int] = {"ring_desk": 50, "ring_on_call": 150, "call_back": 250}
"""Where a call may go, and where its branch ends, of 300; their words are `policy.ways.{name}`."""
STEPS = (10, 15, 30, 60, 120, 300, 600)
"""Seconds between two marks below the phones."""
MARKS = 6
"""At most, and the beginning."""


@dataclass(frozen=True)
class Phone:
    """A ring along the time of the call, in parts of 100."""

    rung: Rung
    seconds: int
    """From the call's beginning."""
    x: float
    width: float


@dataclass(frozen=True)
class Drawing:
    way: str | None
    """The one that the call takes first; none: it is not routed at all."""
    then: str | None
    """And where it ends up, where nobody accepts."""
    phones: Sequence[Phone]
    marks: Sequence[int]
    """Seconds, evenly, from the call's beginning on; the drawing ends one step after the last."""


def of(told: Simulation) -> Drawing:
    ways = [route.kind for route in told.routes]
    rings = told.rings
    length = max((_seconds(told.at, ring.at) + ring.seconds for ring in rings), default=0)
    step = next((step for step in STEPS if length <= step * MARKS), STEPS[-1])
    whole = step * max(1, ceil(length / step))
    return Drawing(
        ways[0] if ways else None,
        "call_back" if ways and rings and told.callbacks else None,
        [_phone(told.at, ring, whole) for ring in rings],
        list(range(0, whole, step)) if rings else [],
    )


def _phone(start: datetime, ring: Rung, whole: int) -> Phone:
    at = _seconds(start, ring.at)
    return Phone(ring, at, round(100 * at / whole, 3), round(100 * ring.seconds / whole, 3))


def _seconds(start: datetime, at: datetime) -> int:
    return round((at - start).total_seconds())
