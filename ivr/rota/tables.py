"""Reads the rota out of the database: what matters for a moment or for a stretch of time."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ivr import numbers
from ivr.hours import Hours, HoursError, OpenTime, SpecialDays
from ivr.legs import TALK_FORGOTTEN
from ivr.models import Agent, Json, Leg, RotaLayer, RotaOverride, RotaShift
from ivr.policy import Policy
from ivr.policy_parts import Dialling
from ivr.rota.order import Rota
from ivr.rota.rules import ALWAYS, Layer, Override, Shift
from ivr.rota.scope import Person, Scope
from ivr.rota.turns import Turns
from ivr.spans import Span

log = logging.getLogger(__name__)


def read(
    session: Session,
    policy: Policy,
    line_number: str,
    start: datetime,
    end: datetime | None = None,
) -> Rota:
    """The rota as it is at `start`, or all of it that touches [start, end).

    `line_number` is the line's own, which no agent may have.
    """
    end = end or start
    return Rota(
        levels=policy.rota.levels,
        people=people(session, policy, line_number),
        layers=tuple(layer_of(row, policy) for row in _layers(session, start, end)),
        shifts=tuple(_shift(row) for row in _shifts(session, start, end)),
        overrides=tuple(_overrides(session, start, end)),
        everyone=policy.rota.everyone,
    )


def people(session: Session, policy: Policy, line_number: str) -> dict[int, Person]:
    """Every agent, and whether the line may ring this phone."""
    return {
        agent.id: Person(agent.id, agent.language, is_usable(agent, policy, line_number))
        for agent in session.scalars(select(Agent))
    }


def is_usable(agent: Agent, policy: Policy, line_number: str) -> bool:
    """Still with the centre, with a phone that the line may ring."""
    return agent.active and _rings(agent.phone, policy.dialling, line_number)


def interventions(session: Session, start: datetime, end: datetime) -> dict[int, list[Span]]:
    """The time that each agent spent on calls, from accepting one to its end (N-1.1, s. 57)."""
    legs = session.scalars(
        select(Leg).where(
            Leg.agent_id.is_not(None),
            Leg.accepted_at >= start - TALK_FORGOTTEN,
            Leg.accepted_at < end,
        )
    )
    work: dict[int, list[Span]] = {}
    for leg in legs:
        if leg.agent_id is not None and leg.accepted_at is not None:
            until = min(leg.ended_at or end, leg.accepted_at + TALK_FORGOTTEN)
            if until > leg.accepted_at:
                work.setdefault(leg.agent_id, []).append((leg.accepted_at, until))
    return work


def windows(data: Json, zone: ZoneInfo, special_days: SpecialDays) -> OpenTime:
    """The hours of the week of a layer, as {"weekdays": ["16:30-24:00"], "holidays": [...]}.

    Raises `HoursError` where they make no sense. The same are made once.
    """
    return _windows(json.dumps(data, sort_keys=True), zone, special_days)


@lru_cache(maxsize=1024)
def _rings(phone: str, dialling: Dialling, line_number: str) -> bool:
    number = numbers.canonical(phone)
    return number is not None and numbers.dialable(number, dialling, [line_number]) is None


@lru_cache(maxsize=64)
def _windows(text: str, zone: ZoneInfo, special_days: SpecialDays) -> OpenTime:
    return Hours.from_data(json.loads(text), zone, holidays=special_days)


def _layers(session: Session, start: datetime, end: datetime) -> Collection[RotaLayer]:
    return session.scalars(
        select(RotaLayer)
        .where((RotaLayer.ends_at.is_(None)) | (RotaLayer.ends_at > start))
        .where((RotaLayer.starts_at.is_(None)) | (RotaLayer.starts_at <= end))
        .order_by(RotaLayer.place, RotaLayer.id)
        .options(selectinload(RotaLayer.members))
    ).all()


def layer_of(row: RotaLayer, policy: Policy) -> Layer:
    """The layer that a row says; the row may be one that nobody has written yet."""
    return Layer(
        id=row.id,
        level=row.level,
        name=row.name,
        members=tuple(member.agent_id for member in row.members),
        turns=Turns(row.first_day, row.handover, policy.zone, row.days),
        windows=_windows_of(row, policy),
        starts=row.starts_at or ALWAYS[0],
        ends=row.ends_at or ALWAYS[1],
        scope=_scope(row),
        backups=row.backups,
        language_first=row.language_first,
        entered_at=row.entered_at,
    )


def _windows_of(row: RotaLayer, policy: Policy) -> OpenTime | None:
    """Windows that cannot be read restrict nothing: a caller at night is not lost to them."""
    if row.windows is None:
        return None
    try:
        return windows(row.windows, policy.zone, policy.special_days)
    except HoursError:
        log.exception("rota layer %s: its windows make no sense, it is taken as for always", row.id)
        return None


def _shifts(session: Session, start: datetime, end: datetime) -> Collection[RotaShift]:
    return session.scalars(
        select(RotaShift)
        .where(RotaShift.ends_at > start, RotaShift.starts_at <= end)
        .order_by(RotaShift.starts_at, RotaShift.id)
    ).all()


def _shift(row: RotaShift) -> Shift:
    return Shift(
        id=row.id,
        level=row.level,
        agent=row.agent_id,
        span=(row.starts_at, row.ends_at),
        feed=row.feed,
        rank=row.rank,
        scope=_scope(row),
        entered_at=row.entered_at,
    )


def _overrides(session: Session, start: datetime, end: datetime) -> Iterable[Override]:
    """One that was withdrawn while it ran holds until then."""
    rows = session.scalars(
        select(RotaOverride)
        .where(RotaOverride.ends_at > start, RotaOverride.starts_at <= end)
        .order_by(RotaOverride.entered_at, RotaOverride.id)
    )
    for row in rows:
        until = min(row.ends_at, row.withdrawn_at or row.ends_at)
        if row.starts_at < until:
            span = row.starts_at, until
            yield Override(row.id, row.agent_id, span, row.replaces_id, row.level, row.entered_at)


def _scope(row: RotaLayer | RotaShift) -> Scope:
    return Scope(frozenset(row.products), frozenset(row.languages))
