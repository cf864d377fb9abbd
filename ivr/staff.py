"""Who is there to be rung: the desk's hunt group in regular hours, the rota after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ivr.models import Agent, Leg
from ivr.policy import Policy
from ivr.rota import tables, who
from ivr.rota.order import Rota
from ivr.scene import Scene


@dataclass(frozen=True)
class Level:
    """Those who are rung together, or one after the other, before the next level is."""

    name: str
    agents: tuple[Agent, ...]


@dataclass(frozen=True)
class Staff:
    """The rota of a stretch of time and its agents, read once: a day of it is asked often."""

    policy: Policy
    rota: Rota
    agents: Mapping[int, Agent]

    @classmethod
    def read(cls, scene: Scene, until: datetime | None = None) -> Staff:
        """For `scene.now`, or for every moment from then to before `until`."""
        rota = tables.read(scene.session, scene.policy, scene.line_number, scene.now, until)
        agents = {agent.id: agent for agent in scene.session.scalars(select(Agent))}
        return cls(scene.policy, rota, agents)

    def levels(
        self, at: datetime, product: str | None = None, language: str | None = None
    ) -> tuple[Level, ...]:
        return tuple(
            Level(level.name, tuple(self.agents[agent] for agent in level.agents))
            for level in who(self.rota, at, product, language)
        )

    def on_call(
        self, at: datetime, product: str | None = None, language: str | None = None
    ) -> list[Agent]:
        """Who stands in the rota to be rung; nobody is there for being an agent alone."""
        levels = self.levels(at, product, language)
        return self._rung([one for one in levels if one.name != self.policy.rota.everyone])

    def to_ring(
        self, at: datetime, product: str | None = None, language: str | None = None
    ) -> list[Agent]:
        """Those on call; or, after hours, in a gap and where policy.toml has it so, every agent."""
        if self.policy.hours.is_open(at):
            return self.on_call(at, product, language)
        return self._rung(self.levels(at, product, language))

    def _rung(self, levels: Iterable[Level]) -> list[Agent]:
        there = {level.name: level.agents for level in levels}
        rules = self.policy.rota
        rung = [agent for name in rules.rung_in_call for agent in there.get(name, ())]
        return rung or list(next((there[name] for name in rules.rung_in_gap if name in there), ()))


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


def of_role(scene: Scene, role: str) -> list[Agent]:
    """The active agents of `role` (ivr/rights.py), whether they are there or not."""
    found = select(Agent).where(Agent.active, Agent.role == role).order_by(Agent.id)
    return list(scene.session.scalars(found))


def on_call(scene: Scene, product: str | None = None, language: str | None = None) -> list[Agent]:
    """Who is on call, in order: policy.toml's `rung_in_call` levels.

    Where nobody stands at any of them, the first of its `rung_in_gap` that has somebody. Agents
    who have left, or whose phone the line may not ring, are not among them; nobody is twice.
    """
    return Staff.read(scene).on_call(scene.now, product, language)


def to_ring(scene: Scene, product: str | None = None, language: str | None = None) -> list[Agent]:
    """Whom to ring for a caller on the line: those on call, or in a gap of the night everyone."""
    return Staff.read(scene).to_ring(scene.now, product, language)


def levels(
    scene: Scene, product: str | None = None, language: str | None = None
) -> tuple[Level, ...]:
    """All levels that have somebody at this moment, in order: the chain that a P1 is paged to."""
    return Staff.read(scene).levels(scene.now, product, language)
