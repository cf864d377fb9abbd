"""Callbacks that wait in line for the same phones: whose turn it is, and why, on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from ivr import callback_team, callbacks, legs, ordering, sla, staff
from ivr.callers import extended_window
from ivr.models import Agent, Incident, Leg
from ivr.ordering import Owed, Standing
from ivr.reason import Reason
from ivr.scene import Scene

LIVELY = timedelta(seconds=10)
"""A row that nobody has managed to look at for so long keeps no phone for itself."""
IN_LINE = 500
"""So many calls that are due are counted for the screen, and no more."""
MOST = 50
"""So many are asked for at most whether they want a phone."""


def left_for(scene: Scene, incident: Incident, free: Sequence[Agent]) -> list[Agent]:
    """Those of `free` that no more urgent callback may ring; where that leaves none, it is those
    callbacks that are looked at now.

    The caller holds the lock of `legs.lock_all`: of two workers, one at a time decides.
    """
    if not free:
        return []
    ahead = _wanted(scene, _more_urgent(scene, incident))
    taken = ordering.spread(ahead, [agent.id for agent in free])
    left = [agent for agent in free if agent.id not in taken.values()]
    if not left:
        for other in taken:
            _release(scene, other)
    return left


def wake(scene: Scene, agent_id: int) -> None:
    """A phone is free again: the most urgent callback that waits for it waits no longer."""
    agent = scene.session.get(Agent, agent_id)
    if agent is None or not legs.free(scene, [agent]):
        return
    waiting = select(Incident).where(_waits(scene), *_in_line(scene))
    for incident_id in ordering.spread(_wanted(scene, _read(scene, waiting)), [agent_id]):
        _release(scene, incident_id)


def places(scene: Scene, incidents: Iterable[Incident]) -> Mapping[int, Reason]:
    """Why each of these stands where it stands among all that are owed a call, in words.

    Where more than `IN_LINE` calls are due, the places of those due last are not counted.
    """
    shown = {incident.id for incident in incidents if incident.callback_at is not None}
    if not shown:
        return {}
    due = select(Incident.id).where(Incident.callback_at <= scene.now)
    longest_due = scene.session.scalars(due.order_by(Incident.callback_at).limit(IN_LINE))
    in_line = select(Incident).where(
        Incident.id.in_(shown.union(longest_due)), Incident.callback_at.is_not(None)
    )
    rung, talking = _rung(scene), _talking(scene)
    standings = [
        _standing(scene, incident, rung.get(incident.id, ""), talking)
        for incident in scene.session.scalars(in_line)
    ]
    found = ordering.places(standings, scene.now, _there(scene))
    return {incident_id: found[incident_id] for incident_id in shown}


# Who is in line -------------------------------------------------------------------------------


def _more_urgent(scene: Scene, incident: Incident) -> Sequence[Incident]:
    """Whoever is due, is not being rung for, and stands before `incident`."""
    first, due_at, number = callbacks.urgency()
    mine = Owed(incident.id, incident.priority, incident.due_at)
    own = int(ordering.rank(mine)[0])
    before = or_(
        first < own,
        and_(first == own, tuple_(due_at, number) < (incident.due_at, incident.id)),
    )
    return _read(scene, select(Incident).where(before, _is_lively(scene), *_in_line(scene)))


def _read(scene: Scene, query: Select[Incident]) -> Sequence[Incident]:
    return scene.session.scalars(query.order_by(*callbacks.urgency()).limit(MOST)).all()


def _wanted(scene: Scene, incidents: Iterable[Incident]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each with the agents whom it may ring now, asked for one after the other."""
    for incident in incidents:
        yield incident.id, tuple(agent.id for agent in callback_team.left(scene, incident))


def _in_line(scene: Scene) -> tuple[ColumnElement[bool], ...]:
    rung = select(Leg.id).where(
        Leg.incident_id == Incident.id, Leg.kind == "agent", Leg.ended_at.is_(None)
    )
    return Incident.callback_at <= scene.now, ~rung.exists()


def _waits(scene: Scene) -> ColumnElement[bool]:
    return and_(Incident.callback_waits, Incident.callback_claimed_until > scene.now)


def _is_lively(scene: Scene) -> ColumnElement[bool]:
    """It waits for a phone, or may be claimed only since a moment ago: somebody will look at it."""
    claimed, since = Incident.callback_claimed_until, scene.now - LIVELY
    return or_(
        _waits(scene),
        and_(claimed.is_(None), Incident.callback_at > since),
        and_(claimed <= scene.now, claimed > since),
    )


def _release(scene: Scene, incident_id: int) -> None:
    """Its wait is over from this moment on; where it was not waiting, it is due already.

    A row that somebody has locked is being looked at: to wait for it here could be for ever.
    """
    ours = select(Incident).where(Incident.id == incident_id, _waits(scene))
    waiting = scene.session.scalar(
        ours.with_for_update(skip_locked=True, key_share=True).execution_options(
            populate_existing=True
        )
    )
    if waiting:
        waiting.callback_claimed_until = scene.now
    scene.nudge("call_back", incident_id)


# What the screen shows ------------------------------------------------------------------------


def _standing(
    scene: Scene, incident: Incident, rung: str, talking: frozenset[tuple[str | None, str]]
) -> Standing:
    assert incident.callback_at is not None
    window = extended_window(scene, incident)
    return Standing(
        Owed(incident.id, incident.priority, incident.due_at),
        incident.callback_at,
        sla.left(scene.policy, incident.priority, incident.due_at, scene.now, window),
        incident.callback_attempts,
        rung,
        (incident.callback_number, incident.callback_extension) in talking,
        incident.callback_capped or "",
    )


def _rung(scene: Scene) -> dict[int, str]:
    """By incident, the agent whose phone rings for its callback."""
    live = (
        select(Leg.incident_id, Agent.name)
        .join(Agent, Agent.id == Leg.agent_id)
        .where(Leg.kind == "agent", Leg.ended_at.is_(None))
    )
    return {row.incident_id: row.name for row in scene.session.execute(live)}


def _talking(scene: Scene) -> frozenset[tuple[str | None, str]]:
    """The numbers whose phones ring, or that are engaged, for a callback."""
    busy = (
        select(Incident.callback_number, Incident.callback_extension)
        .join(Leg, Leg.incident_id == Incident.id)
        .where(Leg.ended_at.is_(None), Leg.created_at > scene.now - callback_team.CLIENT_TALKS)
    )
    return frozenset((number, extension) for number, extension in scene.session.execute(busy))


def _there(scene: Scene) -> int:
    """How many agents share the calls at this moment."""
    if not scene.policy.hours.is_open(scene.now):
        return len(staff.to_ring(scene))
    there = select(func.count()).where(Agent.active, Agent.on_desk, Agent.present)
    return scene.session.scalar(there) or 0
