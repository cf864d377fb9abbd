"""What is on file about one incident's promise: the evidence from which its cause is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from ivr import callbacks, callers, downtime, legs, letters, presence, sla, staff
from ivr.causes import Evidence, Outage, Patience, Ring, common
from ivr.models import Agent, Call, Incident, Leg, PresenceChange
from ivr.policy import Policy
from ivr.scene import Scene
from ivr.spans import Span


def of(scene: Scene, incident: Incident, outages: Sequence[Outage] = ()) -> Evidence:
    """The evidence on `incident` as it stands at `scene.now`; `outages` beside those on file."""
    rings = _rings(scene, incident)
    start = _start(scene, incident, rings)
    due_at = max(incident.due_at, start)
    counted = callbacks.counted_time(scene, incident)
    return Evidence(
        start=start,
        due_at=due_at,
        taken_at=incident.taken_at,
        reachable=bool(incident.callback_number or letters.addresses(scene, incident)),
        open=list(counted.openings(start, due_at)),
        there=_there(scene, incident, start, due_at),
        busy=_busy(scene, start, due_at),
        client_busy=_client_busy(scene, incident, start, due_at),
        rings=rings,
        outages=[*outages, *downtime.between(scene.session, start, due_at, scene.now)],
    )


def patience(policy: Policy) -> Patience:
    """How long the policy itself lets an incident wait between two tries, and a margin."""
    usual = Patience()
    return Patience(usual.first, max(policy.callbacks.retry) + usual.first)


def _start(scene: Scene, incident: Incident, rings: Sequence[Ring]) -> datetime:
    """When somebody first rang for it, or could have: the caller gone, and the policy's moment."""
    window = callers.extended_window(scene, incident)
    called = sla.call_from(scene.policy, incident.priority, incident.opened_at, window)
    gone = incident.call.ended_at if incident.call else None
    start = max(called, gone or called, incident.later_at or called)
    return min([start, *(ring.start for ring in rings)])


def _rings(scene: Scene, incident: Incident) -> list[Ring]:
    rang = select(Leg).where(
        Leg.incident_id == incident.id, func.coalesce(Leg.outcome, "") != legs.NEVER_RANG
    )
    return [
        Ring(leg.agent_id, leg.created_at, leg.ended_at or scene.now, leg.accepted_at is not None)
        for leg in scene.session.scalars(rang.order_by(Leg.id))
    ]


def _there(
    scene: Scene, incident: Incident, start: datetime, end: datetime
) -> dict[int, list[Span]]:
    """The desk in regular hours; those on call too, where the extended service has them rung."""
    hours = list(scene.policy.hours.openings(start, end))
    there = {agent: common(spans, hours) for agent, spans in _desk(scene, start, end).items()}
    if callbacks.is_extended(scene, incident):
        for moment in (start, end):
            for agent in _rung(scene, incident, moment):
                there[agent] = [(start, end)]
    return there


def _desk(scene: Scene, start: datetime, end: datetime) -> dict[int, list[Span]]:
    since = select(PresenceChange).where(PresenceChange.at >= start).order_by(PresenceChange.id)
    changes: dict[int, list[PresenceChange]] = {}
    for change in scene.session.scalars(since):
        changes.setdefault(change.agent_id, []).append(change)
    desk = scene.session.scalars(select(Agent).where(Agent.active, Agent.on_desk))
    return {
        agent.id: presence.spans(agent.present, changes.get(agent.id, ()), start, end)
        for agent in desk
    }


def _rung(scene: Scene, incident: Incident, moment: datetime) -> list[int]:
    """Those whom the caller's own call would ring."""
    then = replace(scene, now=moment)
    return [agent.id for agent in staff.to_ring(then, incident.product, incident.language)]


def _busy(scene: Scene, start: datetime, end: datetime) -> dict[int, list[Span]]:
    busy: dict[int, list[Span]] = {}
    for leg in scene.session.scalars(
        select(Leg).where(
            Leg.agent_id.is_not(None),
            Leg.created_at < end,
            func.coalesce(Leg.ended_at, scene.now) > start,
        )
    ):
        if leg.agent_id is not None:
            busy.setdefault(leg.agent_id, []).append((leg.created_at, leg.ended_at or scene.now))
    return busy


def _client_busy(scene: Scene, incident: Incident, start: datetime, end: datetime) -> list[Span]:
    """The client's phone in another call with us: theirs to the line, or ours about another one."""
    number = incident.callback_number
    calls = select(Call.started_at, Call.ended_at).where(
        Call.caller == number, Call.started_at < end, func.coalesce(Call.ended_at, end) > start
    )
    legs = (
        select(Leg.created_at, Leg.ended_at)
        .join(Incident)
        .where(
            Incident.callback_number == number,
            Incident.id != incident.id,
            Leg.created_at < end,
            func.coalesce(Leg.ended_at, end) > start,
        )
    )
    rows = [*scene.session.execute(calls), *scene.session.execute(legs)]
    return sorted((began, ended or end) for began, ended in rows)
