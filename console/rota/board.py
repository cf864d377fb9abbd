"""The rota drawn: weeks of seven days, a row for each level, a bar for each who is on call.

Pure but for what it is given; places are wall clock, so that a day is as wide as any other, also
where clocks change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.days import DayName
from ivr.hours import Hours
from ivr.rota.gaps import Gap
from ivr.rota.order import Rota
from ivr.rota.stretches import Duty
from ivr.scene import Scene
from ivr.spans import Span
from ivr.zones import instant

DAYS = 7
DAY = timedelta(days=1)
STEP = 5
"""Minutes: bars are drawn to within so many."""


@dataclass(frozen=True)
class Bar:
    """Somebody on call, or nobody, inside one week (UTC, half-open)."""

    start: datetime
    end: datetime
    agent: int | None
    """None: a gap."""
    duty: Duty | None = None
    gap: Gap | None = None
    products: tuple[str, ...] = ()
    """Those that it is for; empty: all."""
    lane: int = 0
    where: str = ""
    """The classes that place it in its week."""
    cut_before: bool = False
    cut_after: bool = False

    @property
    def rule(self) -> str:
        """ "layer", "shift", "override"."""
        return self.duty.place.rule.partition(" ")[0] if self.duty else "gap"

    @property
    def is_by_hand(self) -> bool:
        """Its hours can be changed as such: a calendar's shift is the calendar's."""
        if self.duty is None or self.rule == "layer":
            return False
        return "feed" not in self.duty.place.why.facts

    @property
    def replaced(self) -> int | None:
        """Whom an override replaces."""
        facts = self.duty.place.why.facts if self.duty else {}
        found = facts.get("replaced")
        return found if isinstance(found, int) else None


@dataclass(frozen=True)
class Row:
    level: str
    bars: tuple[Bar, ...]
    lanes: int
    handover: int
    """Minutes after midnight at which turns of this level change: where a drag of days snaps to."""


@dataclass(frozen=True)
class Day:
    date: date
    name: DayName | None
    """Of the holiday or closing day."""
    today: bool
    outside: bool
    """Of another month than the one that is shown."""


@dataclass(frozen=True)
class Week:
    """`open` and `now` are classes of place: the regular hours, and this moment in it."""

    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    start: datetime
    open: tuple[str, ...]
    now: str | None


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()), zone)


def weeks(
    scene: Scene,
    first: date,
    count: int,
    rota: Rota,
    duties: Sequence[Duty],
    gaps: Sequence[Gap],
    month: int | None = None,
) -> list[Week]:
    """`count` weeks from the Monday `first` on; `month`: the others' days are dimmed."""
    made = []
    for number in range(count):
        begins = first + number * DAYS * DAY
        made.append(_week(scene, begins, rota, duties, gaps, month))
    return made


def _week(
    scene: Scene,
    first: date,
    rota: Rota,
    duties: Sequence[Duty],
    gaps: Sequence[Gap],
    month: int | None,
) -> Week:
    zone = scene.policy.zone
    week = midnight(first, zone), midnight(first + DAYS * DAY, zone)
    bars: dict[str, list[Bar]] = {name: [] for name in rota.in_use()}
    scopes = {f"layer {one.id}": one.scope for one in rota.layers}
    scopes |= {f"shift {one.id}": one.scope for one in rota.shifts}
    for duty in duties:
        if duty.level != rota.everyone and _touches(duty.start, duty.end, week):
            scope = scopes.get(duty.place.rule)
            products = tuple(sorted(scope.products)) if scope else ()
            bar = Bar(duty.start, duty.end, duty.place.agent, duty=duty, products=products)
            bars.setdefault(duty.level, []).append(bar)
    for gap in gaps:
        if _touches(gap.start, gap.end, week):
            bar = Bar(gap.start, gap.end, None, gap=gap, products=gap.products)
            bars.setdefault(gap.level, []).append(bar)
    today = scene.now.astimezone(zone).date()
    days = tuple(_day(scene.policy.hours, first + n * DAY, today, month) for n in range(DAYS))
    rows = tuple(_row(rota, name, bars[name], week, zone) for name in rota.levels if name in bars)
    opening = scene.policy.hours.openings(*week)
    now = _place(scene.now, scene.now, week, zone) if week[0] <= scene.now < week[1] else None
    return Week(days, rows, week[0], tuple(_place(*one, week, zone) for one in opening), now)


def _day(hours: Hours, day: date, today: date, month: int | None) -> Day:
    special = hours.special_day(day)
    name = special.name if special else None
    return Day(day, name, day == today, month is not None and day.month != month)


def _row(rota: Rota, level: str, bars: list[Bar], week: Span, zone: ZoneInfo) -> Row:
    placed = tuple(_in_lanes(_cut(bar, week, zone) for bar in bars))
    lanes = 1 + max((bar.lane for bar in placed), default=0)
    layer = next((one for one in reversed(rota.layers) if one.level == level), None)
    at = layer.turns.handover if layer else time()
    return Row(level, placed, lanes, at.hour * 60 + at.minute)


def _cut(bar: Bar, week: Span, zone: ZoneInfo) -> Bar:
    start, end = max(bar.start, week[0]), min(bar.end, week[1])
    return replace(
        bar,
        start=start,
        end=end,
        cut_before=bar.start < week[0],
        cut_after=bar.end > week[1],
        where=_place(start, end, week, zone),
    )


def _in_lanes(bars: Iterable[Bar]) -> Iterator[Bar]:
    """Those at one time stand below one another."""
    free: list[datetime] = []
    for bar in sorted(bars, key=lambda one: (one.start, one.agent is None, one.end)):
        lane = next((n for n, until in enumerate(free) if until <= bar.start), len(free))
        free[lane:] = [bar.end, *free[lane + 1 :]]
        yield replace(bar, lane=lane)


def _place(start: datetime, end: datetime, week: Span, zone: ZoneInfo) -> str:
    """Where in the week it begins (day, hour, minute) and ends: no page holds a style of its own.

    The end may be the week's own, which is the first hour of an eighth day.
    """
    day, hour, minute = _wall(start, week, zone)
    last, until, cut = _wall(end, week, zone)
    return f"d{day} h{hour} m{minute} e{last} k{until} l{cut}"


def _wall(at: datetime, week: Span, zone: ZoneInfo) -> tuple[int, int, int]:
    local, first = at.astimezone(zone), week[0].astimezone(zone).date()
    return (local.date() - first).days, local.hour, local.minute // STEP * STEP


def _touches(start: datetime, end: datetime, week: Span) -> bool:
    return start < week[1] and end > week[0]
