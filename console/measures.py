"""What the line counts for Prometheus, at the moment of the question; no name, no number."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from ivr import last_rota, states
from ivr.database import reading
from ivr.models import Call, Heartbeat, Incident, Leg, Message

if TYPE_CHECKING:
    from line import Line

log = logging.getLogger("p1line.health")

HEARTBEATS = ("worker", "sweep")
STATES = states.OPEN
LATE = timedelta(seconds=60)
"""What is due is done within seconds; what waits longer waits for something that is broken."""
DAY = timedelta(hours=24)

Row = tuple[Sequence[str], float]


class LineCollector(Collector):
    """All measures of one line; an error of the database fails the scrape, as it should."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self._line.clock()
        with reading(self._line.sessions) as session:
            yield from _incidents(session, now, tuple(self._line.policy.priorities))
            yield _callbacks(session, now)
            yield _legs(session)
            yield _messages(session, now)
            yield _calls(session, now)
            ages = heartbeat_ages(session, now)
        yield _gauge(
            "p1line_heartbeat_age_seconds",
            "Seconds since a process said that it is alive; absent: never",
            ["process"],
            [([name], age) for name, age in ages.items() if age is not None],
        )
        age = last_rota.age(self._line.settings.fallback_dir, now)
        yield _gauge(
            "p1line_fallback_age_seconds",
            "Seconds since the last rota was kept for when the database is gone; absent: never",
            [],
            [] if age is None else [([], age)],
        )


def heartbeat_ages(session: Session, now: datetime) -> dict[str, float | None]:
    """Seconds since the worker and the sweep said that they are alive; none: never."""
    seen = {beat.name: beat.at for beat in session.scalars(select(Heartbeat))}
    return {
        name: round((now - seen[name]).total_seconds(), 3) if name in seen else None
        for name in HEARTBEATS
    }


def _incidents(
    session: Session, now: datetime, priorities: Sequence[str]
) -> Iterator[GaugeMetricFamily]:
    unmet = Incident.met_at.is_(None)
    overdue = _how_many(unmet & (Incident.due_at < now))
    rows = session.execute(
        select(Incident.priority, Incident.state, func.count(), overdue)
        .where(Incident.state.in_(STATES))
        .group_by(Incident.priority, Incident.state)
    ).all()
    found = {(priority, state): count for priority, state, count, _ in rows}
    every = [(priority, state) for priority in priorities for state in STATES]
    yield _gauge(
        "p1line_incidents_open",
        "Incidents by priority and state",
        ["priority", "state"],
        [(pair, found.get(pair, 0)) for pair in every],
    )
    late = {priority: sum(row[3] for row in rows if row[0] == priority) for priority in priorities}
    yield _gauge(
        "p1line_incidents_overdue",
        "Incidents whose promise is broken: not taken in charge in time, or the client not told",
        ["priority"],
        [([priority], count) for priority, count in late.items()],
    )


def _callbacks(session: Session, now: datetime) -> GaugeMetricFamily:
    at, until = Incident.callback_at, Incident.callback_claimed_until
    free = or_(until.is_(None), until <= now)
    row = session.execute(
        select(func.count(), _how_many(at <= now), _how_many((at <= now - LATE) & free)).where(
            at.is_not(None)
        )
    ).one()
    return _gauge(
        "p1line_callbacks",
        "Callbacks owed; of these, due now; of these, late by a minute with nobody at work on them",
        ["state"],
        list(zip((["owed"], ["due"], ["late"]), row, strict=True)),
    )


def _legs(session: Session) -> GaugeMetricFamily:
    rows = session.execute(
        select(Leg.kind, func.count())
        .where(Leg.state.in_(("placing", "ringing")), Leg.ended_at.is_(None))
        .group_by(Leg.kind)
    )
    return _gauge("p1line_legs_ringing", "Phones that ring now", ["kind"], _rows(rows))


def _messages(session: Session, now: datetime) -> GaugeMetricFamily:
    rows = session.execute(
        select(Message.channel, func.count())
        .where(Message.send_at <= now)
        .group_by(Message.channel)
    )
    return _gauge(
        "p1line_messages_waiting", "Messages due and not yet sent", ["channel"], _rows(rows)
    )


def _calls(session: Session, now: datetime) -> GaugeMetricFamily:
    outcome = case(
        (Call.ended_at.is_(None), "in_progress"),
        (Call.refused, "refused"),
        (Incident.id.is_not(None), "incident"),
        else_="nothing",
    )
    rows = session.execute(
        select(outcome, func.count())
        .outerjoin(Incident, Incident.call_id == Call.id)
        .where(Call.started_at > now - DAY)
        .group_by(outcome)
    )
    return _gauge(
        "p1line_calls_last_day", "Calls of the last 24 hours by outcome", ["outcome"], _rows(rows)
    )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _rows(found: Any) -> list[Row]:
    return [([str(label)], float(count)) for label, count in found]


def _gauge(
    name: str, words: str, labels: Sequence[str], rows: Sequence[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, count in rows:
        family.add_metric(list(values), count)
    return family
