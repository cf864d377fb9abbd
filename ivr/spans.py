"""Stretches of real time, half-open and in order, and the index that makes sums of them cheap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate

Span = tuple[datetime, datetime]
"""From (inside) to (outside), both in UTC."""


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans sorted by start, with those that touch or overlap made one."""
    current: Span | None = None
    for start, end in spans:
        if current is None:
            current = (start, end)
        elif start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current


def gaps(spans: Iterable[Span], start: datetime, end: datetime) -> Iterator[Span]:
    """What the sorted, disjoint `spans` leave uncovered of [start, end)."""
    free_from = start
    for opens, closes in spans:
        if free_from < opens:
            yield free_from, opens
        free_from = closes
    if free_from < end:
        yield free_from, end


class Index:
    """The open spans of [start, end) with the open time that lies before each: sums by bisection.

    It never changes once built, so that threads may share one.
    """

    def __init__(self, start: datetime, end: datetime, spans: Iterable[Span]) -> None:
        self.start, self.end = start, end
        self.spans = list(merged(spans))
        self.starts = [opens for opens, _ in self.spans]
        lengths = [closes - opens for opens, closes in self.spans]
        sums = list(accumulate(lengths, initial=timedelta()))
        self.before, self.until, self.total = sums[:-1], sums[1:], sums[-1]

    def span_at(self, at: datetime) -> Span | None:
        """The open span that holds `at`, if one does."""
        place = bisect_right(self.starts, at) - 1
        return self.spans[place] if place >= 0 and at < self.spans[place][1] else None

    def next_start(self, at: datetime) -> datetime | None:
        """The first opening after `at`, if the index reaches that far."""
        place = bisect_right(self.starts, at)
        return self.starts[place] if place < len(self.starts) else None

    def elapsed(self, at: datetime) -> timedelta:
        """The open time from the index's start to `at`."""
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return timedelta()
        opens, closes = self.spans[place]
        return self.before[place] + (min(at, closes) - opens)

    def first_reached(self, elapsed: timedelta) -> datetime:
        """The first moment when that much open time has passed: at a closing, the closing."""
        place = bisect_left(self.until, elapsed)
        return self.starts[place] + (elapsed - self.before[place])

    def last_reached(self, elapsed: timedelta) -> datetime:
        """The last moment when no more has passed: between two openings, the later opening."""
        place = bisect_right(self.before, elapsed) - 1
        return self.starts[place] + (elapsed - self.before[place])

    def between(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The open spans inside [start, end), cut at both ends."""
        for place in range(max(bisect_right(self.starts, start) - 1, 0), len(self.spans)):
            opens, closes = self.spans[place]
            if opens >= end:
                return
            if closes > start:
                yield max(opens, start), min(closes, end)
