"""Incidents that are owed a callback, as a finished call leaves them."""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager

from sqlalchemy import select

from ivr import callbacks, incidents
from ivr.models import Agent, Call, Client, Incident, Leg, SuperUser
from ivr.scene import Scene
from line import Line
from tests.world import IMAGING_USER, World

_sids = itertools.count(1)


def owe(
    line: Line,
    client: str | None = "20317",
    caller: str = IMAGING_USER,
    *,
    priority: str = "P2",
    product: str | None = "imaging",
    recognised: bool = True,
) -> int:
    """A call that has just ended without anybody reached; the incident's id."""
    with line.scene() as scene:
        incident = owe_in(scene, client, caller, priority, product, recognised)
    return incident.id


def owe_in(
    scene: Scene,
    client: str | None = "20317",
    caller: str = IMAGING_USER,
    priority: str = "P2",
    product: str | None = "imaging",
    recognised: bool = True,
) -> Incident:
    call = Call(
        sid=f"CA{next(_sids):032x}",
        caller=caller,
        started_at=scene.now,
        touched_at=scene.now,
        ended_at=scene.now,
        step="promise",
        client=scene.session.scalar(select(Client).where(Client.number == client)),
        answers={},
    )
    scene.session.add(call)
    scene.session.flush()
    incident = incidents.open_for(scene, call)
    if recognised:
        user = scene.session.scalar(select(SuperUser).where(SuperUser.phone == caller))
        incident.super_user, incident.recognised_by = user, "number"
        incident.language = user.language if user else "fr"
    incidents.set_product(scene, incident, product)
    incidents.set_priority(scene, incident, priority, claimed=priority)
    callbacks.plan(scene, incident)
    return incident


def incident_of(line: Line, incident_id: int) -> Incident:
    with line.sessions() as session:
        return session.get_one(Incident, incident_id)


def agent(scene: Scene, phone: str) -> Agent:
    return scene.session.scalars(select(Agent).where(Agent.phone == phone)).one()


def legs_of(world: World, kind: str) -> list[Leg]:
    with world.session() as session:
        return list(session.scalars(select(Leg).where(Leg.kind == kind).order_by(Leg.id)))


def acting(world: World) -> AbstractContextManager[Scene]:
    return world.line.scene()
