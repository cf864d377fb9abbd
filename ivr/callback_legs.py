"""One callback: whose phone rings next, until somebody accepts and the client is reached."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from ivr import (
    call_now,
    callback_queue,
    callback_team,
    callbacks,
    caps,
    incidents,
    legs,
    paging,
    timeline,
)
from ivr.models import Incident, Leg
from ivr.scene import Scene


def find(scene: Scene, leg_id: int) -> Leg | None:
    """The leg of a callback, its incident locked: what happens to one callback happens in order."""
    leg = scene.session.get(Leg, leg_id)
    if leg is None or leg.kind not in ("agent", "client"):
        return None
    _lock(scene, leg.incident_id)
    scene.session.refresh(leg)
    return leg


def live(scene: Scene, incident: Incident) -> list[Leg]:
    """The agents' legs of its callback whose end nobody has told us."""
    unended = select(Leg).where(
        Leg.incident_id == incident.id, Leg.kind == "agent", Leg.ended_at.is_(None)
    )
    return list(scene.session.scalars(unended.order_by(Leg.id)))


# Whom to ring --------------------------------------------------------------------------------


def ring_next(scene: Scene, incident: Incident) -> Leg | None:
    """The leg to place now for an incident that we claimed; none: looked at again later.

    Each agent is rung once a round; a round in which nobody accepts counts as an attempt.
    """
    if call_now.is_asked(incident):
        return call_now.ring(scene, incident)
    if not callbacks.counted_time(scene, incident).is_open(scene.now):
        callbacks.later(scene, incident, timedelta())
        return None
    if reached := caps.reached(scene, incident):
        caps.hold_back(scene, incident, reached)
        return None
    rung, team = callback_team.rung(scene, incident), callback_team.team(scene, incident)
    paged = paging.is_paged(incident)
    if paged:
        paging.escalate(scene, incident)
    left = [agent for agent in team if agent.id not in rung]
    if team and not left:
        if callback_team.holder_is_lost(scene, incident, team):
            incidents.hand_back(scene, incident)
        callbacks.retry(scene, incident)
        return None
    legs.lock_all(scene)
    free = legs.free(scene, left)
    if not free and rung and paged:  # who is left talks: that ends the round, not the paging
        callbacks.retry(scene, incident)
        return None
    if callback_team.client_talks(scene, incident):
        free = []
    mine = callback_queue.left_for(scene, incident, free)
    if not mine:
        callbacks.wait_for_agent(scene, incident)
        return None
    if paged and not rung:
        paging.begin_round(scene, incident, team)
    return legs.open_leg(scene, "agent", incident, mine[0].phone, agent=mine[0])


def _lock(scene: Scene, incident_id: int) -> None:
    scene.session.execute(
        select(Incident)
        .where(Incident.id == incident_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


# What becomes of it --------------------------------------------------------------------------


def is_wanted(scene: Scene, leg: Leg) -> bool:
    """Does the callback still need this leg? A doubled or forgotten call ends at once (law 5)."""
    if leg.ended_at is not None or leg.incident.state == "refused":
        return False
    if leg.accepted_at is not None:
        return True
    if leg.kind == "client":
        agent_leg = scene.session.get(Leg, leg.parent_id)
        return agent_leg is not None and agent_leg.ended_at is None
    return leg.incident.callback_at is not None


def over(scene: Scene, leg: Leg, outcome: str) -> None:
    """The leg has ended; only the first to say so moves the callback on.

    An agent who did not accept: the next one is rung at once. A client who was not reached: an
    attempt that counts. Nothing is owed any more: nothing follows. A call that somebody asked for
    (ivr/call_now.py) goes to nobody else.
    """
    if not legs.end(scene, leg, outcome):
        return
    if leg.kind == "client":
        if leg.accepted_at is None:
            incidents.recompute(scene, leg.incident)  # a voicemail is a message left (§2.1.5)
            _try_again(scene, leg.incident)
        return
    for child in _unended_children(scene, leg):
        over(scene, child, "hung_up")
    if call_now.is_asked(leg.incident) and outcome != legs.NEVER_RANG:
        call_now.over(scene, leg.incident)
    elif leg.accepted_at is None and leg.incident.callback_at is not None:
        callbacks.look_again(scene, leg.incident)


def not_bridged(scene: Scene, client_leg: Leg) -> None:
    """The client pressed the key and hung up before anybody spoke: still owed, once."""
    incident, accepted = client_leg.incident, client_leg.accepted_at
    if incident.callback_at is None and incident.state != "refused":
        told = [
            each
            for each in (incident, *incident.linked)
            if each.told_at and accepted and each.told_at >= accepted
        ]
        for each in told:
            incidents.not_told(scene, each)
        if told or not call_now.is_extra(incident):
            callbacks.retry(scene, incident)


def client_leg_of(scene: Scene, agent_leg: Leg) -> Leg | None:
    return scene.session.scalar(
        select(Leg).where(Leg.parent_id == agent_leg.id).order_by(Leg.id.desc()).limit(1)
    )


def spoken_to(scene: Scene, client_leg: Leg) -> None:
    """The client accepted the call: told (§4), and the callback is paid."""
    agent_leg = scene.session.get(Leg, client_leg.parent_id)
    agent = agent_leg.agent if agent_leg else None
    incident = client_leg.incident
    timeline.record(scene, incident, "client_reached", agent)
    if incident.told_at is not None and call_now.is_extra(incident):
        call_now.reached(incident)
        return
    incidents.client_told(scene, incident, how="call", agent=agent)


def _try_again(scene: Scene, incident: Incident) -> None:
    if incident.callback_at is None:
        return
    if call_now.is_extra(incident):
        call_now.over(scene, incident)
    else:
        callbacks.retry(scene, incident)


def _unended_children(scene: Scene, leg: Leg) -> list[Leg]:
    children = select(Leg).where(Leg.parent_id == leg.id, Leg.ended_at.is_(None))
    return list(scene.session.scalars(children))
