"""Calls, incidents and the promise of §4, met or broken and why: by week, client, product, hour.

An incident counts on the day it was opened. A refused call, and a call about a known file, made
no promise of their own: they count as calls alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from ivr.causes import Cause
from ivr.database import UtcDateTime
from ivr.models import Call, Client, Incident
from ivr.reports import local
from ivr.reports.period import Period

By = Literal["week", "client", "product", "priority", "hour"]
BY: tuple[By, ...] = get_args(By)
Key = date | int | str | None
"""The Monday of a week, a client's id, a product, a priority, an hour; none: not known."""
CAUSES = tuple(cause.value for cause in Cause)
UNKNOWN = "unknown"
"""The promise was broken so lately that its cause is not established yet."""

PROMISED = and_(
    Incident.state != "refused",
    or_(Incident.closed_how.is_(None), Incident.closed_how != "joined"),
)
"""The incidents that promise something of their own."""


@dataclass(frozen=True)
class Row:
    """`incidents` are those met, late and pending together; `causes` are those of the late."""

    key: Key
    calls: int = 0
    incidents: int = 0
    met: int = 0
    late: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """Their time is not up."""
        return self.incidents - self.met - self.late

    @property
    def kept(self) -> float | None:
        """The part of the promises that were kept, of those whose time is up."""
        judged = self.met + self.late
        return self.met / judged if judged else None


def rows(session: Session, period: Period, by: Sequence[By], now: datetime) -> dict[By, list[Row]]:
    """The counts by each of `by`, all of them in one look at the period's rows.

    Weeks, hours and priorities come in order, weeks and hours without a gap; the rest the most
    first.
    """
    tallies: dict[By, dict[Key, Tally]] = {each: defaultdict(Tally) for each in by}
    for *keys, count in session.execute(_calls(period, by)):
        for each, key in zip(by, keys, strict=True):
            tallies[each][_read(each, key)].calls += count
    for *keys, verdict, count in session.execute(_incidents(period, by, now)):
        for each, key in zip(by, keys, strict=True):
            tallies[each][_read(each, key)].verdicts[verdict] += count
    return {each: _in_order(each, tallies[each], period) for each in by}


@dataclass
class Tally:
    """What one row is added up from; `verdicts` by "met", "pending" and the causes."""

    calls: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def row(self, key: Key) -> Row:
        causes = {
            cause: self.verdicts[cause] for cause in (*CAUSES, UNKNOWN) if self.verdicts[cause]
        }
        late, met = sum(causes.values()), self.verdicts["met"]
        return Row(key, self.calls, self.verdicts.total(), met, late, causes)


def _in_order(by: By, tallies: Mapping[Key, Tally], period: Period) -> list[Row]:
    found = {key: tally.row(key) for key, tally in tallies.items()}
    if by == "week":
        return [found.get(monday, Row(monday)) for monday in period.weeks]
    if by == "hour":
        return [found.get(hour, Row(hour)) for hour in range(24)]
    if by == "priority":
        return sorted(found.values(), key=lambda row: str(row.key or "~"))
    return sorted(found.values(), key=lambda row: (-row.incidents, -row.calls, str(row.key)))


def total(rows: list[Row]) -> Row:
    """All rows as one."""
    causes = {cause: sum(row.causes.get(cause, 0) for row in rows) for cause in (*CAUSES, UNKNOWN)}
    return Row(
        None,
        sum(row.calls for row in rows),
        sum(row.incidents for row in rows),
        sum(row.met for row in rows),
        sum(row.late for row in rows),
        {cause: count for cause, count in causes.items() if count},
    )


def calls_by_hour_of_week(session: Session, period: Period) -> list[list[int]]:
    """Seven days from Monday on, of 24 hours each."""
    day, hour = (part(Call.started_at, period) for part in (local.weekday, local.hour))
    counts = [[0] * 24 for _ in range(7)]
    query = select(day, hour, func.count()).where(*_within(Call.started_at, period))
    for weekday, oclock, count in session.execute(query.group_by(day, hour)):
        counts[weekday][oclock] = count
    return counts


def names_of(session: Session, rows: list[Row]) -> dict[Key, Client]:
    """The clients whose ids are the rows' keys."""
    ids = [row.key for row in rows if isinstance(row.key, int)]
    found: dict[Key, Client] = {}
    for place in range(0, len(ids), 500):
        some = select(Client).where(Client.id.in_(ids[place : place + 500]))
        found |= {client.id: client for client in session.scalars(some)}
    return found


def _incidents(period: Period, by: Sequence[By], now: datetime) -> Select[*tuple[Any, ...]]:
    late = func.coalesce(Incident.met_at, literal(now, UtcDateTime())) > Incident.due_at
    verdict = case(
        (late, func.coalesce(Incident.breach_cause, UNKNOWN)),
        (Incident.met_at.is_(None), "pending"),
        else_="met",
    ).label("verdict")
    keys = [_key(each, Incident.opened_at, Incident.client_id, period) for each in by]
    found: Select[*tuple[Any, ...]] = select(*keys, verdict, func.count())
    return found.where(*_within(Incident.opened_at, period), PROMISED).group_by(*keys, verdict)


def _calls(period: Period, by: Sequence[By]) -> Select[*tuple[Any, ...]]:
    """What a call was about is known by its incident alone."""
    keys = [_key(each, Call.started_at, Call.client_id, period) for each in by]
    found: Select[*tuple[Any, ...]] = select(*keys, func.count()).select_from(Call)
    if {"product", "priority"} & set(by):
        found = found.outerjoin(Incident, Incident.call_id == Call.id)
    return found.where(*_within(Call.started_at, period)).group_by(*keys)


def _key(by: By, moment: Any, client: Any, period: Period) -> ColumnElement[Any]:
    match by:
        case "week":
            return local.week(moment, period).label("week")
        case "hour":
            return local.hour(moment, period).label("hour")
        case "client":
            found: ColumnElement[Any] = client
            return found
        case "product":
            return Incident.product.expression
        case "priority":
            return Incident.priority.expression


def _read(by: By, found: Any) -> Key:
    return local.monday_of(found) if by == "week" else found


def _within(moment: Any, period: Period) -> tuple[ColumnElement[bool], ...]:
    return moment >= period.start, moment < period.end
