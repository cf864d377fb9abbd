"""How near an incident is to its breach: what the list sorts by, in words and as a bar (§4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivr import callers, sla, states
from ivr.models import Incident
from ivr.scene import Scene

Level = Literal["none", "kept", "late", "calm", "soon", "overdue"]
Clock = Literal["response", "correction", "update"]
_SOON = 0.75
"""Of the time of §4: from here on an incident draws the eye."""


@dataclass(frozen=True)
class Urgency:
    """`span`: the time left on the incident's own clock, or by how much it is or was late.

    `used` is how much of the clock's time has passed, from 0 to 1; none where it no longer counts.
    """

    level: Level
    span: timedelta = timedelta()
    used: float | None = None
    pauses: bool = False
    """The clock stands still before the due time: less is left than the calendar shows."""
    clock: Clock = "response"


def of(scene: Scene, incident: Incident) -> Urgency:
    """Where the incident stands with the promise of §4 at the scene's moment.

    What is left is counted in hours that count (business hours, or the contract's); what is late
    is late in real time, as the client feels it.
    """
    if incident.state == "refused":
        return Urgency("none")
    if (met_at := incident.met_at) is not None:
        late = met_at - incident.due_at
        return Urgency("late", late) if late > timedelta() else Urgency("kept")
    now = incident.closed_at or scene.now  # what is closed counts no longer
    if now > incident.due_at:
        level: Level = "late" if incident.closed_at else "overdue"
        return Urgency(level, now - incident.due_at, 1.0 if level == "overdue" else None)
    if incident.closed_at:
        return Urgency("none")
    within = scene.policy.priorities[incident.priority].taken_within
    return _running(scene, incident, "response", incident.due_at, within)


def nearest(scene: Scene, incident: Incident) -> Urgency:
    """Of the clock that runs out first: the response's, then the correction's or the update's."""
    now, found = scene.now, of(scene, incident)
    if incident.state not in states.OPEN:
        return found
    clocks: list[tuple[datetime, Clock, timedelta]] = []
    if at := incident.correction_due_at:
        within = scene.policy.correction.within.get(incident.priority, timedelta())
        clocks.append((at, "correction", within))
    if at := incident.update_due_at:
        clocks.append((at, "update", timedelta(seconds=incident.update_every or 0)))
    if not clocks:
        return found
    due_at, clock, within = min(clocks)
    if incident.met_at is None and incident.due_at <= due_at:
        return found
    if now >= due_at:
        return Urgency("overdue", now - due_at, 1.0, clock=clock)
    return _running(scene, incident, clock, due_at, within)


def _running(
    scene: Scene, incident: Incident, clock: Clock, due_at: datetime, within: timedelta
) -> Urgency:
    window = callers.extended_window(scene, incident) if clock != "correction" else None
    left = sla.left(scene.policy, incident.priority, due_at, scene.now, window)
    used = min(max(1 - left / within, 0.0), 1.0) if within else 0.0
    pauses = left < due_at - scene.now
    return Urgency("soon" if used >= _SOON else "calm", left, used, pauses, clock)
