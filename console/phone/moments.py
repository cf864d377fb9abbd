"""The moments to which the clock is put with one press: aware, in the centre's own time."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from ivr.hours import Hours

MONDAY, SATURDAY = 0, 5
NIGHT, MORNING, FORENOON = time(2), time(8), time(10)
MOST_DAYS = 60


def next_weekday(now: datetime, hours: Hours, weekday: int, at: time) -> datetime:
    """The first such day, at that time, which is still to come."""
    local = now.astimezone(hours.zone)
    day = local.date() + timedelta(days=(weekday - local.weekday()) % 7)
    moment = datetime.combine(day, at, hours.zone)
    if moment > now:
        return moment
    return datetime.combine(day + timedelta(days=7), at, hours.zone)


def in_hours(now: datetime, hours: Hours) -> datetime:
    """The next forenoon on which the centre is open; its next opening, where it has none."""
    day = now.astimezone(hours.zone).date()
    for ahead in range(MOST_DAYS):
        moment = datetime.combine(day + timedelta(days=ahead), FORENOON, hours.zone)
        if moment > now and hours.is_open(moment):
            return moment
    return hours.next_open(now)
