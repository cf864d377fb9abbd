"""What each call cost: its own minutes, and all that followed from it until its incident closed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ivr.models import Call, Client, Incident, Leg, Message, Recording
from ivr.reports import usage
from ivr.reports.period import Period
from ivr.reports.prices import PriceList
from ivr.reports.usage import ANSWERED, MADE, Kind, Used

AT_A_TIME = 500


@dataclass(frozen=True)
class CallCost:
    sid: str
    started_at: datetime
    client: str
    """The client's number; empty: not known."""
    incident_id: int | None
    reference: str
    used: Mapping[Kind, Used]
    cost: Decimal


def each(session: Session, prices: PriceList, period: Period, now: datetime) -> Iterator[CallCost]:
    """The period's calls in order, read a few at a time."""
    after: tuple[datetime, int] | None = None
    while True:
        found = session.execute(_calls(period, after)).all()
        calls = [row[0] for row in found]
        used = _used(session, calls, {row[2]: row[0].id for row in found if row[2]}, now)
        for call, client, incident, reference in found:
            yield CallCost(
                call.sid,
                call.started_at,
                client or "",
                incident,
                reference or "",
                used[call.id],
                usage.cost(prices, used[call.id]),
            )
        if len(found) < AT_A_TIME:
            return
        after = calls[-1].started_at, calls[-1].id
        session.expunge_all()


def _calls(period: Period, after: tuple[datetime, int] | None) -> Select[Call, str, int, str]:
    query = (
        select(Call, Client.number, Incident.id, Incident.reference)
        .outerjoin(Client, Client.id == Call.client_id)
        .outerjoin(Incident, Incident.call_id == Call.id)
        .where(Call.started_at >= period.start, Call.started_at < period.end)
        .order_by(Call.started_at, Call.id)
        .limit(AT_A_TIME)
    )
    if after is None:
        return query
    at, number = after
    same = (Call.started_at == at) & (Call.id > number)
    return query.where(Call.started_at >= at, (Call.started_at > at) | same)


def _used(
    session: Session, calls: Sequence[Call], call_of: Mapping[int, int], now: datetime
) -> dict[int, dict[Kind, Used]]:
    """By call: `call_of` names that of each incident."""
    used: dict[int, dict[Kind, Used]] = {
        call.id: {"line": Used(1, _minutes(call, now))} for call in calls
    }
    for incident, kind, count, units in session.execute(_legs(call_of, now)):
        used[call_of[incident]][kind] = Used(count, int(units))
    for incident, count, units in session.execute(_texts(call_of)):
        used[call_of[incident]]["text"] = Used(count, int(units))
    for call, count, units in session.execute(_recordings(list(used))):
        used[call]["recording"] = Used(count, int(units))
    for call, blocks in usage.blocks(session, list(used)).items():
        used[call]["speech"] = Used(1, blocks)
    return used


def _legs(incidents: Mapping[int, int], now: datetime) -> Select[*tuple[Any, ...]]:
    units = func.sum(usage.lasted(Leg.rang_at, Leg.ended_at, now))
    found: Select[*tuple[Any, ...]] = (
        select(Leg.incident_id, Leg.kind, func.count(), units)
        .where(Leg.incident_id.in_(list(incidents)), *ANSWERED)
        .group_by(Leg.incident_id, Leg.kind)
    )
    return found


def _texts(incidents: Mapping[int, int]) -> Select[*tuple[Any, ...]]:
    found: Select[*tuple[Any, ...]] = (
        select(Message.incident_id, func.count(), func.sum(usage.segments()))
        .where(Message.incident_id.in_(list(incidents)), Message.sent_at.is_not(None))
        .where(Message.channel == "sms")
        .group_by(Message.incident_id)
    )
    return found


def _recordings(calls: Sequence[int]) -> Select[*tuple[Any, ...]]:
    found: Select[*tuple[Any, ...]] = (
        select(Recording.call_id, func.count(), func.sum(usage.recorded()))
        .where(Recording.call_id.in_(calls), MADE)
        .group_by(Recording.call_id)
    )
    return found


def _minutes(call: Call, now: datetime) -> int:
    seconds = ((call.ended_at or now) - call.started_at).total_seconds()
    return max(1, math.ceil(seconds / 60))
