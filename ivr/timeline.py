"""What happens to an incident, line by line; the words stand in the console's catalogues."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from ivr import published
from ivr.models import Agent, Event, Incident
from ivr.rows import run
from ivr.scene import Scene

_RECORD = insert(Event)


def record(
    scene: Scene, incident: Incident, kind: str, agent: Agent | None = None, **facts: Any
) -> None:
    """A line on the timeline, and on its way to whoever wants to hear of it, in the transaction of
    what it tells."""
    written = run(
        scene.session,
        _RECORD,
        incident_id=incident.id,
        at=scene.now,
        kind=kind,
        agent_id=agent.id if agent else None,
        facts=facts,
    ).inserted_primary_key
    assert written is not None
    published.write(scene, incident, written[0], kind, facts)
