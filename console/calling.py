"""How the call to the client goes: the agent's phone, the client's, the two joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from sqlalchemy import select

from ivr import callback_legs
from ivr.models import Agent, Event, Incident, Leg
from ivr.reason import Reason
from ivr.scene import Scene

SHOWN = timedelta(minutes=10)
"""After its end a call is still told for so long."""

Mark = Literal["done", "now", "ahead", "failed"]


class Step(NamedTuple):
    """One of the two phones, or the talk; `name` has words under `calling.steps`."""

    name: str
    mark: Mark


@dataclass(frozen=True)
class Calling:
    """`said` names the sentence of `calling.said`; `talk` is how long the two have talked."""

    agent: Agent | None
    going_on: bool
    said: str
    steps: Sequence[Step]
    talk: timedelta = timedelta()
    why: Reason | None = None
    """What kept it from being placed."""


def of(scene: Scene, incident: Incident) -> Calling | None:
    """The call that goes on, or the last one where it has just ended; none: no call lately."""
    leg = scene.session.scalar(
        select(Leg)
        .where(Leg.incident_id == incident.id, Leg.kind == "agent")
        .order_by(Leg.id.desc())
        .limit(1)
    )
    asked_at = incident.callback_asked_at
    if asked_at and (leg is None or leg.created_at < asked_at or leg.ended_at):
        return Calling(incident.callback_agent, True, "placing", _steps("now", "ahead", "ahead"))
    if dropped := _dropped(scene, incident, leg):
        why = _reason(dropped)
        steps = _steps("failed", "ahead", "ahead")
        return Calling(dropped.agent, False, "dropped", steps, why=why)
    if leg is None or (leg.ended_at and scene.now - leg.ended_at > SHOWN):
        return None
    client = callback_legs.client_leg_of(scene, leg)
    if leg.accepted_at is None or (client is None and leg.ended_at):
        return _to_agent(leg)
    if client is None or client.accepted_at is None:
        return _to_client(leg, client)
    return _talk(scene, leg, client)


def _to_agent(leg: Leg) -> Calling:
    if leg.ended_at:
        said = f"agent_{leg.outcome}"
        return Calling(leg.agent, False, said, _steps("failed", "ahead", "ahead"))
    said = "agent_answered" if leg.state == "answered" else "agent_rings"
    return Calling(leg.agent, True, said, _steps("now", "ahead", "ahead"))


def _to_client(leg: Leg, client: Leg | None) -> Calling:
    if client is not None and client.ended_at:
        said = f"client_{client.outcome}"
        return Calling(leg.agent, False, said, _steps("done", "failed", "ahead"))
    said = "client_answered" if client and client.state == "answered" else "client_rings"
    return Calling(leg.agent, True, said, _steps("done", "now", "ahead"))


def _talk(scene: Scene, leg: Leg, client: Leg) -> Calling:
    assert client.accepted_at is not None
    talk = (client.ended_at or scene.now) - client.accepted_at
    if client.ended_at:
        return Calling(leg.agent, False, "talked", _steps("done", "done", "done"), talk)
    return Calling(leg.agent, True, "talks", _steps("done", "done", "now"), talk)


def _dropped(scene: Scene, incident: Incident, leg: Leg | None) -> Event | None:
    """A call that was asked for and never placed, where nothing was rung since."""
    since = max(scene.now - SHOWN, leg.created_at if leg else scene.now - SHOWN)
    return scene.session.scalar(
        select(Event)
        .where(Event.incident_id == incident.id, Event.kind == "call_dropped", Event.at >= since)
        .order_by(Event.id.desc())
        .limit(1)
    )


def _reason(event: Event) -> Reason:
    facts = dict(event.facts.get("why") or {})
    return Reason(str(facts.pop("key", "")), facts)


def _steps(agent: Mark, client: Mark, talk: Mark) -> Sequence[Step]:
    return Step("agent", agent), Step("client", client), Step("talk", talk)
