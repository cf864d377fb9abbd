"""The days on which the centre is closed: Québec's statutory holidays and its own closing days.

Statutory days follow POLICY.md's end (Act respecting labour standards, s. 60; National Holiday
Act, s. 3): none moves by itself except 24 June and 1 July, each to the next day when a Sunday.
The dates and names come from the `holidays` package, without the moves that it adds by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import holidays

from ivr.days import DayName, SpecialDay

Easter = Literal["good_friday", "easter_monday"]
EASTER_NAMES: Mapping[Easter, str] = {
    "good_friday": "Good Friday",
    "easter_monday": "Easter Monday",
}
MOVES_FROM_SUNDAY = frozenset({(6, 24), (7, 1)})
SUNDAY = 6


@dataclass(frozen=True)
class ClosingDay:
    """A day that the operator adds: every year, or of one `year` only; half days have intervals."""

    month: int
    day: int
    special: SpecialDay
    year: int | None = None

    def date_in(self, year: int) -> date | None:
        """Its date in that year; None in another than its own, and for most 29 Februaries."""
        if self.year not in (None, year):
            return None
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@lru_cache(maxsize=256)
def statutory(year: int, easter: Easter = "good_friday") -> Mapping[date, DayName]:
    """Québec's statutory holidays of a year, by the dates on which they are observed.

    `easter` is the employer's choice of Good Friday or Easter Monday.
    """
    not_chosen = {name for choice, name in EASTER_NAMES.items() if choice != easter}
    french = _library(year, "fr", "optional") | _library(year, "fr", "public")
    return {
        _observed(day): DayName(french[day], name)
        for day, name in sorted(_statutory_unmoved(year).items())
        if name not in not_chosen
    }


def special_days(
    year: int, easter: Easter | None, closing_days: tuple[ClosingDay, ...]
) -> dict[date, SpecialDay]:
    """All days of a year that are unlike their week; without `easter` no statutory day is kept.

    What the operator says of a day goes before the statute, and one date before every year's.
    """
    days: dict[date, SpecialDay] = {}
    if easter is not None:
        days = {day: SpecialDay(name) for day, name in statutory(year, easter).items()}
    for closing in sorted(closing_days, key=lambda one: one.year is not None):
        if day := closing.date_in(year):
            days[day] = closing.special
    return days


def is_statutory(day: date, special: SpecialDay) -> bool:
    """Is it a holiday of the statute, and not a day that the operator adds?"""
    return any(statutory(day.year, easter).get(day) == special.name for easter in EASTER_NAMES)


def moved_from(day: date, special: SpecialDay) -> date | None:
    """The Sunday from which a holiday of the statute has moved to `day`; none: it has not."""
    before = day - timedelta(days=1)
    moves = is_statutory(day, special) and _observed(before) == day != before
    return before if moves else None


def _statutory_unmoved(year: int) -> dict[date, str]:
    """The statute's days with both of Easter's, which the package holds for public and optional."""
    optional = _library(year, "en_CA", "optional")
    easter = {day: name for day, name in optional.items() if name == EASTER_NAMES["easter_monday"]}
    return _library(year, "en_CA", "public") | easter


def _library(year: int, language: str, category: str) -> dict[date, str]:
    days = holidays.country_holidays(
        "CA", subdiv="QC", years=year, observed=False, language=language, categories=(category,)
    )
    return dict(days.items())


def _observed(day: date) -> date:
    moves = day.weekday() == SUNDAY and (day.month, day.day) in MOVES_FROM_SUNDAY
    return day + timedelta(days=1) if moves else day
