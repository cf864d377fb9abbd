"""What Twilio's service costs, by week, by kind and by call: estimated, from our own records.

Every leg is billed by the minute that has begun (Twilio, "billing changes", 2022): a caller whom
an agent answers is two legs. Nobody tells us when a phone was answered: it counts from its first
ring, and one that nobody answered costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from ivr.models import Call, Leg, Message, PhoneTest, Recording
from ivr.reports import local, usage
from ivr.reports.period import Period
from ivr.reports.prices import PriceList
from ivr.reports.usage import ANSWERED, ITEM_OF, KINDS, LEGS, MADE, Kind, Used

SAMPLE = 200
"""Calls, the latest of the period, by which the line's speech is estimated for all."""
UNANSWERED = ("no_answer", "busy", "failed")


@dataclass(frozen=True)
class Costs:
    """Of a period, by kind, by week and in all."""

    by_kind: Mapping[Kind, tuple[Used, Decimal]]
    by_week: Mapping[date, tuple[int, Decimal]]
    """The calls to the line, and what all of the week cost."""
    total: Decimal
    calls: int

    @property
    def per_call(self) -> Decimal | None:
        return self.total / self.calls if self.calls else None


def costs(session: Session, prices: PriceList, period: Period, now: datetime) -> Costs:
    weeks = {monday: dict.fromkeys(KINDS, Used()) for monday in period.weeks}
    for kind, week, count, units in _all(session, period, now):
        weeks[local.monday_of(week)][kind] += Used(count, units)
    blocks = _blocks_per_call(session, period)
    for used in weeks.values():
        calls = used["line"].count
        used["speech"] = Used(calls, round(calls * blocks))
    by_kind = {}
    for kind in KINDS:
        in_all = sum((used[kind] for used in weeks.values()), Used())
        by_kind[kind] = in_all, prices.cost(ITEM_OF[kind], in_all.units)
    by_week = {
        monday: (used["line"].count, usage.cost(prices, used)) for monday, used in weeks.items()
    }
    total = sum((cost for _, cost in by_kind.values()), Decimal())
    return Costs(by_kind, by_week, total, by_kind["line"][0].count)


def _all(session: Session, period: Period, now: datetime) -> Iterator[tuple[Kind, int, int, int]]:
    """Kind, week, how many, and their units."""
    lasted = usage.lasted(Leg.rang_at, Leg.ended_at, now)
    legs = _by_week(Leg.created_at, lasted, period).add_columns(Leg.kind)
    legs = legs.where(*ANSWERED, Leg.kind.in_(LEGS)).group_by(Leg.kind)
    for week, count, units, kind in session.execute(legs):
        yield kind, week, count, int(units)
    for kind, query in _others(period, now).items():
        for week, count, units in session.execute(query):
            yield kind, week, count, int(units)


def _others(period: Period, now: datetime) -> Mapping[Kind, Select[*tuple[Any, ...]]]:
    """What is no leg of an incident."""
    began = Call.started_at, Call.ended_at
    tested = PhoneTest.created_at, PhoneTest.ended_at
    tests = _by_week(PhoneTest.created_at, usage.lasted(*tested, now), period).where(
        PhoneTest.sid.is_not(None), func.coalesce(PhoneTest.outcome, "").not_in(UNANSWERED)
    )
    texts = _by_week(Message.sent_at, usage.segments(), period)
    return {
        "line": _by_week(Call.started_at, usage.lasted(*began, now), period),
        "test": tests,
        "recording": _by_week(Recording.recorded_at, usage.recorded(), period).where(MADE),
        "text": texts.where(Message.channel == "sms"),
    }


def _by_week(moment: Any, units: ColumnElement[int], period: Period) -> Select[*tuple[Any, ...]]:
    week = local.week(moment, period)
    found: Select[*tuple[Any, ...]] = (
        select(week, func.count(), func.sum(units))
        .where(moment >= period.start, moment < period.end)
        .group_by(week)
    )
    return found


def _blocks_per_call(session: Session, period: Period) -> float:
    """Hundreds of characters that the line speaks in a call, on average of the latest ones."""
    latest = (
        select(Call.id)
        .where(Call.started_at >= period.start, Call.started_at < period.end)
        .order_by(Call.started_at.desc())
        .limit(SAMPLE)
    )
    calls = list(session.scalars(latest))
    return sum(usage.blocks(session, calls).values()) / len(calls) if calls else 0.0
