"""An independent slow model of business time, which looks at the wall each minute, and calendars
for it, over the days on which clocks change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from ivr.hours import DayName, Hours, SpecialDay

MINUTE = timedelta(minutes=1)
SPAN_DAYS = 7
MINUTES = SPAN_DAYS * 24 * 60

# Days on which clocks change: by an hour, by half an hour, at midnight, by skipping a whole day;
# and plain ones: a year's end, an odd offset.
STAGES = [
    ("America/Toronto", date(2026, 11, 1)),
    ("America/Toronto", date(2027, 3, 14)),
    ("America/Toronto", date(2027, 1, 1)),
    ("America/St_Johns", date(2026, 11, 1)),
    ("America/St_Johns", date(2027, 3, 14)),
    ("Pacific/Auckland", date(2027, 4, 4)),
    ("Pacific/Auckland", date(2026, 9, 27)),
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
def intervals(draw: st.DrawFn) -> MinuteIntervals:
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
        draw(st.dictionaries(st.integers(0, 6), intervals(), min_size=4)),
        draw(st.frozensets(near, max_size=2)),
        draw(st.dictionaries(near, intervals(), max_size=2)),
    )
