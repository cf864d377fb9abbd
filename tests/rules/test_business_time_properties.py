"""Business time held against an independent slow model that looks at the wall each minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ivr.hours import DayName, Hours, HoursError, SpecialDay

MINUTE = timedelta(minutes=1)
SPAN_DAYS = 7
MINUTES = SPAN_DAYS * 24 * 60

# Days on which clocks change: by an hour, by half an hour, at midnight, by skipping a whole day;
# and plain ones: a year's end, an odd offset.
STAGES = [
    ("America/Toronto", date(2026, 11, 1)),
    ("America/Toronto", date(2027, 3, 14)),
    ("America/Toronto", date(2027, 1, 1)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("Europe/Paris", date(2027, 3, 28)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
]

MinuteIntervals = list[tuple[int, int]]


@dataclass(frozen=True)
class Calendar:
    """What both sides are given: intervals in minutes since midnight on the wall."""

    zone: str
    middle: date
    week: Mapping[int, MinuteIntervals]
    closed: frozenset[date]
    special: Mapping[date, MinuteIntervals]

    def hours(self) -> Hours:
        return Hours(
            ZoneInfo(self.zone),
            {day: _times(intervals) for day, intervals in self.week.items()},
            closed={day: SpecialDay(DayName("Fermé", "Closed")) for day in self.closed},
            special={day: _times(intervals) for day, intervals in self.special.items()},
        )

    def start(self) -> datetime:
        midnight = datetime.combine(self.middle, datetime.min.time(), UTC)
        return midnight - timedelta(days=SPAN_DAYS // 2)

    def open_minutes(self) -> list[bool]:
        """The slow model: whether it is open in each minute of real time from `start`."""
        walls = _walls(self.zone, self.start())
        shown_open = {day: self._open_on_the_wall(day) for day in {day for day, _ in walls}}
        return [minute in shown_open[day] for day, minute in walls]

    def _open_on_the_wall(self, day: date) -> set[int]:
        if day in self.special:
            intervals = self.special[day]
        else:
            intervals = [] if day in self.closed else self.week.get(day.weekday(), [])
        return {minute for opens, closes in intervals for minute in range(opens, closes)}


@cache
def _walls(zone: str, start: datetime) -> list[tuple[date, int]]:
    """What the clock on the wall shows in each minute: its date, its minute of the day."""
    shown = [(start + n * MINUTE).astimezone(ZoneInfo(zone)) for n in range(MINUTES)]
    return [(wall.date(), wall.hour * 60 + wall.minute) for wall in shown]


def _times(intervals: MinuteIntervals) -> list[tuple[timedelta, timedelta]]:
    return [(timedelta(minutes=opens), timedelta(minutes=closes)) for opens, closes in intervals]


@st.composite
def _intervals(draw: st.DrawFn) -> MinuteIntervals:
    # Quarter hours, so that boundaries often meet each other and the change of the clocks.
    marks = draw(st.lists(st.integers(0, 96), min_size=0, max_size=6, unique=True))
    bounds = [mark * 15 for mark in sorted(marks)]
    return list(zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone, middle = draw(st.sampled_from(STAGES))
    near = st.integers(-SPAN_DAYS // 2, SPAN_DAYS // 2).map(lambda n: middle + timedelta(days=n))
    return Calendar(
        zone,
        middle,
        draw(st.dictionaries(st.integers(0, 6), _intervals(), min_size=4)),
        draw(st.frozensets(near, max_size=2)),
        draw(st.dictionaries(near, _intervals(), max_size=2)),
    )


minutes = st.integers(0, MINUTES - 1)
seconds = st.integers(0, 59)
slow = settings(max_examples=50, deadline=None)


@slow
@given(calendars(), minutes, seconds)
def test_open_and_its_next_change(calendar: Calendar, minute: int, second: int) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE + timedelta(seconds=second)
    opening = hours.opening_at(at)
    assert hours.is_open(at) is opening.open is model[minute]
    change = next((n for n in range(minute, len(model)) if model[n] != model[minute]), None)
    if change is not None:
        assert opening.until == calendar.start() + change * MINUTE
    elif opening.until is not None:
        assert opening.until >= calendar.start() + len(model) * MINUTE


@slow
@given(calendars(), minutes, minutes, seconds, seconds)
def test_between(calendar: Calendar, first: int, last: int, early: int, late: int) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    start = calendar.start() + first * MINUTE + timedelta(seconds=early)
    end = calendar.start() + last * MINUTE + timedelta(seconds=late)

    def passed(minute: int, second: int) -> int:
        return 60 * sum(model[:minute]) + (second if model[minute] else 0)

    expected = timedelta(seconds=passed(last, late) - passed(first, early))
    assert hours.between(start, end) == expected
    assert hours.between(end, start) == -expected


@slow
@given(calendars(), minutes, st.data())
def test_add(calendar: Calendar, minute: int, data: st.DataObject) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    assume(any(model[minute:]))
    duration = data.draw(st.integers(1, sum(model[minute:])))
    left, here = duration, minute
    while left > 0:
        left -= model[here]
        here += 1
    assert hours.add(at, duration * MINUTE) == calendar.start() + here * MINUTE
    assert hours.between(at, hours.add(at, duration * MINUTE)) == duration * MINUTE


@slow
@given(calendars(), minutes, st.data())
def test_subtract(calendar: Calendar, minute: int, data: st.DataObject) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    assume(any(model[:minute]))
    duration = data.draw(st.integers(1, sum(model[:minute])))
    left, here = duration, minute
    while left > 0:
        here -= 1
        left -= model[here]
    assert hours.add(at, -duration * MINUTE) == calendar.start() + here * MINUTE


@slow
@given(calendars(), minutes)
def test_next_open(calendar: Calendar, minute: int) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    assume(any(model[minute:]))
    opens = model.index(True, minute)
    assert hours.next_open(at) == calendar.start() + opens * MINUTE
    assert hours.add(at, timedelta()) == hours.next_open(at)


@slow
@given(calendars(), st.data())
def test_union_and_outside(calendar: Calendar, data: st.DataObject) -> None:
    other = Calendar(
        calendar.zone,
        calendar.middle,
        data.draw(st.dictionaries(st.integers(0, 6), _intervals(), min_size=1)),
        frozenset(),
        {},
    )
    first, second = calendar.open_minutes(), other.open_minutes()
    union = calendar.hours().union(other.hours())
    outside = calendar.hours().outside()
    end = calendar.start() + len(first) * MINUTE
    either = sum(a or b for a, b in zip(first, second, strict=True))
    assert union.between(calendar.start(), end) == either * MINUTE
    assert outside.between(calendar.start(), end) == (len(first) - sum(first)) * MINUTE
    for minute in data.draw(st.lists(minutes, min_size=5, max_size=20)):
        at = calendar.start() + minute * MINUTE
        assert union.is_open(at) is (first[minute] or second[minute])
        assert outside.is_open(at) is not first[minute]


@slow
@given(calendars(), minutes)
def test_hours_united_with_all_that_is_outside_them_are_all_the_time(
    calendar: Calendar, minute: int
) -> None:
    hours, at = calendar.hours(), calendar.start() + minute * MINUTE
    for whole in (hours.union(hours.outside()), hours.outside().union(hours)):
        assert whole.add(at, timedelta(hours=1)) == at + timedelta(hours=1)
        assert whole.opening_at(at).until is None


@slow
@given(calendars(), minutes, minutes)
def test_answers_do_not_depend_on_what_was_asked_before(
    calendar: Calendar, minute: int, other: int
) -> None:
    """The index grows forward and back; a fresh one must say the same."""
    asked, fresh = calendar.hours(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    far = calendar.start() + other * MINUTE
    asked.between(far - timedelta(days=1500), far - timedelta(days=700))
    asked.between(far, far + timedelta(days=800))
    assert asked.opening_at(at) == fresh.opening_at(at)
    try:
        expected = fresh.add(at, timedelta(hours=5))
    except HoursError:
        with pytest.raises(HoursError):
            asked.add(at, timedelta(hours=5))
    else:
        assert asked.add(at, timedelta(hours=5)) == expected
