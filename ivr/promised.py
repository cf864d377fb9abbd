"""What the client was told of the due time, on the phone or in writing: it stands (law 11)."""

from __future__ import annotations

from ivr import timeline
from ivr.models import Incident
from ivr.scene import Scene


def told(scene: Scene, incident: Incident) -> None:
    """The client hears, or is written, when the incident is due: recorded once for each promise."""
    known = incident.promised_at
    if known is not None and known <= incident.due_at:
        return
    incident.promised_at = incident.due_at
    due = incident.due_at.isoformat()
    timeline.record(scene, incident, "promised", priority=incident.priority, due=due)
