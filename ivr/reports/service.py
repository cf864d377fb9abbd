"""The extended service by client: its interventions and their minutes, for an invoice (§1.1).

An intervention is an incident of that service, opened outside regular hours, for which an agent
accepted a call outside regular hours. Its time is that of the agents' calls, less what of them
falls within regular hours; each intervention is rounded up to the whole minute. It is invoiced
in the period in which it began.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ivr.models import Agent, Client, Incident, Leg, SuperUser
from ivr.policy import Policy
from ivr.reports.nights import AGENTS
from ivr.reports.period import Period
from ivr.reports.promises import PROMISED


@dataclass(frozen=True)
class Intervention:
    """One line of the invoice's annex. Moments are UTC."""

    incident_id: int
    reference: str
    client_number: str
    client_name: str
    product: str | None
    priority: str
    super_user: str
    opened_at: datetime
    first_at: datetime
    """When an agent first accepted."""
    agents: tuple[str, ...]
    calls: int
    time: timedelta
    """Outside regular hours."""

    @property
    def minutes(self) -> int:
        return math.ceil(self.time.total_seconds() / 60)


@dataclass(frozen=True)
class Account:
    """One client's."""

    client_number: str
    client_name: str
    interventions: int
    calls: int
    minutes: int


def interventions(
    session: Session, policy: Policy, period: Period, now: datetime
) -> list[Intervention]:
    """By client, then as they began; a call that still lasts counts up to `now`."""
    found = session.execute(_query(policy, period))
    return [
        made
        for _, legs in groupby(found, key=lambda row: row.id)
        if (made := _intervention(list(legs), policy, now))
    ]


def accounts(interventions: Sequence[Intervention]) -> list[Account]:
    """By client number; clients without an intervention have no line."""
    return [
        _account(number, list(group))
        for number, group in groupby(interventions, key=lambda each: each.client_number)
    ]


def _account(number: str, group: list[Intervention]) -> Account:
    return Account(
        number,
        group[0].client_name,
        len(group),
        sum(each.calls for each in group),
        sum(each.minutes for each in group),
    )


def _query(policy: Policy, period: Period) -> Select[*tuple[Any, ...]]:
    found: Select[*tuple[Any, ...]] = (
        select(
            Incident.id,
            Incident.reference,
            Client.number,
            Client.name.label("client"),
            Incident.product,
            Incident.priority,
            SuperUser.name.label("super_user"),
            Incident.opened_at,
            Leg.accepted_at,
            Leg.ended_at,
            Leg.kind,
            Agent.name.label("agent"),
        )
        .join(Client, Client.id == Incident.client_id)
        .join(Leg, Leg.incident_id == Incident.id)
        .join(Agent, Agent.id == Leg.agent_id)
        .outerjoin(SuperUser, SuperUser.id == Incident.super_user_id)
        .where(
            Incident.opened_at >= period.start,
            Incident.opened_at < period.end,
            Incident.after_hours,
            Incident.extended,
            Incident.priority.in_(policy.extended_priorities),
            PROMISED,
            Leg.accepted_at.is_not(None),
        )
        .order_by(Client.number, Incident.opened_at, Incident.id, Leg.accepted_at)
    )
    return found


def _intervention(legs: Sequence[Any], policy: Policy, now: datetime) -> Intervention | None:
    """None where every call of it was accepted in regular hours."""
    outside = [
        leg for leg in legs if leg.kind in AGENTS and not policy.hours.is_open(leg.accepted_at)
    ]
    if not outside:
        return None
    first = outside[0]
    return Intervention(
        incident_id=first.id,
        reference=first.reference,
        client_number=first.number,
        client_name=first.client,
        product=first.product,
        priority=first.priority,
        super_user=first.super_user or "",
        opened_at=first.opened_at,
        first_at=first.accepted_at,
        agents=tuple(dict.fromkeys(leg.agent for leg in outside)),
        calls=len(outside),
        time=sum(_times(outside, policy, now), timedelta()),
    )


def _times(legs: Sequence[Any], policy: Policy, now: datetime) -> Iterator[timedelta]:
    for leg in legs:
        start, end = leg.accepted_at, leg.ended_at or now
        if end > start:
            yield (end - start) - policy.hours.between(start, end)
