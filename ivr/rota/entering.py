"""Enters overrides and shifts, and takes them back; what was is kept for the record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from ivr import audit
from ivr.models import Agent, RotaOverride, RotaShift
from ivr.reason import Reason
from ivr.rota.refusal import Refused
from ivr.rota.scope import EVERY_CALL, Scope
from ivr.rota.stretches import shifts_between
from ivr.rota.tables import is_usable, read
from ivr.scene import Scene
from ivr.spans import Span


def override(
    scene: Scene,
    agent: Agent,
    span: Span,
    *,
    replaces: Agent | None = None,
    level: str | None = None,
    by: Agent | None = None,
    note: str = "",
) -> RotaOverride:
    """`agent` takes the place of `replaces`, or of whoever is on call at `level`, for `span`.

    It may begin now, and may lie in the past, for the record. `Refused` where it makes no sense
    or the line cannot ring `agent`.
    """
    _check(scene, agent, span)
    if agent is replaces:
        raise Refused("rota.same_agent", agent=agent.id)
    if replaces is None and level is None:
        level = scene.policy.rota.levels[0]
    row = RotaOverride(
        agent=agent,
        replaces=replaces,
        level=level,
        starts_at=span[0],
        ends_at=span[1],
        note=note,
        entered_at=scene.now,
        entered_by=by,
    )
    scene.session.add(row)
    scene.session.flush()
    audit.note(scene, by, "override_entered", agent.name, **_facts(row))
    return row


def idle(scene: Scene, row: RotaOverride) -> Reason | None:
    """Why an override changes nothing, where it does: the replaced agent is never on call then."""
    if row.replaces_id is None:
        return None
    span = row.starts_at, row.ends_at
    rota = read(scene.session, scene.policy, scene.line_number, *span)
    rule = f"override {row.id}"
    for stretch in shifts_between(rota, *span):
        if any(place.rule == rule for place in stretch.level.standing):
            return None
    facts = {"start": span[0].isoformat(), "end": span[1].isoformat()}
    return Reason("rota.idle", {"replaced": row.replaces_id, **facts})


def withdraw(scene: Scene, override_id: int, by: Agent | None = None) -> RotaOverride:
    """Takes an override back from now on; what it has changed until now stays.

    `Refused` where there is none, or it is over or withdrawn already.
    """
    row = scene.session.get(RotaOverride, override_id, with_for_update=True)
    if row is None:
        raise Refused("rota.no_such_override", number=override_id)
    if row.withdrawn_at is not None:
        raise Refused("rota.withdrawn_already", number=override_id)
    if row.ends_at <= scene.now:
        raise Refused("rota.over_already", number=override_id)
    row.withdrawn_at = scene.now
    row.withdrawn_by_id = by.id if by else None
    scene.session.flush()
    audit.note(scene, by, "override_withdrawn", row.agent.name, **_facts(row))
    return row


def change_override(
    scene: Scene, override_id: int, span: Span, by: Agent | None = None
) -> RotaOverride:
    """The same for another time, as a new one: what the old one has changed until now stays.

    `Refused` as `withdraw` and `override`.
    """
    old = withdraw(scene, override_id, by)
    start = max(span[0], scene.now) if old.starts_at < scene.now else span[0]
    level, note = old.level, old.note
    return override(
        scene, old.agent, (start, span[1]), replaces=old.replaces, level=level, by=by, note=note
    )


def shift(
    scene: Scene,
    agent: Agent,
    span: Span,
    level: str,
    scope: Scope = EVERY_CALL,
    by: Agent | None = None,
) -> RotaShift:
    """`agent` is on call at `level` for `span`, over the layers; `Refused` as `override`."""
    _check(scene, agent, span)
    row = RotaShift(
        agent=agent,
        level=level,
        starts_at=span[0],
        ends_at=span[1],
        products=sorted(scope.products),
        languages=sorted(scope.languages),
        entered_at=scene.now,
    )
    scene.session.add(row)
    scene.session.flush()
    audit.note(scene, by, "shift_entered", agent.name, **_facts(row))
    return row


def change_shift(scene: Scene, shift_id: int, span: Span, by: Agent | None = None) -> RotaShift:
    """Another time for a shift that was entered by hand; where it has begun, another end.

    `Refused` as `remove_shift`, and where the end lies before now.
    """
    row = _shift_to_change(scene, shift_id)
    start = row.starts_at if row.starts_at < scene.now else span[0]
    if span[1] <= scene.now:
        raise Refused("rota.over_already", number=shift_id)
    _check(scene, row.agent, (start, span[1]))
    row.starts_at, row.ends_at, row.entered_at = start, span[1], scene.now
    scene.session.flush()
    audit.note(scene, by, "shift_changed", row.agent.name, **_facts(row))
    return row


def remove_shift(scene: Scene, shift_id: int, by: Agent | None = None) -> None:
    """Takes back a shift that was entered by hand; the part of it that is over stays.

    `Refused` where there is none, it is over, or a calendar brought it and would bring it again.
    """
    row = _shift_to_change(scene, shift_id)
    audit.note(scene, by, "shift_removed", row.agent.name, **_facts(row))
    cut(scene, row)


def _shift_to_change(scene: Scene, shift_id: int) -> RotaShift:
    row = scene.session.get(RotaShift, shift_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise Refused("rota.no_such_shift", number=shift_id)
    if row.feed:
        raise Refused("rota.shift_of_feed", number=shift_id, feed=row.feed)
    if row.ends_at <= scene.now:
        raise Refused("rota.over_already", number=shift_id)
    return row


def cut(scene: Scene, row: RotaShift) -> None:
    """The shift ends now; one that has not begun is gone."""
    if row.starts_at < scene.now:
        row.ends_at = scene.now
    else:
        scene.session.delete(row)


def standing_overrides(scene: Scene) -> Sequence[RotaOverride]:
    """Those that hold or will hold, the soonest first."""
    rows = select(RotaOverride).where(
        RotaOverride.withdrawn_at.is_(None), RotaOverride.ends_at > scene.now
    )
    return scene.session.scalars(rows.order_by(RotaOverride.starts_at, RotaOverride.id)).all()


def standing_shifts(scene: Scene) -> Sequence[RotaShift]:
    """Those entered by hand that hold or will hold, the soonest first."""
    rows = select(RotaShift).where(RotaShift.feed == "", RotaShift.ends_at > scene.now)
    return scene.session.scalars(rows.order_by(RotaShift.starts_at, RotaShift.id)).all()


def agent_of(scene: Scene, who: str) -> Agent:
    """The agent of an e-mail address, or of a whole name that only one has; else `Refused`."""
    wanted = who.strip().casefold()
    agents = [
        agent
        for agent in scene.session.scalars(select(Agent).order_by(Agent.id))
        if wanted in (agent.email.casefold(), agent.name.casefold())
    ]
    if len(agents) != 1:
        key = "rota.several_agents" if agents else "rota.unknown_agent"
        raise Refused(key, name=who)
    return agents[0]


def _check(scene: Scene, agent: Agent, span: Span) -> None:
    if span[0] >= span[1]:
        facts = {"start": span[0].isoformat(), "end": span[1].isoformat()}
        raise Refused("rota.ends_before_start", **facts)
    if not is_usable(agent, scene.policy, scene.line_number):
        raise Refused("rota.unusable", agent=agent.id)


def _facts(row: RotaOverride | RotaShift) -> dict[str, object]:
    facts: dict[str, object] = {
        "number": row.id,
        "level": row.level,
        "start": row.starts_at.isoformat(),
        "end": row.ends_at.isoformat(),
    }
    if isinstance(row, RotaOverride) and row.replaces:
        facts["replaces"] = row.replaces.name
    return facts
