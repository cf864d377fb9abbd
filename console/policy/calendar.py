"""The week's opening hours, and the days of the coming year that are unlike their week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ivr.days import END_OF_DAY, Interval, SpecialDay
from ivr.holidays_observed import is_statutory, moved_from
from ivr.hours import SATURDAY
from ivr.policy import Policy
from ivr.zones import DAY

A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Weekday:
    """0 is Monday. `bars`: where each interval begins and how long it is, in parts of 24."""

    number: int
    intervals: Sequence[Interval]

    @property
    def bars(self) -> list[tuple[float, float]]:
        return [(_hours(opens), _hours(closes - opens)) for opens, closes in self.intervals]


@dataclass(frozen=True)
class Unlike:
    """A holiday, a closing day or a half day."""

    day: date
    special: SpecialDay
    statutory: bool
    moved_from: date | None
    """The Sunday from which the statute has moved it."""

    @property
    def on_weekend(self) -> bool:
        return self.day.weekday() >= SATURDAY


def week(policy: Policy) -> list[Weekday]:
    return [Weekday(number, policy.hours.usual(number)) for number in range(7)]


def coming(policy: Policy, today: date) -> list[Unlike]:
    """Those of the year that begins today, in order."""
    return [
        Unlike(day, special, is_statutory(day, special), moved_from(day, special))
        for day, special in _special_days(policy, today)
    ]


def _special_days(policy: Policy, today: date) -> Iterator[tuple[date, SpecialDay]]:
    end = today + A_YEAR
    for year in range(today.year, end.year + 1):
        for day, special in sorted(policy.special_days(year).items()):
            if today <= day < end:
                yield day, special


def is_all_day(interval: Interval) -> bool:
    return interval == (timedelta(), END_OF_DAY)


def until(day: date, today: date) -> int:
    """Days from today."""
    return (day - today) // DAY


def _hours(length: timedelta) -> float:
    return round(length / timedelta(hours=1), 4)
