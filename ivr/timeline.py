"""What happens to an incident, line by line; the words stand in the console's catalogues."""

from __future__ import annotations

from typing import Any

from ivr.models import Agent, Event, Incident
from ivr.scene import Scene


def record(
    scene: Scene, incident: Incident, kind: str, agent: Agent | None = None, **facts: Any
) -> None:
    """A line on the timeline, in the transaction of what it tells."""
    scene.session.add(
        Event(incident_id=incident.id, at=scene.now, kind=kind, agent=agent, facts=facts)
    )
