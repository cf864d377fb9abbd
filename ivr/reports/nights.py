"""How long callers wait at night: from the first word of the line to a person who accepts.

A night is what lies outside regular hours. It counts where phones are to ring then: the extended
service's priorities (§1.1), and whoever else the line put through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select
from sqlalchemy.orm import Session

from ivr.models import Call, Incident, Leg
from ivr.policy import Policy
from ivr.reports import local
from ivr.reports.period import Period
from ivr.reports.promises import PROMISED

IN_CALL = ("hunt", "level")
"""Phones that ring while the caller holds."""
AGENTS = (*IN_CALL, "agent")
STEPS = (30, 60, 120, 300, 600, 1800)
"""Seconds: where the columns of the drawing end; the last one has no end."""


@dataclass(frozen=True)
class Waits:
    """The waits of one week, or of all; seconds, each counted so many times."""

    in_call: Counter[int] = field(default_factory=Counter)
    """Answered while the caller held."""
    later: Counter[int] = field(default_factory=Counter)
    """Answered in a callback."""
    never: int = 0
    """Nobody has accepted."""

    def __add__(self, other: Waits) -> Waits:
        return Waits(
            self.in_call + other.in_call, self.later + other.later, self.never + other.never
        )

    @property
    def answered(self) -> Counter[int]:
        return self.in_call + self.later

    @property
    def calls(self) -> int:
        return self.answered.total() + self.never

    def within(self, part: float) -> int | None:
        """The seconds in which this part of the answered ones was answered: 0.5 is the median."""
        return quantile(self.answered, part)

    @property
    def longest(self) -> int | None:
        return max(self.answered, default=None)

    def columns(self) -> list[tuple[int, int]]:
        """Of each step of `STEPS`, and what is beyond: answered in the call, and later."""
        return [
            (_between(self.in_call, low, high), _between(self.later, low, high))
            for low, high in _steps()
        ]


def quantile(counts: Mapping[int, int], part: float) -> int | None:
    """The smallest value that this part of all values does not exceed; none of no values."""
    wanted, seen = part * sum(counts.values()), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return None


def by_week(session: Session, policy: Policy, period: Period) -> dict[date, Waits]:
    """Each week of the period, in order."""
    found = {monday: Waits() for monday in period.weeks}
    for week, in_call, later, count in session.execute(_query(policy, period)):
        monday = local.monday_of(week)
        found[monday] += _waits(in_call, later, count)
    return found


def _waits(in_call: int | None, later: int | None, count: int) -> Waits:
    """Whoever accepted first answered: in the call, where both are."""
    if in_call is None and later is None:
        return Waits(never=count)
    if later is None or (in_call is not None and in_call <= later):
        return Waits(in_call=Counter({max(0, in_call or 0): count}))
    return Waits(later=Counter({max(0, later): count}))


def _query(policy: Policy, period: Period) -> Select[Any]:
    began = func.coalesce(Call.started_at, Incident.opened_at)
    week = local.week(Incident.opened_at.expression, period).label("week")
    in_call = (_accepted(IN_CALL) - local.epoch(began)).label("in_call")
    later = (_accepted(("agent",)) - local.epoch(began)).label("later")
    inner = (
        select(week, in_call, later)
        .select_from(Incident)
        .outerjoin(Call, Call.id == Incident.call_id)
        .where(
            Incident.opened_at >= period.start,
            Incident.opened_at < period.end,
            Incident.after_hours,
            PROMISED,
            _rings_at_night(policy),
        )
        .subquery()
    )
    columns = (inner.c.week, inner.c.in_call, inner.c.later)
    return select(*columns, func.count()).group_by(*columns)


def _accepted(kinds: tuple[str, ...]) -> ColumnElement[int]:
    """When the first agent accepted, by such a leg. The kind is no condition of the search, which
    would tempt a database to go by it rather than by the incident."""
    accepted = local.epoch(Leg.accepted_at)
    first = select(func.min(case((Leg.kind.in_(kinds), accepted), else_=null())))
    return first.where(Leg.incident_id == Incident.id).scalar_subquery()


def _rings_at_night(policy: Policy) -> ColumnElement[bool]:
    in_call = select(func.max(case((Leg.kind.in_(IN_CALL), 1), else_=0)))
    rang = in_call.where(Leg.incident_id == Incident.id).scalar_subquery() == 1
    served = and_(Incident.extended, Incident.priority.in_(policy.extended_priorities))
    return or_(served, rang)


def _steps() -> Iterator[tuple[int, float]]:
    low = 0
    for high in (*STEPS, float("inf")):
        yield low, high
        low = int(high) if high != float("inf") else low


def _between(counts: Mapping[int, int], low: int, high: float) -> int:
    return sum(count for seconds, count in counts.items() if low <= seconds < high)
