"""Labour checks: who works too long, rests too little, or was told too late (N-1.1).

The figures stand in policy.toml, [rota.labour]. What counts as work: the time from accepting a
call to its end, always; the turns and shifts of the levels that `counted_levels` names; and, where
it names "desk", the regular hours of whoever is in the desk's hunt group. Being on call at home is
not work unless called (s. 57), so that by default no level of the rota counts. A warning is
something for a manager to look at, not a judgment: the Act has exceptions (s. 59.0.1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.policy_parts import Labour
from ivr.reason import Reason
from ivr.rota.stretches import Duty
from ivr.spans import Span, gaps, merged
from ivr.zones import instant

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Finding:
    """A figure that one agent's work does not keep, from `start` to `end` (UTC)."""

    start: datetime
    end: datetime
    agent: int
    key: str
    seconds: int
    limit: int
    """Seconds: of work that are too many, of rest or notice that are too few; and the figure."""

    @property
    def why(self) -> Reason:
        facts = {"agent": self.agent, "seconds": self.seconds, "limit": self.limit}
        moments = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return Reason(self.key, {**facts, **moments})


def reach(start: datetime, end: datetime, labour: Labour, zone: ZoneInfo) -> Span:
    """What has to be known of work to judge [start, end): its weeks, and a little around them."""
    weeks = list(_weeks(start, end, labour, zone))
    return weeks[0][0] - DAY, weeks[-1][1] + labour.weekly_rest


def counted(duties: Iterable[Duty], levels: Collection[str]) -> dict[int, list[Span]]:
    """When each agent has the turn or shift at one of `levels`; backups do not count."""
    work: dict[int, list[Span]] = {}
    for duty in duties:
        if duty.level in levels:
            work.setdefault(duty.place.agent, []).append((duty.start, duty.end))
    return work


def overwork(
    work: Mapping[int, Sequence[Span]],
    start: datetime,
    end: datetime,
    labour: Labour,
    zone: ZoneInfo,
) -> list[Finding]:
    """What in [start, end) breaks a figure, for each agent; `work` covers its whole weeks."""
    found: list[Finding] = []
    for agent, spans in work.items():
        mine = list(merged(sorted(spans)))
        found += _long_days(agent, mine, labour)
        for week in _weeks(start, end, labour, zone):
            found += _long_week(agent, mine, week, labour)
            found += _short_rest(agent, mine, week, labour)
    return sorted(one for one in found if one.start < end and one.end > start)


def late_notice(
    duties: Iterable[Duty], start: datetime, labour: Labour, zone: ZoneInfo
) -> list[Finding]:
    """Turns and shifts from `start` on that were made known too few days ahead (s. 59.0.1)."""
    found = []
    for duty in duties:
        known = duty.place.entered_at
        wall = max(known, EPOCH).astimezone(zone).replace(tzinfo=None)
        if start <= duty.start < instant(wall + labour.notice, zone):
            ahead = max(duty.start - known, timedelta())
            span = duty.start, duty.end
            found.append(_finding("rota.late_notice", duty.place.agent, span, ahead, labour.notice))
    return sorted(found)


def _long_days(agent: int, work: Sequence[Span], labour: Labour) -> Iterator[Finding]:
    """Every 24 hours that hold too much work; those that overlap are one finding, the worst.

    Work is greatest in a day that begins with a piece of work or ends with one.
    """
    days = [(since, since + DAY) for since, _ in work]
    days += [(until - DAY, until) for _, until in work]
    for since, until in work:
        days += [(since + n * DAY, since + (n + 1) * DAY) for n in range(1, (until - since) // DAY)]
    sums = {day: _worked(work, day) for day in sorted(days)}
    broken = {day: worked for day, worked in sums.items() if worked > labour.longest_day}
    for joined in merged(broken):
        worst = max(worked for day, worked in broken.items() if joined[0] <= day[0] < joined[1])
        yield _finding("rota.long_day", agent, joined, worst, labour.longest_day)


def _long_week(agent: int, work: Sequence[Span], week: Span, labour: Labour) -> Iterator[Finding]:
    worked = _worked(work, week)
    if worked > labour.longest_week:
        yield _finding("rota.long_week", agent, week, worked, labour.longest_week)


def _short_rest(agent: int, work: Sequence[Span], week: Span, labour: Labour) -> Iterator[Finding]:
    """A rest that begins in the week may run into the next one; one begun before counts from it."""
    start, end = week
    rests = gaps((span for span in work if span[1] > start), start, end + labour.weekly_rest)
    longest = max((until - since for since, until in rests if since < end), default=timedelta())
    if longest < labour.weekly_rest:
        yield _finding("rota.short_rest", agent, week, longest, labour.weekly_rest)


def _finding(key: str, agent: int, span: Span, seconds: timedelta, limit: timedelta) -> Finding:
    return Finding(*span, agent, key, _seconds(seconds), _seconds(limit))


def _worked(work: Sequence[Span], window: Span) -> timedelta:
    inside = (min(end, window[1]) - max(start, window[0]) for start, end in work)
    return sum((piece for piece in inside if piece > timedelta()), timedelta())


def _weeks(start: datetime, end: datetime, labour: Labour, zone: ZoneInfo) -> Iterator[Span]:
    """The weeks that touch [start, end), from midnight to midnight on the wall clock."""
    day = start.astimezone(zone).date()
    day -= timedelta(days=(day.weekday() - labour.week_starts) % 7)
    while True:
        week = _midnight(day, zone), _midnight(day + WEEK, zone)
        if week[0] >= end:
            return
        yield week
        day += WEEK


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()), zone)


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
