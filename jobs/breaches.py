"""Finds the causes of broken promises, a few at a time: what is read holds up no writer."""

from __future__ import annotations

import logging
from datetime import datetime

from ivr import breaches
from ivr.causes import Cause
from ivr.database import reading
from ivr.models import Incident
from ivr.scene import Scene
from line import Line

log = logging.getLogger(__name__)
LIMIT = 50


def find_causes(line: Line) -> None:
    """Safe to repeat: what is found stays, and two at once do no harm."""
    for incident_id, due_at, cause in _found(line):
        with line.scene() as scene:
            breaches.keep(scene, incident_id, due_at, cause)


def _found(line: Line) -> list[tuple[int, datetime, Cause]]:
    with reading(line.sessions) as session:
        scene = Scene(session, line.policy, line.settings.line_number, line.clock())
        incidents = [
            session.get_one(Incident, incident_id)
            for incident_id in breaches.due(session, scene.now, LIMIT)
        ]
        return [(one.id, one.due_at, cause) for one in incidents if (cause := _cause(scene, one))]


def _cause(scene: Scene, incident: Incident) -> Cause | None:
    """None where its evidence cannot be read: it keeps no other waiting, and is tried again."""
    try:
        return breaches.cause_of(scene, incident)
    except (LookupError, ValueError):
        log.exception("incident %s: the cause of its broken promise is not found", incident.id)
        return None
