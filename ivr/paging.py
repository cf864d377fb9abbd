"""A P1 that nobody has accepted is paged again and again, to more and more people (§2.1.4).

Rounds begin 0, 2, 5 and 10 minutes after the call, then every 5; each rings everybody of the
round once, and texts them. Levels join by the time that has passed, all of them at the breach, and
no round is the last: it ends with a person who accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select

from ivr import alerts, staff, timeline
from ivr.hours import OpenTime
from ivr.models import Agent, Event, Incident
from ivr.scene import Scene


def is_paged(incident: Incident) -> bool:
    """A P1 that no person holds; one whose client is not reached is the holder's to call."""
    return incident.priority == "P1" and incident.holder_id is None


def next_round(scene: Scene, incident: Incident, counted: OpenTime) -> datetime:
    """When the round after those that were made begins; at once where that is past."""
    paging, made = scene.policy.paging, incident.callback_attempts
    late = made - (len(paging.rounds) - 1)
    offset = paging.rounds[-1] + late * paging.every if late > 0 else paging.rounds[made]
    return max(_began(incident, counted) + offset, scene.now)


def widen(
    scene: Scene, incident: Incident, team: Sequence[Agent], counted: OpenTime
) -> list[Agent]:
    """Who is rung in this round: `team`, and the levels whose time has come."""
    waited = scene.now - _began(incident, counted)
    breached = _is_breached(scene, incident)
    wider = list(team)
    away = scene.policy.rota.rung_in_call if scene.policy.hours.is_open(scene.now) else ()
    for level in staff.levels(scene, incident.product, incident.language):
        if level.name in away and not breached:
            continue  # in regular hours the desk stands for those on call
        if breached or waited >= scene.policy.paging.after(level.name):
            wider += level.agents
    return list(dict.fromkeys(wider))


def begin_round(scene: Scene, incident: Incident, agents: Sequence[Agent]) -> None:
    """Told on the timeline, and to each of them by SMS; the phones ring one after the other."""
    number = incident.callback_attempts + 1
    timeline.record(scene, incident, "paged", round=number, people=len(agents))
    text = number + _before(scene, incident)
    alerts.alert(scene, incident, agents, f"page_{text}", mail=False)


def _before(scene: Scene, incident: Incident) -> int:
    """The rounds before it was reopened, whose texts were written: they are counted anew."""
    if incident.reopened_at is None:
        return 0
    paged = (Event.incident_id == incident.id, Event.kind == "paged")
    rounds = select(func.count()).where(*paged, Event.at < incident.reopened_at)
    return scene.session.scalar(rounds) or 0


def _began(incident: Incident, counted: OpenTime) -> datetime:
    ended = incident.call.ended_at if incident.call else None
    return counted.next_open(incident.reopened_at or ended or incident.opened_at)


def escalate(scene: Scene, incident: Incident) -> None:
    """Where the promise is broken the whole centre is paged from now on: the timeline says so."""
    if not _is_breached(scene, incident):
        return
    told = exists().where(Event.incident_id == incident.id, Event.kind == "escalated")
    if not scene.session.scalar(select(told)):
        timeline.record(scene, incident, "escalated")


def _is_breached(scene: Scene, incident: Incident) -> bool:
    return scene.now >= incident.due_at and incident.met_at is None
