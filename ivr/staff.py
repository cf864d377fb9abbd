"""Who is there to be rung: the desk's hunt group in regular hours, the rota after them."""

from __future__ import annotations

from sqlalchemy import func, select

from ivr.models import Agent, Leg, RotaMember
from ivr.rota import Rotation
from ivr.scene import Scene


def desk(scene: Scene) -> list[Agent]:
    """The agents who are at the desk, whoever was rung longest ago first."""
    last_rung = (
        select(func.max(Leg.id)).where(Leg.agent_id == Agent.id).correlate(Agent).scalar_subquery()
    )
    return list(
        scene.session.scalars(
            select(Agent)
            .where(Agent.active, Agent.on_desk, Agent.present)
            .order_by(func.coalesce(last_rung, 0), Agent.id)
        )
    )


def on_call(scene: Scene) -> list[Agent]:
    """The agent on call first, then those who come next in the rotation."""
    members = scene.session.scalars(
        select(RotaMember.agent_id).join(Agent).where(Agent.active).order_by(RotaMember.position)
    )
    rotation = Rotation.of(tuple(members), scene.policy.rota, scene.policy.zone)
    agents = {agent.id: agent for agent in scene.session.scalars(select(Agent))}
    return [agents[member] for member in rotation.on_call(scene.now)]
