"""What a rehearsed call comes to: its reasons, its incident, who is on call, who is rung next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from ivr import callers, sla
from ivr.models import Agent, Incident, SuperUser
from ivr.reason import Reason
from ivr.rota import tables, who
from ivr.scene import Scene
from ivr.simulate.rehearsal import Rehearsal
from ivr.simulate.story import OnCall, Recorded, Routed, Simulation


def told(rehearsal: Rehearsal, at: datetime, client: str | None) -> Simulation:
    """The call that was played from `at` on; the worker's part is played here, at the end."""
    call, scene = rehearsal.call, rehearsal.scene
    incident = call.incident
    return Simulation(
        at=at,
        client=client,
        caller=call.caller,
        super_user=_name(scene, call.caller),
        exchanges=tuple(rehearsal.exchanges),
        routes=_routes(incident),
        on_call=_on_call(replace(scene, now=at), incident),
        incident=_recorded(scene, incident) if incident else None,
        end=rehearsal.end,
        callbacks=() if rehearsal.end == "waits" else tuple(rehearsal.call_back()),
    )


def _name(scene: Scene, caller: str | None) -> str | None:
    on_file = select(SuperUser.name).where(
        SuperUser.phone == caller, SuperUser.removed_at.is_(None)
    )
    return scene.session.scalars(on_file).first() if caller else None


def _routes(incident: Incident | None) -> tuple[Routed, ...]:
    """The decisions as the timeline has them, in order."""
    events = [event for event in incident.events if event.kind == "routed"] if incident else []
    return tuple(
        Routed(event.facts["route"], tuple(_reason(why) for why in event.facts["why"]))
        for event in events
    )


def _reason(data: Mapping[str, str | int | None]) -> Reason:
    return Reason(str(data["key"]), {name: fact for name, fact in data.items() if name != "key"})


def _on_call(scene: Scene, incident: Incident | None) -> tuple[OnCall, ...]:
    """By the rota, for what the incident is about; the level that is every agent says nothing."""
    rota = tables.read(scene.session, scene.policy, scene.line_number, scene.now)
    product, language = (incident.product, incident.language) if incident else (None, None)
    names = {agent.id: agent.name for agent in scene.session.scalars(select(Agent))}
    return tuple(
        OnCall(
            level.name,
            tuple(names[agent] for agent in level.agents),
            tuple(_named(reason, names) for reason in level.why),
        )
        for level in who(rota, scene.now, product, language)
        if level.name != scene.policy.rota.everyone
    )


def _named(reason: Reason, names: Mapping[int, str]) -> Reason:
    """The rota's reasons know agents by their ids."""
    facts = {
        name: names.get(fact, fact) if isinstance(fact, int) else fact
        for name, fact in reason.facts.items()
        if name in ("agent", "replaced")
    }
    return Reason(reason.key, {**reason.facts, **facts})


def _recorded(scene: Scene, incident: Incident) -> Recorded:
    window = callers.extended_window(scene, incident)
    due = sla.due(scene.policy, incident.priority, incident.opened_at, window)
    return Recorded(
        state=incident.state,
        priority=incident.priority,
        claimed=incident.claimed_priority,
        product=incident.product,
        environment=incident.environment,
        extended=incident.extended,
        due_at=incident.due_at,
        due_why=due.why,
        callback_at=incident.callback_at,
    )
