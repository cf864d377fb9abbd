"""One callback: whose phone rings next, until somebody accepts and the client is reached."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, or_, select, true, update

from ivr import callbacks, incidents, legs, paging, staff, timeline
from ivr.models import Agent, Event, Incident, Leg
from ivr.scene import Scene

NEVER_RANG = "stale"
CLIENT_TALKS = timedelta(minutes=10)
"""As long as this a client who is on the phone with us about something else is left alone."""


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
    counted = callbacks.counted_time(scene, incident)
    if not counted.is_open(scene.now):
        callbacks.later(scene, incident, timedelta())
        return None
    rung = _rung(scene, incident)
    team = _team(scene, incident)
    if paged := paging.is_paged(incident):
        team = paging.widen(scene, incident, team, counted)
    left = [agent for agent in team if agent.id not in rung]
    if team and not left:
        if _holder_is_lost(scene, incident, team):
            incidents.hand_back(scene, incident)
        callbacks.retry(scene, incident)
        return None
    _lock_agents(scene, left)
    free = legs.free(scene, left)
    if not free and rung and paged:  # who is left talks: that ends the round, not the paging
        callbacks.retry(scene, incident)
        return None
    if not free or _client_talks(scene, incident, urgent=paged):
        callbacks.wait_for_agent(scene, incident)
        return None
    if paged and not rung:
        paging.begin_round(scene, incident, team)
    return legs.open_leg(scene, "agent", incident, free[0].phone, agent=free[0])


def _team(scene: Scene, incident: Incident) -> list[Agent]:
    """Who may be rung for it now: its holder first, or who asked for time, then the desk; after
    hours those on call, and for what one of them holds that one alone.

    A P1 of the extended service that finds nobody at the desk goes to those on call as well.
    """
    holder = incident.holder or incident.later_agent
    if scene.policy.hours.is_open(scene.now):
        team = staff.desk(scene) or (
            _on_call(scene, incident) if callbacks.is_extended(scene, incident) else []
        )
        away = holder is not None and holder.on_desk and not holder.present
    else:
        team = _on_call(scene, incident)
        away = holder not in team
    if holder is None or away or not holder.active:
        return team
    if incident.holder and not scene.policy.hours.is_open(scene.now):
        return [holder]  # nobody is woken for what another has taken already
    return [holder, *(agent for agent in team if agent is not holder)]


def _holder_is_lost(scene: Scene, incident: Incident, team: list[Agent]) -> bool:
    """Was the holder rung alone, round after round, and never answered (a battery, a dead zone)?"""
    if incident.holder is None or team != [incident.holder]:
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
            Leg.created_at > (incident.taken_at or incident.opened_at),
            func.coalesce(Leg.outcome, "") != NEVER_RANG,
        )
        .order_by(Leg.id.desc())
        .limit(rounds)
    ).all()
    return len(accepted) == rounds and not any(accepted)


def _on_call(scene: Scene, incident: Incident) -> list[Agent]:
    return staff.on_call(scene, incident.product, incident.language)


def _rung(scene: Scene, incident: Incident) -> frozenset[int | None]:
    """The agents whose phones rang since the last attempt that counts."""
    round_began = select(func.max(Event.at)).where(
        Event.incident_id == incident.id, Event.kind == "callback_tried"
    )
    rang = select(Leg.agent_id).where(
        Leg.incident_id == incident.id,
        Leg.kind == "agent",
        func.coalesce(Leg.outcome, "") != NEVER_RANG,
    )
    # Whoever took it, by text say, is to call the client now, even if the phone has just rung.
    began = (scene.session.scalar(round_began), incident.taken_at)
    if since := max((moment for moment in began if moment), default=None):
        rang = rang.where(Leg.created_at > since)
    return frozenset(scene.session.scalars(rang))


def _client_talks(scene: Scene, incident: Incident, *, urgent: bool) -> bool:
    """Are we ringing, or talking with, the same client about another incident?

    An `urgent` one does not wait for an agent's phone that only rings.
    """
    busy = or_(Leg.kind != "agent", Leg.accepted_at.is_not(None)) if urgent else true()
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


def _lock(scene: Scene, incident_id: int) -> None:
    scene.session.execute(
        select(Incident)
        .where(Incident.id == incident_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _lock_agents(scene: Scene, agents: list[Agent]) -> None:
    """Two workers never choose one agent for two callbacks: SQLite's one writer, else row locks."""
    ids = [agent.id for agent in agents]
    scene.session.execute(
        select(Agent.id).where(Agent.id.in_(ids)).order_by(Agent.id).with_for_update()
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


def adopt(scene: Scene, leg: Leg, sid: str) -> bool:
    """The call that Twilio placed for the leg; false where the leg has another one."""
    scene.session.execute(
        update(Leg)
        .where(Leg.id == leg.id, Leg.sid.is_(None))
        .values(sid=sid)
        .execution_options(synchronize_session=False)
    )
    scene.session.refresh(leg)
    return leg.sid == sid


def over(scene: Scene, leg: Leg, outcome: str) -> None:
    """The leg has ended; only the first to say so moves the callback on.

    An agent who did not accept: the next one is rung at once. A client who was not reached: an
    attempt that counts. Nothing is owed any more: nothing follows.
    """
    if not legs.end(scene, leg, outcome):
        return
    if leg.kind == "client":
        if leg.accepted_at is None:
            _try_again(scene, leg.incident)
        return
    for child in _unended_children(scene, leg):
        over(scene, child, "hung_up")
    if leg.accepted_at is None and leg.incident.callback_at is not None:
        callbacks.at_once(scene, leg.incident)
    callbacks.wake(scene)


def not_bridged(scene: Scene, client_leg: Leg) -> None:
    """The client pressed the key and hung up before anybody spoke: still owed, once."""
    incident, accepted = client_leg.incident, client_leg.accepted_at
    if incident.callback_at is None and incident.state != "refused":
        for told in (incident, *incident.linked):
            if told.told_at and accepted and told.told_at >= accepted:
                told.told_at = None
        callbacks.retry(scene, incident)


def client_leg_of(scene: Scene, agent_leg: Leg) -> Leg | None:
    return scene.session.scalar(
        select(Leg).where(Leg.parent_id == agent_leg.id).order_by(Leg.id.desc()).limit(1)
    )


def spoken_to(scene: Scene, client_leg: Leg) -> None:
    """The client accepted the call: told (§4), and the callback is paid."""
    agent_leg = scene.session.get(Leg, client_leg.parent_id)
    agent = agent_leg.agent if agent_leg else None
    timeline.record(scene, client_leg.incident, "client_reached", agent)
    incidents.client_told(scene, client_leg.incident, how="call", agent=agent)


def _try_again(scene: Scene, incident: Incident) -> None:
    if incident.callback_at is not None:
        callbacks.retry(scene, incident)


def _unended_children(scene: Scene, leg: Leg) -> list[Leg]:
    children = select(Leg).where(Leg.parent_id == leg.id, Leg.ended_at.is_(None))
    return list(scene.session.scalars(children))
