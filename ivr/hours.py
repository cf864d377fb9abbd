"""Opening hours by the week, with holidays and half days, in any time zone (§1.1).

Open means: the clock on the wall of the zone shows a time inside one of the day's half-open
intervals. Where clocks change, that is cut from real time, so that a day of 23 or 25 hours has
the business time that really passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from ivr.days import DayName, Interval, Pairs, SpecialDay, from_texts, from_times
from ivr.open_time import ALWAYS, HoursError, Opening, OpenTime
from ivr.reason import Reason
from ivr.spans import Span, merged
from ivr.zones import DAY, even_stretches

__all__ = ["ALWAYS", "DayName", "Hours", "HoursError", "OpenTime", "Opening", "SpecialDay"]

SpecialDays = Callable[[int], Mapping[date, SpecialDay]]
"""Asked for a year, it answers the days of that year that are unlike their week."""
Week = Mapping[int, Pairs]
ClosedDays = SpecialDays | Mapping[date, SpecialDay]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SATURDAY = 5
GROUPS = {"every_day": range(7), "weekdays": range(SATURDAY), "weekend": range(SATURDAY, 7)}
NONE: Mapping[date, Any] = MappingProxyType({})


class Hours(OpenTime):
    """A week of opening intervals, less the closed days, with some days' own intervals.

    `week` maps weekdays (Monday is 0) to `(opens, closes)` pairs; a closing at 0:00 is the end
    of the day. `closed` has the holidays and half days, by date or by year. `special` gives
    dates their own intervals and goes before `closed`. `HoursError` says which day has intervals
    that overlap or end before they start.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        week: Week,
        closed: ClosedDays = NONE,
        special: Mapping[date, Pairs] = NONE,
    ) -> None:
        super().__init__()
        if strange := [day for day in week if day not in range(7)]:
            raise HoursError(f"weekday {strange[0]!r} is none of 0 (Monday) to 6 (Sunday)")
        self.zone = zone
        self._week = {day: from_times(pairs, WEEKDAYS[day]) for day, pairs in week.items()}
        self._closed = closed
        self._special = {
            day: SpecialDay(intervals=from_times(pairs, day.isoformat()))
            for day, pairs in special.items()
        }
        self._closed_by_year: dict[int, Mapping[date, SpecialDay]] = {}

    @classmethod
    def from_data(
        cls,
        data: Mapping[str, Any],
        zone: ZoneInfo,
        closed: ClosedDays = NONE,
        holidays: SpecialDays | None = None,
    ) -> Hours:
        """Hours out of TOML or JSON: the centre's own, or a contract's window.

        `data` maps "monday" to "sunday", "weekdays", "weekend" or "every_day" to intervals such
        as ["16:30-22:00"]; the narrower name wins. "holidays" gives the intervals on those of
        `holidays` that are closed all day, [] for none; without it they are like their week.
        """
        if strange := data.keys() - {*WEEKDAYS, *GROUPS, "holidays"}:
            raise HoursError(f"{min(strange)} is no day of the week")
        week: dict[int, tuple[Interval, ...]] = {}
        for name, days in [*GROUPS.items(), *((name, (i,)) for i, name in enumerate(WEEKDAYS))]:
            if name in data:
                week.update(dict.fromkeys(days, from_texts(data[name], name)))
        if "holidays" in data:
            if holidays is None:
                raise HoursError("holidays: no calendar says which days these are")
            closed = _on_holidays(holidays, from_texts(data["holidays"], "holidays"))
        return cls(zone, week, closed)

    def special_day(self, day: date) -> SpecialDay | None:
        """The holiday, closing day or half day that falls on that date."""
        if own := self._special.get(day):
            return own
        if not callable(self._closed):
            return self._closed.get(day)
        if day.year not in self._closed_by_year:
            self._closed_by_year[day.year] = self._closed(day.year)
        return self._closed_by_year[day.year].get(day)

    def usual(self, weekday: int) -> tuple[Interval, ...]:
        """The opening intervals of a weekday (Monday is 0) that is like its week."""
        return self._week.get(weekday, ())

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The opening intervals of a date, since midnight on the wall clock."""
        special = self.special_day(day)
        return special.intervals if special else self._week.get(day.weekday(), ())

    def spans(self, start: datetime, end: datetime) -> Iterable[Span]:
        return merged(self._cut(start, end))

    def _cut(self, start: datetime, end: datetime) -> Iterator[Span]:
        for since, until, offset in even_stretches(self.zone, start, end):
            for day in _dates((since + offset).date(), (until + offset).date()):
                midnight = datetime.combine(day, time(), UTC) - offset
                for opens, closes in self.intervals(day):
                    span = max(midnight + opens, since), min(midnight + closes, until)
                    if span[0] < span[1]:
                        yield span

    def why(self, at: datetime, until: datetime) -> Reason:
        facts = {"until": until.isoformat()}
        if self.is_open(at):
            return Reason("hours.open", facts)
        local = at.astimezone(self.zone)
        day, clock = local.date(), local.replace(tzinfo=None)
        facts["date"] = day.isoformat()
        intervals = self.intervals(day)
        special = self.special_day(day)
        if special and special.name:
            facts |= {"name_fr": special.name.fr, "name_en": special.name.en}
            return Reason("hours.closed_half_day" if intervals else "hours.closed_holiday", facts)
        if not intervals:
            weekend = day.weekday() >= SATURDAY
            return Reason("hours.closed_weekend" if weekend else "hours.closed_day", facts)
        return Reason(_part_of_day(intervals, clock - datetime.combine(day, time())), facts)


def _part_of_day(intervals: Sequence[Interval], clock: timedelta) -> str:
    if clock < intervals[0][0]:
        return "hours.closed_before_hours"
    return "hours.closed_after_hours" if clock >= intervals[-1][1] else "hours.closed_break"


def _on_holidays(holidays: SpecialDays, intervals: tuple[Interval, ...]) -> SpecialDays:
    """The whole holidays with these intervals; a half day stays like its week."""
    return lambda year: {
        day: SpecialDay(special.name, intervals)
        for day, special in holidays(year).items()
        if not special.intervals
    }


def _dates(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY
