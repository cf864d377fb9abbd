"""The days that a report is about, in the centre's time; weeks begin on Monday."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.incidents import Refused
from ivr.reason import Reason
from ivr.zones import DAY, instant

WEEK = timedelta(weeks=1)
USUAL = 8
"""Weeks, this one among them."""
LONGEST = timedelta(days=731)
"""Two years: more is a question for the database itself."""


@dataclass(frozen=True)
class Period:
    """From the first moment of `first` to the last of `last`, both days of `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return instant(datetime.combine(self.first, time()), self.zone)

    @property
    def end(self) -> datetime:
        """The first moment that is no more of it."""
        return instant(datetime.combine(self.last + DAY, time()), self.zone)

    @property
    def weeks(self) -> tuple[date, ...]:
        """The Mondays of the weeks of which it has a day."""
        return tuple(_days(monday(self.first), self.last, WEEK))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def usual(today: date, zone: ZoneInfo) -> Period:
    """This week as far as it has come, and the seven before."""
    return Period(monday(today) - (USUAL - 1) * WEEK, today, zone)


def last_month(today: date, zone: ZoneInfo) -> Period:
    """The last whole month: that of an invoice."""
    last = today.replace(day=1) - DAY
    return Period(last.replace(day=1), last, zone)


def this_month(today: date, zone: ZoneInfo) -> Period:
    return Period(today.replace(day=1), today, zone)


def year(today: date, zone: ZoneInfo) -> Period:
    """This week, and the 51 before."""
    return Period(monday(today) - 51 * WEEK, today, zone)


def read(first: str, last: str, today: date, zone: ZoneInfo) -> Period:
    """The period of two dates as ISO 8601 writes them; what is left empty is as usual.

    Raises `Refused` for what is no date, for an end before its start, and for more than two years.
    """
    given = Period(
        _date(first) or usual(today, zone).first,
        _date(last) or today,
        zone,
    )
    if given.last < given.first:
        raise Refused(Reason("reports.backwards"))
    if given.last - given.first > LONGEST:
        raise Refused(Reason("reports.too_long"))
    return given


def monday(day: date) -> date:
    """That of the day's week."""
    return day - timedelta(days=day.weekday())


def _date(text: str) -> date | None:
    """None where nothing is given. The years are those that every database's clock knows."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(Reason("reports.no_date")) from error
    if not 2000 <= day.year <= 2200:
        raise Refused(Reason("reports.no_date"))
    return day


def _days(first: date, last: date, step: timedelta) -> Iterator[date]:
    while first <= last:
        yield first
        first += step
