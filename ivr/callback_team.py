"""Who may be rung for a callback: its holder, the desk, or those on call, each once a round."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, or_, select, true

from ivr import callbacks, legs, paging, staff, states
from ivr.models import Agent, Event, Incident, Leg
from ivr.scene import Scene

CLIENT_TALKS = timedelta(minutes=10)
"""As long as this a client who is on the phone with us about something else is left alone."""
_RANG_OUT = func.coalesce(Leg.outcome, "").not_in((legs.NEVER_RANG, legs.GAVE_WAY))
"""Of a leg: its agent has had the time to answer."""


def team(scene: Scene, incident: Incident) -> list[Agent]:
    """Who is rung for it in this round, in order."""
    found = _of_the_hour(scene, incident)
    if not paging.is_paged(incident):
        return found
    return paging.widen(scene, incident, found, callbacks.counted_time(scene, incident))


def left(scene: Scene, incident: Incident) -> list[Agent]:
    """Those of the team who can still be rung in this round; nobody: it is not the moment."""
    if incident.callback_agent is not None:
        return [incident.callback_agent]
    if not callbacks.counted_time(scene, incident).is_open(scene.now):
        return []
    if client_talks(scene, incident):
        return []
    rang = rung(scene, incident)
    return [agent for agent in team(scene, incident) if agent.id not in rang]


def rung(scene: Scene, incident: Incident) -> frozenset[int | None]:
    """The agents whose phones rang since the last attempt that counts."""
    round_began = select(func.max(Event.at)).where(
        Event.incident_id == incident.id, Event.kind == "callback_tried"
    )
    rang = select(Leg.agent_id).where(
        Leg.incident_id == incident.id,
        Leg.kind == "agent",
        _RANG_OUT,
    )
    # Whoever took it, by text say, is to call the client now, even if the phone has just rung.
    began = (scene.session.scalar(round_began), incident.held_since, incident.reopened_at)
    if since := max((moment for moment in began if moment), default=None):
        rang = rang.where(Leg.created_at > since)
    return frozenset(scene.session.scalars(rang))


def client_talks(scene: Scene, incident: Incident) -> bool:
    """Are we ringing, or talking with, the same client about another incident?

    A P1 that is paged does not wait for an agent's phone that only rings.
    """
    paged = paging.is_paged(incident)
    busy = or_(Leg.kind != "agent", Leg.accepted_at.is_not(None)) if paged else true()
    other = (
        select(Leg.id)
        .join(Incident)
        .where(
            busy,
            Leg.ended_at.is_(None),
            Leg.created_at > scene.now - CLIENT_TALKS,
            Incident.id != incident.id,
            Incident.callback_number == incident.callback_number,
            Incident.callback_extension == incident.callback_extension,
        )
    )
    return scene.session.scalar(select(other.exists())) or False


def holder_is_lost(scene: Scene, incident: Incident, rung_for_it: list[Agent]) -> bool:
    """Was the holder rung alone, round after round, and never answered (a battery, a dead zone)?"""
    if incident.state not in states.HELD or rung_for_it != [incident.holder]:
        return False
    if scene.policy.hours.is_open(scene.now):
        return False
    rounds = scene.policy.callbacks.holder_rounds
    accepted = scene.session.scalars(
        select(Leg.accepted_at)
        .where(
            Leg.incident_id == incident.id,
            Leg.agent_id == incident.holder_id,
            Leg.kind == "agent",
            Leg.created_at > (incident.held_since or incident.opened_at),
            _RANG_OUT,
        )
        .order_by(Leg.id.desc())
        .limit(rounds)
    ).all()
    return len(accepted) == rounds and not any(accepted)


def _of_the_hour(scene: Scene, incident: Incident) -> list[Agent]:
    """Its holder first, or who asked for time, then the desk; after hours those on call, and for
    what one of them holds that one alone.

    A P1 of the extended service that finds nobody at the desk goes to those on call as well.
    """
    holder = incident.holder or incident.later_agent
    if scene.policy.hours.is_open(scene.now):
        found = staff.desk(scene) or (
            _on_call(scene, incident) if callbacks.is_extended(scene, incident) else []
        )
        away = holder is not None and holder.on_desk and not holder.present
    else:
        found = _on_call(scene, incident)
        away = holder not in found
    if holder is None or away or not holder.active:
        return found
    if incident.holder and not scene.policy.hours.is_open(scene.now):
        return [holder]  # nobody is woken for what another has taken already
    return [holder, *(agent for agent in found if agent is not holder)]


def _on_call(scene: Scene, incident: Incident) -> list[Agent]:
    return staff.to_ring(scene, incident.product, incident.language)
