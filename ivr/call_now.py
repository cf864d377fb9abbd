"""An agent calls the client now, from the page: a callback whose agent is whoever asked (§2.1.2).

The wish stands on the incident's row, which is the queue here too (law 5): job or sweep rings that
agent's phone, out of turn and at any hour, also where a callback is owed for later. A client has
one call at a time for an incident: a phone that the line only rings for it gives way, a call that
somebody has accepted does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy import Select, exists, select

from ivr import callback_team, callbacks, caps, legs, linking, numbers, timeline
from ivr.incidents import Refused
from ivr.models import Agent, Call, Incident, Leg
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.working import begin

LASTS = timedelta(minutes=2)
"""A wish that nobody could carry out for so long is dropped: the agent has gone on by then."""

CAPPED: Mapping[str, str] = {
    "number": "call_now.cap_number",
    "client": "call_now.cap_client",
    "day": "call_now.cap_day",
    "spend": "call_now.cap_spend",
}


def ask(scene: Scene, incident: Incident, agent: Agent) -> None:
    """Their phone rings after the commit, then the client's. Asked twice, it is one call.

    Raises `Refused` with what stands in the way.
    """
    begin(scene, incident, "call_now", agent)
    if incident.callback_agent is agent:
        return
    legs.lock_all(scene)
    if refusal := obstacle(scene, incident, agent):
        raise Refused(refusal)
    for leg in _rung(scene, incident):
        legs.end(scene, leg, legs.GAVE_WAY)
        scene.nudge("hang_up", leg.id)
    incident.callback_agent, incident.callback_asked_at = agent, scene.now
    incident.callback_owed_at, incident.callback_at = incident.callback_at, scene.now
    incident.callback_claimed_until, incident.callback_waits = None, False
    timeline.record(scene, incident, "call_asked", agent)
    scene.nudge("call_back", incident.id)


def ring(scene: Scene, incident: Incident) -> Leg | None:
    """The leg to place now for the wish of an incident that we claimed; none: it is dropped."""
    agent = incident.callback_agent
    assert agent is not None
    assert incident.callback_asked_at is not None
    legs.lock_all(scene)
    late = scene.now - incident.callback_asked_at > LASTS
    why = Reason("call_now.too_late") if late else obstacle(scene, incident, agent)
    if why is None:
        return legs.open_leg(scene, "agent", incident, agent.phone, agent=agent)
    timeline.record(scene, incident, "call_dropped", agent, why=why.as_json())
    over(scene, incident)
    return None


def over(scene: Scene, incident: Incident) -> None:
    """The wish is over, however it went: what was owed before is owed again, unless it was paid."""
    owed_at = callbacks.owed_at(incident)
    if owed_at is None:
        callbacks.stop(incident)
        return
    callbacks.forget_asked(incident)
    incident.callback_at = max(owed_at, incident.callback_at or owed_at)
    incident.callback_claimed_until = None
    if incident.callback_at <= scene.now:
        scene.nudge("call_back", incident.id)


def reached(incident: Incident) -> None:
    """The client answers a call that was not owed: nothing is, and the wish ends with the talk."""
    incident.callback_at = incident.callback_claimed_until = None


def is_asked(incident: Incident) -> bool:
    """Does somebody ask for the call that is made now?"""
    return incident.callback_asked_at is not None


def is_extra(incident: Incident) -> bool:
    """Is it made for an agent's wish alone, and owed to nobody?"""
    return is_asked(incident) and incident.callback_owed_at is None


# What stands in the way -----------------------------------------------------------------------


def obstacle(scene: Scene, incident: Incident, agent: Agent) -> Reason | None:
    """Why this agent cannot call this client now, in words; none: nothing.

    The caps on calls to clients hold for an agent's wish as for the line's own calls: nobody's
    click goes beyond them, and only a P1 is free of those of the day (policy.toml, [caps]).
    """
    return next(_obstacles(scene, incident, agent), None)


def _obstacles(scene: Scene, incident: Incident, agent: Agent) -> Iterator[Reason]:
    own = (scene.line_number,)
    if not incident.callback_number:
        yield Reason("call_now.no_number")
    elif refusal := numbers.dialable(incident.callback_number, scene.policy.dialling, own):
        yield refusal
    if numbers.dialable(agent.phone, scene.policy.dialling, own):
        yield Reason("call_now.own_number")
    asked = incident.callback_agent
    if asked is not None and asked.id != agent.id:
        yield Reason("call_now.under_way", {"agent": asked.name})
    if (busy := _accepted(scene, incident)) is not None:
        yield Reason("call_now.under_way", {"agent": busy.agent.name if busy.agent else ""})
    if _is_on_the_line(scene, incident):
        yield Reason("call_now.on_the_line")
    if callback_team.client_talks(scene, incident):
        yield Reason("call_now.client_talks")
    if not legs.free(scene, [agent]):
        yield Reason("call_now.phone_rings")
    if cap := caps.of_client(scene, incident):
        yield Reason(CAPPED[cap], {"limit": caps.limit(scene, cap)})


def _rung(scene: Scene, incident: Incident) -> list[Leg]:
    """The phones that the line rings for its callback, and that nobody has accepted."""
    ringing = _live(incident).where(Leg.kind == "agent", Leg.accepted_at.is_(None))
    return list(scene.session.scalars(ringing))


def _accepted(scene: Scene, incident: Incident) -> Leg | None:
    """The agent's leg of a callback that goes on."""
    going_on = _live(incident).where(Leg.kind == "agent", Leg.accepted_at.is_not(None))
    return scene.session.scalars(going_on).first()


def _live(incident: Incident) -> Select[Leg]:
    return select(Leg).where(Leg.incident_id == incident.id, Leg.ended_at.is_(None))


def _is_on_the_line(scene: Scene, incident: Incident) -> bool:
    """Is a call to us about it still going on?"""
    calls = linking.calls_about(incident)
    live = exists().where(Call.id.in_(calls), Call.ended_at.is_(None))
    return scene.session.scalar(select(live)) or False
