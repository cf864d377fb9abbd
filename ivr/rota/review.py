"""What is wrong with the rota in some stretch of time: its gaps, and what breaks labour figures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import select

from ivr.models import Agent
from ivr.reason import Reason
from ivr.rota import gaps, labour, tables
from ivr.rota.gaps import Gap
from ivr.rota.labour import Finding
from ivr.rota.order import Rota
from ivr.rota.stretches import duties, whole
from ivr.scene import Scene

DESK = "desk"
Reader = Callable[[datetime, datetime], Rota]
"""The rota of some time: the database's, or what would become of it."""


def find_gaps(
    scene: Scene, start: datetime, end: datetime, read: Reader | None = None
) -> list[Gap]:
    """When a level that should have somebody has nobody, in the hours of policy.toml's `needed`."""
    policy = scene.policy
    rota = (read or _reader(scene))(start, end)
    outside = policy.hours.outside().openings(start, end)
    needed = [(start, end)] if policy.rota.needed_always else outside
    ringing = (*policy.rota.rung_in_call, *policy.rota.rung_in_gap)
    return gaps.gaps(rota, needed, policy.products, ringing)


def unknown_levels(scene: Scene, start: datetime, end: datetime) -> list[Reason]:
    """Levels that policy.toml no longer names: who stands there is not rung."""
    rota = tables.read(scene.session, scene.policy, scene.line_number, start, end)
    names = {rule.level for rule in rota.layers} | {rule.level for rule in rota.shifts}
    return [Reason("rota.unknown_level", {"name": name}) for name in sorted(names - {*rota.levels})]


def find_labour(
    scene: Scene,
    start: datetime,
    end: datetime,
    counted: Collection[str] | None = None,
    read: Reader | None = None,
) -> list[Finding]:
    """Who works too long, rests too little or was told too late in [start, end).

    `counted` are the levels whose turns are work, in the place of policy.toml's; see
    `ivr/rota/labour.py` for what else is. Calls that are still to come are not known.
    """
    figures, zone = scene.policy.rota.labour, scene.policy.zone
    counted = figures.counted_levels if counted is None else counted
    since, until = labour.reach(start, end, figures, zone)
    rota = (read or _reader(scene))(since, until)
    on_duty = duties(whole(rota, since, until))
    work = tables.interventions(scene.session, since, min(until, scene.now))
    for agent, spans in labour.counted(on_duty, counted).items():
        work.setdefault(agent, []).extend(spans)
    if DESK in counted:
        opening = list(scene.policy.hours.openings(since, until))
        for agent in scene.session.scalars(select(Agent.id).where(Agent.active, Agent.on_desk)):
            work.setdefault(agent, []).extend(opening)
    soon = [duty for duty in on_duty if duty.start < end]
    late = labour.late_notice(soon, start, figures, zone)
    return sorted([*labour.overwork(work, start, end, figures, zone), *late])


def _reader(scene: Scene) -> Reader:
    return lambda start, end: tables.read(
        scene.session, scene.policy, scene.line_number, start, end
    )
