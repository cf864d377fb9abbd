"""Business time: is it open at t, when next, and adding and measuring time while it is open.

Every answer is a UTC moment or a real elapsed time; the cost does not grow with the span, since
the openings of the years asked about are kept in a cumulated index (see `spans.Index`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge

from ivr.reason import Reason
from ivr.spans import Index, Span, gaps, merged

FIRST_YEAR, LAST_YEAR = 1970, 2099
PATIENCE = 5
"""Years without any change after which a calendar counts as one that never changes again."""


class HoursError(ValueError):
    """Opening hours that make no sense, or a question that they cannot answer; says where."""


@dataclass(frozen=True)
class Opening:
    """Open or closed at a moment, until when, and why. `until` is None where it never changes."""

    open: bool
    until: datetime | None
    why: Reason


class OpenTime(ABC):
    """Any set of open moments: a week's hours, a contract's window, or a mixture of them.

    Moments given must be aware and lie in 1970-2099; `HoursError` otherwise.
    """

    def __init__(self) -> None:
        self._index: Index | None = None
        # Kept, because each has an index of its own to make.
        self._unions: dict[OpenTime, OpenTime] = {}
        self._outside: OpenTime | None = None

    @abstractmethod
    def spans(self, start: datetime, end: datetime) -> Iterable[Span]:
        """The open spans of the UTC stretch [start, end), in order and disjoint."""

    @abstractmethod
    def why(self, at: datetime, until: datetime) -> Reason:
        """Why it is open or closed at the UTC moment `at`, and so until `until`."""

    def is_open(self, at: datetime) -> bool:
        at = _utc(at)
        return self._covering(at, at).span_at(at) is not None

    def opening_at(self, at: datetime) -> Opening:
        """The state at `at`, the next change, and the reason."""
        at = _utc(at)
        is_open, until = self.is_open(at), self._next_change(at)
        if until is None:
            return Opening(is_open, None, Reason("hours.always" if is_open else "hours.never"))
        return Opening(is_open, until, self.why(at, until))

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when open, otherwise the next opening; `HoursError` if there is none."""
        at = _utc(at)
        if self.is_open(at):
            return at
        if (opens := self._next_change(at)) is None:
            raise HoursError(f"these hours never open in the {PATIENCE} years after {at:%Y-%m-%d}")
        return opens

    def add(self, at: datetime, duration: timedelta) -> datetime:
        """The moment when `duration` of open time has passed since `at`.

        What ends exactly at a closing ends then, not at the next opening (POLICY.md, end). Zero
        is the next opening; a negative duration goes back, to an opening rather than the closing
        before it. `HoursError` where the hours never hold that much time.
        """
        at = _utc(at)
        if not duration:
            return self.next_open(at)
        if duration < timedelta():
            return self._back(at, duration)
        index = self._covering(at, at)
        goal, idle = index.elapsed(at) + duration, 0
        while index.total < goal:
            held = index.total
            index = self._covering(at, index.end)
            idle = idle + 1 if index.total == held else 0
            _refuse_endless(idle)
        return index.first_reached(goal)

    def _back(self, at: datetime, duration: timedelta) -> datetime:
        index, idle = self._covering(at, at), 0
        while index.elapsed(at) + duration < timedelta():
            held = index.total
            index = self._covering(index.start - timedelta(days=1), at)
            idle = idle + 1 if index.total == held else 0
            _refuse_endless(idle)
        return index.last_reached(index.elapsed(at) + duration)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time from `start` to `end`; negative where `end` comes first."""
        start, end = _utc(start), _utc(end)
        index = self._covering(min(start, end), max(start, end))
        return index.elapsed(end) - index.elapsed(start)

    def openings(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The open spans inside [start, end), cut at both ends."""
        start, end = _utc(start), _utc(end)
        return self._covering(min(start, end), max(start, end)).between(start, end)

    def union(self, other: OpenTime) -> OpenTime:
        """Open whenever either is."""
        if other is self:
            return self
        if self._is_opposite_of(other) or other._is_opposite_of(self):
            return ALWAYS
        if other not in self._unions:
            self._unions[other] = _Union(self, other)
        return self._unions[other]

    def outside(self) -> OpenTime:
        """Open whenever this is closed: by default, the extended service's window (§1.1)."""
        if self._outside is None:
            self._outside = _Outside(self)
        return self._outside

    def _is_opposite_of(self, other: OpenTime) -> bool:
        return False

    def _next_change(self, at: datetime) -> datetime | None:
        limit = min(at.year + PATIENCE, LAST_YEAR)
        index = self._covering(at, at)
        while True:
            span = index.span_at(at)
            change = span[1] if span else index.next_start(at)
            if change is not None and change < index.end:
                return change
            if index.end.year > limit:
                return None
            index = self._covering(at, index.end)

    def _covering(self, first: datetime, last: datetime) -> Index:
        """The index, grown by whole years until it holds both moments."""
        index = self._index
        if index is not None and index.start <= first and last < index.end:
            return index
        start, end = _year(first.year), _year(last.year + 1)
        if index is None:
            index = Index(start, end, self.spans(start, end))
        else:
            earlier = self.spans(start, index.start) if start < index.start else ()
            later = self.spans(index.end, end) if index.end < end else ()
            index = Index(
                min(start, index.start), max(end, index.end), [*earlier, *index.spans, *later]
            )
        self._index = index
        return index


class _Union(OpenTime):
    def __init__(self, first: OpenTime, second: OpenTime) -> None:
        super().__init__()
        self.first, self.second = first, second

    def spans(self, start: datetime, end: datetime) -> Iterable[Span]:
        return merged(merge(self.first.spans(start, end), self.second.spans(start, end)))

    def why(self, at: datetime, until: datetime) -> Reason:
        only_second = self.second.is_open(at) and not self.first.is_open(at)
        return (self.second if only_second else self.first).why(at, until)


class _Outside(OpenTime):
    def __init__(self, base: OpenTime) -> None:
        super().__init__()
        self.base = base

    def spans(self, start: datetime, end: datetime) -> Iterable[Span]:
        return gaps(self.base.spans(start, end), start, end)

    def why(self, at: datetime, until: datetime) -> Reason:
        key = "hours.regular" if self.base.is_open(at) else "hours.outside_regular"
        return Reason(key, {"until": until.isoformat()})

    def outside(self) -> OpenTime:
        return self.base

    def _is_opposite_of(self, other: OpenTime) -> bool:
        return other is self.base


class _Always(OpenTime):
    def spans(self, start: datetime, end: datetime) -> Iterable[Span]:
        return ((start, end),)

    def why(self, at: datetime, until: datetime) -> Reason:
        return Reason("hours.always")

    def union(self, other: OpenTime) -> OpenTime:
        return self


ALWAYS: OpenTime = _Always()
"""Open at every moment: a P1 under the extended service with its default window (§4)."""


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise HoursError(f"{at.isoformat()} has no time zone")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise HoursError(f"{at.isoformat()} is at the end of the calendar") from error


def _year(year: int) -> datetime:
    if not FIRST_YEAR <= year <= LAST_YEAR + 1:
        raise HoursError(f"{year} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return datetime(year, 1, 1, tzinfo=UTC)


def _refuse_endless(idle_years: int) -> None:
    if idle_years > PATIENCE:
        raise HoursError(f"these hours hold no open time for {PATIENCE} years on end")
