"""Enters layers: one that changes is ended and begun anew, so that who was on call stays known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.models import Agent, RotaLayer, RotaLayerMember
from ivr.rota.layers import LayerPlan
from ivr.rota.refusal import Refused

ChangeKind = Literal["added", "changed", "ended", "kept"]


@dataclass(frozen=True)
class LayerChange:
    """What becomes of one layer: `row` as the database has it, `plan` as it should be."""

    kind: ChangeKind
    level: str
    name: str
    row: RotaLayer | None = None
    plan: LayerPlan | None = None


def current(session: Session, at: datetime) -> list[RotaLayer]:
    """The layers that are in force at `at`, or will be, as they go over one another."""
    rows = select(RotaLayer).where(RotaLayer.ends_at.is_(None) | (RotaLayer.ends_at > at))
    return list(session.scalars(rows.order_by(RotaLayer.level, RotaLayer.place, RotaLayer.id)))


def as_plan(row: RotaLayer) -> LayerPlan:
    """The layer as a file would say it."""
    return LayerPlan(
        row.level,
        row.name,
        row.place,
        tuple(member.agent.email for member in row.members),
        row.first_day,
        row.days,
        row.handover,
        row.windows,
        row.starts_at,
        row.ends_at,
        tuple(row.products),
        tuple(row.languages),
        row.backups,
        row.language_first,
    )


def compare(session: Session, plans: Sequence[LayerPlan], at: datetime) -> list[LayerChange]:
    """How the rota from `at` on differs from `plans`, which is the whole of it; nothing written."""
    rows = {(row.level, row.name): row for row in current(session, at)}
    changes = []
    for plan in plans:
        row = rows.pop((plan.level, plan.name), None)
        if row is None:
            changes.append(LayerChange("added", plan.level, plan.name, None, plan))
        else:
            kind: ChangeKind = "kept" if _is(row, plan) else "changed"
            changes.append(LayerChange(kind, plan.level, plan.name, row, plan))
    gone = [LayerChange("ended", row.level, row.name, row) for row in rows.values()]
    return [*changes, *gone]


def enter(
    session: Session, changes: Sequence[LayerChange], at: datetime, entered_at: datetime
) -> None:
    """Makes the changes hold from `at` on; `Refused` where a member is no agent.

    A new layer begins when its file says, otherwise at `at`; one that changes never before `at`.
    """
    for change in changes:
        if change.kind == "kept":
            continue
        begins = change.plan.starts_at if change.plan else None
        if change.row is not None:
            begins = max(begins or at, at)
            _end(session, change.row, at)
        if change.plan is not None:
            _add(session, replace(change.plan, starts_at=begins or at), entered_at)
    session.flush()


def _is(row: RotaLayer, plan: LayerPlan) -> bool:
    """A file that names no beginning is content with the one that the layer has."""
    known = as_plan(row)
    return known == replace(plan, starts_at=plan.starts_at or known.starts_at)


def _end(session: Session, row: RotaLayer, at: datetime) -> None:
    if row.starts_at is not None and row.starts_at >= at:
        session.delete(row)
    else:
        row.ends_at = at


def _add(session: Session, plan: LayerPlan, entered_at: datetime) -> None:
    values = asdict(plan)
    emails = values.pop("members")
    values |= {name: list(values[name]) for name in ("products", "languages")}
    layer = RotaLayer(**values, entered_at=entered_at)
    layer.members = [
        RotaLayerMember(position=position, agent_id=_agent(session, email).id)
        for position, email in enumerate(emails)
    ]
    session.add(layer)


def _agent(session: Session, email: str) -> Agent:
    agent = session.scalars(select(Agent).where(Agent.email == email)).one_or_none()
    if agent is None:
        raise Refused("rota.no_such_agent", email=email)
    return agent
