"""People are told when a clock reaches 50, 75, 90 % of its time, and when it has run out (§4).

The row is the queue: `warn_at` says when the next threshold comes, a conditional UPDATE who tells
it, and the event that says so keeps it from coming again, also after a restart. Several jumped over
at once, as after an outage, are told as the highest. Only in the clock's own hours: not at night.
What each person is to know waits as a `Reminder` for that person's next digest (ivr/digests.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from ivr import clocks, digests, incidents, paging, staff, timeline
from ivr.database import changed
from ivr.models import Agent, Incident, Reminder
from ivr.policy import Policy
from ivr.promise import Clock
from ivr.scene import Scene


def due(session: Session, now: datetime, policy: Policy, limit: int) -> Sequence[int]:
    """The incidents of which a threshold is to be told now, the most urgent first."""
    return session.scalars(
        select(Incident.id)
        .where(*_due_at(now, policy))
        .order_by(Incident.priority, Incident.warn_at, Incident.id)
        .limit(limit)
    ).all()


def next_due(session: Session) -> datetime | None:
    """The first moment at which a clock reaches a threshold; none: none does."""
    first: datetime | None = session.scalar(select(func.min(Incident.warn_at)))
    return first


def notice(scene: Scene, incident_id: int) -> None:
    """Records which thresholds the incident's clocks have reached, and whom they concern.

    Twice does no harm. The last of those that are due at this moment lets the digests go out.
    """
    ours = (
        update(Incident)
        .where(Incident.id == incident_id, *_due_at(scene.now, scene.policy))
        .values(warn_at=None)
        .execution_options(synchronize_session=False)
    )
    if changed(scene.session, ours):
        incident = scene.session.get_one(Incident, incident_id, populate_existing=True)
        percents = scene.policy.thresholds.percents
        for clock in clocks.read(scene, incident).live:
            percent = clock.reached(percents, scene.now)
            if percent is not None and clock.counted.is_open(scene.now):
                _reached(scene, incident, clock, percent)
        incidents.recompute(scene, incident)
    if are_noticed(scene):
        for agent_id in digests.due(scene.session, scene.now, scene.policy.thresholds.together):
            scene.nudge("digest", agent_id)


def are_noticed(scene: Scene) -> bool:
    """Is nothing left that is due at this moment, so that a digest would be whole?"""
    scene.session.flush()
    left = exists().where(*_due_at(scene.now, scene.policy))
    return not scene.session.scalar(select(left))


def _due_at(now: datetime, policy: Policy) -> tuple[ColumnElement[bool], ...]:
    """Those that a late look finds after hours wait for the opening, but a P1 with the service."""
    if policy.hours.is_open(now):
        return (Incident.warn_at <= now,)
    served = and_(Incident.extended, Incident.priority.in_(policy.extended_priorities))
    return Incident.warn_at <= now, served


def _reached(scene: Scene, incident: Incident, clock: Clock, percent: int) -> None:
    assert clock.due_at is not None  # a clock that stands still reaches nothing
    people = [] if _is_paged(incident) else people_of(scene, incident, percent)
    facts: dict[str, Any] = {"clock": clock.name, "period": clock.period, "percent": percent}
    for agent in people:
        scene.session.add(
            Reminder(
                agent_id=agent.id,
                incident_id=incident.id,
                due_at=clock.due_at,
                at=scene.now,
                **facts,
            )
        )
    timeline.record(scene, incident, "threshold", people=len(people), **facts)


def _is_paged(incident: Incident) -> bool:
    """Its rounds tell everybody already, again and again."""
    return incident.callback_at is not None and paging.is_paged(incident)


# Whom it concerns ----------------------------------------------------------------------------


def people_of(scene: Scene, incident: Incident, percent: int) -> list[Agent]:
    """Whom policy.toml has told at this threshold; nobody is twice."""
    finds = {"holder": _holder, "lead": _leads, "manager": _managers}
    roles = scene.policy.thresholds.tell(percent)
    found = [agent for role in roles for agent in finds[role](scene, incident)]
    return list(dict.fromkeys(found))


def _holder(scene: Scene, incident: Incident) -> list[Agent]:
    holder = incident.holder
    return [holder] if holder and holder.active else _leads(scene, incident)


def _leads(scene: Scene, incident: Incident) -> list[Agent]:
    """The team leads who are at the desk, or all of them; after hours, those on call."""
    if not scene.policy.hours.is_open(scene.now):
        found = staff.on_call(scene, incident.product, incident.language)
        return found or _managers(scene, incident)
    leads = staff.of_role(scene, "lead")
    return [lead for lead in leads if lead.present] or leads or _managers(scene, incident)


def _managers(scene: Scene, _: Incident) -> list[Agent]:
    return staff.of_role(scene, "manager")
