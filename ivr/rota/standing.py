"""What stands in the rota for some time: asked before a change, and again when it is written.

Two people who change the rota at once never overwrite one another unseen: whoever is second is
shown what changed, by the mark of what the page had shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from ivr.models import Agent
from ivr.rota import history
from ivr.rota.stretches import Duty, Stretch, shifts_between
from ivr.rota.tables import read
from ivr.scene import Scene
from ivr.spans import Span

AHEAD = timedelta(weeks=13)
"""As far as turns are offered to be swapped."""


def lock(scene: Scene) -> None:
    """Whoever else changes the rota waits until this transaction ends.

    The first agent's row stands for the whole of it: it is there as long as anybody is, and a
    lock that leaves its key alone holds nobody up who only names the agent.
    """
    first = select(Agent.id).order_by(Agent.id).limit(1)
    scene.session.execute(first.with_for_update(key_share=True))


def at_level(scene: Scene, level: str, span: Span) -> list[Stretch]:
    """The stretches of one level in `span`."""
    rota = read(scene.session, scene.policy, scene.line_number, *span)
    return [one for one in shifts_between(rota, *span) if one.level.name == level]


def mark(scene: Scene, level: str, span: Span) -> str:
    """Changes as soon as anything about who stands at the level in `span` does."""
    seen = [
        (one.start.isoformat(), one.end.isoformat(), place.agent, place.rule, place.duty)
        for one in at_level(scene, level, span)
        for place in one.level.standing
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def is_on_duty(scene: Scene, agent_id: int, level: str, span: Span) -> bool:
    """On call at the level for the whole of `span`, not as a backup."""
    return all(agent_id in one.level.duty for one in at_level(scene, level, span))


def is_ever_on_duty(scene: Scene, agent_id: int, level: str, span: Span) -> bool:
    return any(agent_id in one.level.duty for one in at_level(scene, level, span))


def turns_ahead(scene: Scene) -> Sequence[Duty]:
    """Who is on call when from now on, those that run included, in order; see `AHEAD`."""
    return history.turns(scene, scene.now, scene.now + AHEAD)
