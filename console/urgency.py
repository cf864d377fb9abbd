"""How near an incident is to its breach: what the list sorts by, in words and as a bar (§4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ivr import callers, sla
from ivr.models import Incident
from ivr.scene import Scene

Level = Literal["none", "kept", "late", "calm", "soon", "overdue"]
_SOON = 0.75
"""Of the time of §4: from here on an incident draws the eye."""


@dataclass(frozen=True)
class Urgency:
    """`span`: the time left on the incident's own clock, or by how much it is or was late.

    `used` is how much of the time of §4 has passed, from 0 to 1; none where it no longer counts.
    """

    level: Level
    span: timedelta = timedelta()
    used: float | None = None
    pauses: bool = False
    """The clock stands still before the due time: less is left than the calendar shows."""


def of(scene: Scene, incident: Incident) -> Urgency:
    """Where the incident stands at the scene's moment.

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
    window = callers.extended_window(scene, incident)
    clock = (scene.policy, incident.priority)
    left = sla.left(*clock, incident.due_at, scene.now, window)
    used = min(max(sla.fraction_used(*clock, incident.opened_at, scene.now, window), 0.0), 1.0)
    pauses = left < incident.due_at - scene.now
    return Urgency("soon" if used >= _SOON else "calm", left, used, pauses)
