"""Who was at the desk when: the flag that rings them, and the record by which a missed promise is
explained afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ivr.models import Agent, PresenceChange
from ivr.scene import Scene
from ivr.spans import Span, gaps


def set_present(scene: Scene, agent: Agent, present: bool) -> None:
    """The agent comes to the desk, or leaves it; said twice it changes nothing."""
    if agent.present == present:
        return
    agent.present = present
    if present:
        scene.nudge("wake", agent.id)  # a callback may wait for this phone
    scene.session.add(PresenceChange(agent_id=agent.id, at=scene.now, present=present))


def spans(
    present: bool, changes: Iterable[PresenceChange], start: datetime, end: datetime
) -> list[Span]:
    """When an agent was at the desk in [start, end), in UTC.

    `present` is the flag now, `changes` those since `start` (or all), oldest first: before the
    first one it was the other way round.
    """
    known = list(changes)
    there = not known[0].present if known else present
    away: list[Span] = []
    since = start
    for change in known:
        if not there and change.at > since:
            away.append((since, min(change.at, end)))
        there, since = change.present, max(change.at, start)
    if not there and since < end:
        away.append((since, end))
    return list(gaps((span for span in away if span[0] < span[1]), start, end))
