"""Reads an incident's events for ivr/promise.py, and stores what it derives (law 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from ivr import callers, letters, promise, timeline, verdict
from ivr.models import Agent, Event, Incident
from ivr.promise import Facts, Happened, Owed
from ivr.rows import run
from ivr.scene import Scene

STORED = (
    "due_at",
    "met_at",
    "promised_at",
    "correction_due_at",
    "update_every",
    "update_due_at",
    "warn_at",
)
"""The columns that are derived."""
_LOCK = select(Incident.id).where(Incident.id == bindparam("incident")).with_for_update()
_EVENTS = (
    select(Event.at, Event.kind, Event.facts, Agent.name)
    .join_from(Event, Agent, Event.agent_id == Agent.id, isouter=True)
    .where(Event.incident_id == bindparam("incident"), Event.kind.in_(verdict.KINDS))
    .order_by(Event.at, Event.id)
)


def read(scene: Scene, incident: Incident) -> Owed:
    """What is owed, by the events as the database has them now."""
    return promise.owed(scene.policy, facts(scene, incident), events(scene, incident))


def facts(scene: Scene, incident: Incident) -> Facts:
    window = callers.extended_window(scene, incident)
    refused = incident.state == "refused"
    return Facts(incident.priority, incident.opened_at, window, refused)


def events(scene: Scene, incident: Incident) -> list[Happened]:
    """Those that the clocks depend on, oldest first, with the name of whoever acted."""
    found = run(scene.session, _EVENTS, incident=incident.id)
    return [Happened(at, kind, what, agent) for at, kind, what, agent in found]


def derived(scene: Scene, owed: Owed) -> Mapping[str, Any]:
    """What belongs into the columns `STORED`."""
    return {
        "due_at": owed.response.due_at,
        "met_at": owed.response.ended_at,
        "promised_at": owed.promised_at,
        "correction_due_at": owed.due("correction"),
        "update_every": int(owed.every / timedelta(seconds=1)) or None,
        "update_due_at": owed.due("update"),
        "warn_at": owed.warn_at(scene.policy.thresholds.percents),
    }


def store(scene: Scene, incident: Incident) -> Owed:
    """Derives and stores it all, and says so where that moves what the client was told.

    The row is locked before the events are read: of two acts at once the second sees the first.
    """
    if scene.session.get_bind().dialect.name == "postgresql":  # SQLite's transactions are alone
        run(scene.session, _LOCK, incident=incident.id)
    owed = read(scene, incident)
    was, promised_at = incident.due_at, incident.promised_at
    for name, value in derived(scene, owed).items():
        setattr(incident, name, value)
    incident.extended = callers.extended_window(scene, incident) is not None
    incident.after_hours = not scene.policy.hours.is_open(incident.opened_at)
    if incident.due_at != was:
        incident.breach_cause = None  # of another due time
    if promised_at is not None and incident.due_at != was and owed.response in owed.live:
        _moved(scene, incident, was)
    return owed


def _moved(scene: Scene, incident: Incident, was: datetime) -> None:
    """On the timeline; where another priority is the cause, the client is written, too."""
    due = incident.due_at.isoformat()
    timeline.record(scene, incident, "due_moved", before=was.isoformat(), due=due)
    if incident.promised_at is None:
        letters.write(scene, incident, f"moved_{int(scene.now.timestamp())}", "moved")


# Checked, and stored anew -------------------------------------------------------------------


def open_ids(scene: Scene) -> Sequence[int]:
    """The incidents of which anything may still be owed."""
    undone = Incident.state.not_in(("closed", "refused"))
    return scene.session.scalars(select(Incident.id).where(undone).order_by(Incident.id)).all()


def differences(scene: Scene, incident: Incident) -> list[tuple[str, Any, Any]]:
    """The columns that are not what the events say: name, stored, derived."""
    fresh = derived(scene, read(scene, incident))
    stored = {name: getattr(incident, name) for name in STORED}
    return [(name, stored[name], fresh[name]) for name in STORED if stored[name] != fresh[name]]
