"""Tells people that a clock runs out: what has come is noticed first, then told in one digest."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from ivr import digests, thresholds
from ivr.models import Reminder
from ivr.scene import Scene
from line import Line

PATIENCE = timedelta(minutes=1)
"""So long a digest waits for what else is due; an incident that always fails holds up no other."""


def notice(line: Line, incident_id: int) -> None:
    """The thresholds of one incident, where any is due and nobody else has noticed it."""
    with line.scene() as scene:
        thresholds.notice(scene, incident_id)


def digest(line: Line, agent_id: int) -> None:
    """The agent's digest, as soon as everything that is due at this moment has been noticed."""
    with line.scene() as scene:
        if thresholds.are_noticed(scene) or _has_waited(scene, agent_id):
            digests.write(scene, agent_id)


def _has_waited(scene: Scene, agent_id: int) -> bool:
    waits = Reminder.agent_id == agent_id, Reminder.digest.is_(None)
    first = scene.session.scalar(select(func.min(Reminder.at)).where(*waits))
    return first is not None and first <= scene.now - PATIENCE
