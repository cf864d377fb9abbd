"""The cause of each broken promise, found once what was tried before its due time is over (§4).

Kept on the incident's row, so that reports count causes as they count incidents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from ivr import cause_evidence, causes
from ivr.causes import Cause
from ivr.database import UtcDateTime, changed
from ivr.models import Incident
from ivr.scene import Scene

SETTLED = timedelta(minutes=5)
"""A phone that rang at the due time has been answered by then, or not."""
LOOKED_BACK = timedelta(days=90)


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Incidents of the last months whose promise is broken and whose cause is not found yet."""
    ended = func.coalesce(Incident.met_at, literal(now, UtcDateTime()))
    return session.scalars(
        select(Incident.id)
        .where(
            Incident.opened_at >= now - LOOKED_BACK,
            Incident.due_at <= now - SETTLED,
            ended > Incident.due_at,
            Incident.breach_cause.is_(None),
            Incident.state != "refused",
        )
        .order_by(Incident.opened_at)
        .limit(limit)
    ).all()


def cause_of(scene: Scene, incident: Incident) -> Cause:
    """From what is on file; it reads, and writes nothing."""
    evidence = cause_evidence.of(scene, incident)
    return causes.cause(evidence, cause_evidence.patience(scene.policy)).cause


def keep(scene: Scene, incident_id: int, due_at: datetime, cause: Cause) -> bool:
    """Notes the cause; false where the due time has moved meanwhile, or somebody was faster."""
    ours = (
        update(Incident)
        .where(
            Incident.id == incident_id,
            Incident.due_at == due_at,
            Incident.breach_cause.is_(None),
        )
        .values(breach_cause=cause.value)
        .execution_options(synchronize_session=False)
    )
    return changed(scene.session, ours)
