"""When nothing of ours could ring anybody: what a missed promise is explained with afterwards (§4).

Worker and sweep stand in for each other (law 5): only while both were silent nobody was rung. A
database that is away silences both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.causes import Outage, common
from ivr.models import Downtime, Heartbeat
from ivr.spans import Span, merged

PARTS = ("worker", "sweep")
LEAST = timedelta(minutes=1)
"""Shorter than that is a new version being started: what was due waited for a moment."""


def note(session: Session, part: str, now: datetime) -> None:
    """`part` is heard of at `now` (UTC), before its heartbeat says so: was it away before?"""
    last = session.get(Heartbeat, part, with_for_update=True)
    if last is not None and now - last.at >= LEAST:
        session.add(Downtime(part=part, started_at=last.at, ended_at=now))


def between(session: Session, start: datetime, end: datetime, now: datetime) -> list[Outage]:
    """The outages that touch [start, end), of each part as long as the other was away too."""
    away = _away(session, start, end, now)
    both: Sequence[Span] = common(away[PARTS[0]], away[PARTS[1]])
    return [Outage(part, *span) for span in both for part in PARTS]


def _away(
    session: Session, start: datetime, end: datetime, now: datetime
) -> Mapping[str, list[Span]]:
    """Of each part, in order; one that is silent at this moment is away until `now`."""
    found: dict[str, list[Span]] = {part: [] for part in PARTS}
    known = select(Downtime).where(Downtime.started_at < end, Downtime.ended_at > start)
    for row in session.scalars(known):
        found[row.part].append((row.started_at, row.ended_at))
    silent = select(Heartbeat).where(Heartbeat.name.in_(PARTS), Heartbeat.at <= now - LEAST)
    for beat in session.scalars(silent.where(Heartbeat.at < end)):
        found[beat.name].append((beat.at, now))
    return {part: list(merged(sorted(spans))) for part, spans in found.items()}
