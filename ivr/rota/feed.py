"""Reads a calendar of shifts: PagerDuty's, Opsgenie's and Grafana's exports, or any iCalendar.

Recurring events are told one by one; times without a zone are the calendar's own, or the centre's.
Nothing of a calendar is trusted: its size and its repetitions are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from math import prod
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event

from ivr.reason import Reason
from ivr.rota.refusal import Refused
from ivr.spans import Span
from ivr.zones import instant

MOST_EVENTS = 5_000
MOST_A_DAY = 12
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_EMAIL = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+\.\w+")
_RANK = re.compile(r"\s*\[L(\d)\]\s*", re.IGNORECASE)
_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_SERIES = ("RRULE", "RDATE", "RECURRENCE-ID")
_TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")


@dataclass(frozen=True)
class FeedEvent:
    """One event that may be a shift; `span` is UTC."""

    summary: str
    span: Span
    uid: str = ""
    description: str = ""
    emails: tuple[str, ...] = ()
    """Of the people who attend it."""
    names: tuple[str, ...] = ()
    rank: int = 0
    """Grafana's [L0] to [L9] before the summary: of events at one time the highest counts."""


@dataclass(frozen=True)
class Unread:
    """An event that cannot be a shift, and why."""

    summary: str
    span: Span
    why: Reason


@dataclass(frozen=True)
class Feed:
    """The events of a calendar that touch some stretch of time, in order."""

    name: str
    """What the calendar calls itself; empty where it does not."""
    events: tuple[FeedEvent, ...]
    unread: tuple[Unread, ...]


def read(data: bytes, zone: ZoneInfo, start: datetime, end: datetime) -> Feed:
    """The events that touch [start, end); `zone` is the centre's.

    Raises `Refused` where it is no calendar, one of its events makes no sense, or there are more
    events than any rota has.
    """
    try:
        calendars = Calendar.from_ical(data, multiple=True)
        found = [
            event
            for calendar in calendars
            for event in _events(calendar, _zone(calendar, zone), start, end)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Refused("rota.feed_unreadable", detail=str(error)[:200]) from error
    if not calendars:
        raise Refused("rota.feed_unreadable", detail="VCALENDAR?")
    name = next((str(one["X-WR-CALNAME"]) for one in calendars if "X-WR-CALNAME" in one), "")
    events = sorted(
        (one for one in found if isinstance(one, FeedEvent)), key=lambda event: event.span
    )
    return Feed(name.strip(), tuple(events), tuple(one for one in found if isinstance(one, Unread)))


def _events(
    calendar: Calendar, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterable[FeedEvent | Unread]:
    """Each event that touches [start, end), told once."""
    if len(calendar.walk("VEVENT")) > MOST_EVENTS or _repeats_without_measure(calendar):
        raise Refused("rota.feed_too_many", most=MOST_EVENTS)
    single, repeated = _parted(calendar)
    found: dict[tuple[Span, str, str], FeedEvent | Unread] = {}
    for event in chain(single, _occurrences(repeated, start, end)):
        span = _moment(event.start, zone), _moment(event.end, zone)
        if span[0] < end and span[1] > start and event.get("STATUS") != "CANCELLED":
            key = span, str(event.get("UID", "")), str(event.get("SUMMARY", ""))
            found.setdefault(key, _event(event, span))
        if len(found) > MOST_EVENTS:
            raise Refused("rota.feed_too_many", most=MOST_EVENTS)
    return found.values()


def _parted(calendar: Calendar) -> tuple[list[Event], Calendar]:
    """The events that happen once, and the calendar with the others.

    What expands repetitions turns UTC into the wall clock of X-WR-TIMEZONE, where the hour that
    autumn repeats is lost: a moment that needs no expansion is not sent through it.
    """
    events = calendar.events
    series = {str(event.get("UID")) for event in events if any(one in event for one in _SERIES)}
    single = [event for event in events if str(event.get("UID")) not in series]
    taken = {id(event) for event in single}
    calendar.subcomponents = [one for one in calendar.subcomponents if id(one) not in taken]
    return single, calendar


def _occurrences(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Event]:
    """Week by week, so that a calendar of endless repetitions is refused and not expanded."""
    query = recurring_ical_events.of(calendar)
    week = start - _DAY  # a whole day of another zone may begin before
    while week < end:
        yield from query.between(week, week + _WEEK)
        week += _WEEK


def _repeats_without_measure(calendar: Calendar) -> bool:
    """No shift begins every hour: such a rule would be expanded for hours."""
    rules = [rule for event in calendar.walk("VEVENT") for rule in _several(event.get("RRULE"))]
    return any(
        _TOO_OFTEN & {str(one).upper() for one in rule.get("FREQ", ())}
        or prod(len(rule.get(part, ())) or 1 for part in _TIMES) > MOST_A_DAY
        for rule in rules
    )


def _event(event: Event, span: Span) -> FeedEvent | Unread:
    summary = " ".join(str(event.get("SUMMARY", "")).split())
    if span[0] >= span[1]:
        return Unread(summary, span, Reason("rota.event_empty"))
    attendees = _several(event.get("ATTENDEE"))
    rank = _RANK.match(summary)
    return FeedEvent(
        summary=summary[rank.end() :] if rank else summary,
        span=span,
        uid=str(event.get("UID", "")),
        description=str(event.get("DESCRIPTION", "")),
        emails=tuple(_address(attendee) for attendee in attendees),
        names=tuple(
            str(attendee.params["CN"]) for attendee in attendees if "CN" in attendee.params
        ),
        rank=int(rank.group(1)) if rank else 0,
    )


def emails_in(text: str) -> tuple[str, ...]:
    """The e-mail addresses that stand in a text, in order, in small letters."""
    return tuple(dict.fromkeys(found.rstrip(".").lower() for found in _EMAIL.findall(text)))


def _address(attendee: Any) -> str:
    return str(attendee).strip().lower().removeprefix("mailto:")


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _zone(calendar: Calendar, zone: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(str(calendar.get("X-WR-TIMEZONE", zone.key)))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return zone


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """Whole days begin at midnight on the wall clock; so do times without a zone tick there."""
    if not isinstance(value, datetime):
        return instant(datetime.combine(value, time()), zone)
    return value.astimezone(UTC) if value.tzinfo else instant(value, zone)
