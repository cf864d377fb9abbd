"""What would become of the rota if its rotations changed: shown before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from ivr.models import Agent, RotaLayer, RotaLayerMember
from ivr.rota import review, tables
from ivr.rota.gaps import Gap
from ivr.rota.labour import Finding
from ivr.rota.layers import LayerPlan
from ivr.rota.order import Level, Rota, levels_at
from ivr.rota.planning import LayerChange
from ivr.rota.refusal import Refused
from ivr.rota.rules import Layer
from ivr.rota.stretches import edges
from ivr.scene import Scene

AHEAD = timedelta(weeks=8)
"""How far the effect of a change is told."""


@dataclass(frozen=True)
class Difference:
    """At `level` others are on call from `start` to `end` (UTC) than were."""

    level: str
    start: datetime
    end: datetime
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """Within `AHEAD` of the change; gaps and findings are those that it brings."""

    differences: tuple[Difference, ...]
    gaps: tuple[Gap, ...]
    mended: tuple[Gap, ...]
    """Those that are there now and would not be."""
    findings: tuple[Finding, ...]


def effect(scene: Scene, change: LayerChange, at: datetime) -> Effect:
    """What `change` would do from `at` on; `Refused` where a member is no agent."""
    end = at + AHEAD

    def before(since: datetime, until: datetime) -> Rota:
        return tables.read(scene.session, scene.policy, scene.line_number, since, until)

    after = _changed(scene, before, change, at)
    gaps, then = (set(review.find_gaps(scene, at, end, read)) for read in (before, after))
    found, finding = (
        set(review.find_labour(scene, at, end, read=read)) for read in (before, after)
    )
    return Effect(
        tuple(differences(before(at, end), after(at, end), at, end)),
        tuple(sorted(then - gaps)),
        tuple(sorted(gaps - then)),
        tuple(sorted(finding - found)),
    )


def differences(before: Rota, after: Rota, start: datetime, end: datetime) -> Iterator[Difference]:
    """Where others would be on call, level by level and in order."""
    found: dict[str, list[Difference]] = {name: [] for name in before.levels}
    cuts = sorted({start, *edges(before, start, end), *edges(after, start, end), end})
    for since, until in pairwise(cuts):
        for one, other in zip(levels_at(before, since), levels_at(after, since), strict=True):
            if one.name != before.everyone and _duty(one) != _duty(other):
                _append(
                    found[one.name], Difference(one.name, since, until, _duty(one), _duty(other))
                )
    for mine in found.values():
        yield from mine


def _duty(level: Level) -> tuple[int, ...]:
    return level.duty


def _append(known: list[Difference], new: Difference) -> None:
    last = known[-1] if known else None
    if last and last.end == new.start and (last.before, last.after) == (new.before, new.after):
        known[-1] = replace(last, end=new.end)
    else:
        known.append(new)


def _changed(
    scene: Scene, read: Callable[[datetime, datetime], Rota], change: LayerChange, at: datetime
) -> review.Reader:
    """The rota with the change, as `planning.enter` would write it."""
    new = _new_layer(scene, change.plan, change.row, at) if change.plan else None
    places = {row.id: row.place for row in scene.session.scalars(select(RotaLayer))}

    def reader(start: datetime, end: datetime) -> Rota:
        rota = read(start, end)
        layers = list(_without(rota.layers, change.row, at))
        if new is not None and change.plan is not None:
            higher = [n for n, one in enumerate(layers) if places[one.id] > change.plan.place]
            layers.insert(higher[0] if higher else len(layers), new)
        return replace(rota, layers=tuple(layers))

    return reader


def _without(layers: Sequence[Layer], row: RotaLayer | None, at: datetime) -> Iterator[Layer]:
    for layer in layers:
        if row is None or layer.id != row.id:
            yield layer
        elif layer.starts < at:
            yield replace(layer, ends=min(layer.ends, at))


def _new_layer(scene: Scene, plan: LayerPlan, row: RotaLayer | None, at: datetime) -> Layer:
    agents = {agent.email: agent.id for agent in scene.session.scalars(select(Agent))}
    if unknown := [email for email in plan.members if email not in agents]:
        raise Refused("rota.no_such_agent", email=unknown[0])
    begins = plan.starts_at or at
    made = RotaLayer(
        id=0,
        level=plan.level,
        place=plan.place,
        name=plan.name,
        first_day=plan.first_day,
        days=plan.days,
        handover=plan.handover,
        windows=plan.windows,
        starts_at=begins if row is None else max(begins, at),
        ends_at=plan.ends_at,
        products=list(plan.products),
        languages=list(plan.languages),
        backups=plan.backups,
        language_first=plan.language_first,
        entered_at=scene.now,
        members=[
            RotaLayerMember(position=n, agent_id=agents[email])
            for n, email in enumerate(plan.members)
        ],
    )
    return tables.layer_of(made, scene.policy)
