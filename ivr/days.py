"""One day's opening intervals: what they are, and how they are read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import pairwise
from typing import NamedTuple

from ivr.open_time import HoursError

Interval = tuple[timedelta, timedelta]
"""Opening and closing, each since midnight on the wall clock: 24:00 is a time like any other."""
Pairs = Iterable[tuple[time | timedelta, time | timedelta]]

END_OF_DAY = timedelta(days=1)
_CLOCK = r"(\d{1,2})(?::(?=\d)|\s*h\s*)(\d{2})?(?::(\d{2}))?"
_INTERVAL = re.compile(rf"\s*{_CLOCK}\s*[-–]\s*{_CLOCK}\s*")


class DayName(NamedTuple):
    """What a day is called, in each language."""

    fr: str
    en: str


@dataclass(frozen=True)
class SpecialDay:
    """A day unlike its week: its own opening intervals, none where it is closed."""

    name: DayName | None = None
    intervals: tuple[Interval, ...] = ()


def from_times(pairs: Pairs, where: str) -> tuple[Interval, ...]:
    """The intervals of `(opens, closes)` pairs; a closing at 0:00 is the end of the day, 24:00."""
    return checked(
        (
            (_since_midnight(opens), _since_midnight(closes) or END_OF_DAY)
            for opens, closes in pairs
        ),
        where,
    )


def from_texts(texts: object, where: str) -> tuple[Interval, ...]:
    """The intervals of texts such as "8:00-12:00" or "13 h 30-24 h"; `HoursError` says where."""
    if not isinstance(texts, Sequence) or isinstance(texts, str):
        raise HoursError(f'{where}: a list of intervals such as ["8:00-12:00"] belongs here')
    return checked([_read(text, where) for text in texts], where)


def checked(intervals: Iterable[Interval], where: str) -> tuple[Interval, ...]:
    """The intervals in order; `HoursError` where one ends before it starts or two overlap."""
    ordered = sorted(intervals)
    for opens, closes in ordered:
        if opens >= closes:
            raise HoursError(
                f"{where}: {shown(opens)}-{shown(closes)} ends before it starts; hours that run "
                "over midnight are two intervals, one of each day"
            )
    for (_, closes), (opens, _) in pairwise(ordered):
        if opens < closes:
            raise HoursError(
                f"{where}: two intervals overlap, one until {shown(closes)} "
                f"and one from {shown(opens)}"
            )
    return tuple(ordered)


def shown(time_of_day: timedelta) -> str:
    """The wall clock's time, 8:00 or 24:00, for messages to operators."""
    minutes, seconds = divmod(int(time_of_day.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _read(text: object, where: str) -> Interval:
    match = _INTERVAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise HoursError(f'{where}: {text!r} is no interval such as "8:00-16:30"')
    parts = [int(part or 0) for part in match.groups()]
    opens, closes = _time_of_day(parts[:3]), _time_of_day(parts[3:])
    if opens is None or closes is None:
        raise HoursError(f"{where}: {text!r} names a time that no day has")
    return opens, closes


def _time_of_day(parts: Sequence[int]) -> timedelta | None:
    hours, minutes, seconds = parts
    if minutes > 59 or seconds > 59:
        return None
    read = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return read if read <= END_OF_DAY else None


def _since_midnight(clock: time | timedelta) -> timedelta:
    if isinstance(clock, timedelta):
        return clock
    if clock.tzinfo is not None:
        raise HoursError(f"{clock.isoformat()}: opening times are the wall clock's, with no zone")
    return timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )
