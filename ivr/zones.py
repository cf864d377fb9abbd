"""Wall clocks and real time: what a local time means on the days when clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

DAY = timedelta(days=1)


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """The UTC moment at which a clock on the wall of `zone` shows the naive time `wall`.

    A time that clocks show twice means the first; one that they skip is read as if they had not
    yet moved (02:30 on a spring morning is 03:30), as iCalendar does (RFC 5545, 3.3.5).
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def exists(wall: datetime, zone: tzinfo) -> bool:
    """Whether clocks in `zone` ever show `wall`: false inside the hour that spring skips."""
    return instant(wall, zone).astimezone(zone).replace(tzinfo=None) == wall


def repeats(wall: datetime, zone: tzinfo) -> bool:
    """Whether clocks in `zone` show `wall` twice, as in the hour that autumn repeats."""
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return exists(wall, zone) and second != instant(wall, zone)


def even_stretches(
    zone: tzinfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cuts the UTC stretch [start, end) where the zone's clocks change: (from, to, UTC offset).

    Inside a stretch local time is UTC plus the offset, so that plain arithmetic is right.
    """
    since, here = start, start
    while here < end:
        ahead = min(here + DAY, end)
        if _offset(ahead, zone) != _offset(here, zone):
            change = _change_between(here, ahead, zone)
            if since < change:
                yield since, change, _offset(here, zone)
            since = change
        here = ahead
    if since < end:
        yield since, end, _offset(since, zone)


def _change_between(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The second at which the offset of `low` ends; `high` has another one."""
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=1) // 2)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


YEARS = range(2000, 2200)
"""What somebody types outside of them is a slip of the finger."""


def typed(text: str, zone: tzinfo) -> datetime | None:
    """The UTC moment of what a form's date-and-time field holds, on the clocks of `zone`; none
    where that is no moment, or an hour that spring leaves out."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None or local.year not in YEARS or not exists(local, zone):
        return None
    return instant(local, zone)
