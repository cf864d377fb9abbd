"""A swap: one agent asks another to take a turn, with or without one of theirs in return.

Accepted, it becomes overrides in the same transaction; both are told after it. What it rests on is
looked at when it is asked and again when it is accepted: turns that changed meanwhile are not
swapped. One that nobody has settled when the first of its turns begins lapses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from ivr import audit
from ivr.database import changed
from ivr.models import Agent, RotaSwap
from ivr.rota import entering, standing, swap_letters
from ivr.rota.refusal import Refused
from ivr.rota.tables import is_usable
from ivr.scene import Scene
from ivr.spans import Span

LONGEST_NOTE = 400
SHOWN = 50


@dataclass(frozen=True)
class Turn:
    """A level for some time (UTC, half-open)."""

    level: str
    span: Span


@dataclass(frozen=True)
class Part:
    """What one agent gives to the other."""

    giver: Agent
    taker: Agent
    turn: Turn


def parts(swap: RotaSwap) -> Iterator[Part]:
    """What the asker gives, and what comes back."""
    yield Part(swap.asker, swap.other, Turn(swap.level, (swap.starts_at, swap.ends_at)))
    if swap.back_level and swap.back_starts_at and swap.back_ends_at:
        back = Turn(swap.back_level, (swap.back_starts_at, swap.back_ends_at))
        yield Part(swap.other, swap.asker, back)


def ask(
    scene: Scene, asker: Agent, other: Agent, turn: Turn, back: Turn | None = None, note: str = ""
) -> RotaSwap:
    """Asks `other`, who is told; the same asked twice is asked once.

    `Refused` where a turn is not the giver's or has begun, the taker has it already or cannot be
    rung, or the two are one.
    """
    swap = RotaSwap(
        asker=asker,
        other=other,
        level=turn.level,
        starts_at=turn.span[0],
        ends_at=turn.span[1],
        back_level=back.level if back else None,
        back_starts_at=back.span[0] if back else None,
        back_ends_at=back.span[1] if back else None,
        note=" ".join(note.split())[:LONGEST_NOTE],
        asked_at=scene.now,
        lapses_at=min(one.span[0] for one in (turn, back) if one),
    )
    standing.lock(scene)
    if same := _same(scene, swap):
        return same
    _check(scene, swap)
    scene.session.add(swap)
    scene.session.flush()
    audit.note(scene, asker, "swap_asked", other.name, **_facts(swap))
    swap_letters.asked(scene, swap)
    return swap


def accept(scene: Scene, swap_id: int, agent: Agent) -> RotaSwap:
    """The other takes it: the overrides stand, and both are told; `Refused` as `ask`."""
    standing.lock(scene)
    swap = _open(scene, swap_id, agent, "other_id")
    if swap.state == "accepted":
        return swap
    _check(scene, swap)
    made = [
        entering.override(
            scene,
            part.taker,
            part.turn.span,
            replaces=part.giver,
            level=part.turn.level,
            by=agent,
            note=swap.note,
        )
        for part in parts(swap)
    ]
    for part in parts(swap):
        if not standing.is_on_duty(scene, part.taker.id, part.turn.level, part.turn.span):
            raise Refused("rota.swap_changed", agent=part.giver.id)
    swap.override_id = made[0].id
    swap.back_override_id = made[1].id if made[1:] else None
    _settle(scene, swap, "accepted", agent)
    swap_letters.accepted(scene, swap)
    return swap


def decline(scene: Scene, swap_id: int, agent: Agent) -> RotaSwap:
    """The other says no, and the asker is told."""
    swap = _open(scene, swap_id, agent, "other_id")
    if swap.state == "asked":
        _settle(scene, swap, "declined", agent)
        swap_letters.declined(scene, swap)
    return swap


def withdraw(scene: Scene, swap_id: int, agent: Agent) -> RotaSwap:
    """The asker takes it back, and the other is told."""
    swap = _open(scene, swap_id, agent, "asker_id")
    if swap.state == "asked":
        _settle(scene, swap, "withdrawn", agent)
        swap_letters.withdrawn(scene, swap)
    return swap


def lapse(scene: Scene) -> None:
    """Those whose first turn has begun unanswered: the asker keeps the turn, and both are told."""
    due = select(RotaSwap).where(RotaSwap.lapses_at <= scene.now).order_by(RotaSwap.id)
    for swap in scene.session.scalars(due).all():
        ours = (
            update(RotaSwap)
            .where(RotaSwap.id == swap.id, RotaSwap.lapses_at.is_not(None))
            .values(state="lapsed", lapses_at=None, settled_at=scene.now)
            .execution_options(synchronize_session=False)
        )
        if changed(scene.session, ours):
            scene.session.refresh(swap)
            audit.note(scene, None, "swap_lapsed", swap.asker.name, **_facts(swap))
            swap_letters.lapsed(scene, swap)


def of(scene: Scene, agent: Agent | None = None) -> Sequence[RotaSwap]:
    """The agent's own, asked or to answer, or everybody's; the newest first."""
    rows = select(RotaSwap).order_by(RotaSwap.id.desc()).limit(SHOWN)
    if agent is not None:
        rows = rows.where(or_(RotaSwap.asker_id == agent.id, RotaSwap.other_id == agent.id))
    people = joinedload(RotaSwap.asker), joinedload(RotaSwap.other)
    return scene.session.scalars(rows.options(*people)).all()


def is_open(swap: RotaSwap, now: datetime) -> bool:
    """May it still be answered? Also before anybody has noted that it has lapsed."""
    return swap.lapses_at is not None and now < swap.lapses_at


def to_answer(scene: Scene, agent: Agent) -> int:
    """How many wait for this agent's answer."""
    waiting = select(RotaSwap.id).where(
        RotaSwap.other_id == agent.id, RotaSwap.lapses_at > scene.now
    )
    return len(scene.session.scalars(waiting).all())


_DONE = {"other_id": ("accepted", "declined"), "asker_id": ("withdrawn",)}
_OVER = {
    "accepted": "rota.swap_accepted",
    "declined": "rota.swap_declined",
    "withdrawn": "rota.swap_withdrawn",
    "lapsed": "rota.swap_lapsed",
}


def _open(scene: Scene, swap_id: int, agent: Agent, whose: str) -> RotaSwap:
    """The swap, locked, where it is this agent's to settle and open.

    What the same agent has done to it already is no refusal: a double click.
    """
    swap = scene.session.get(RotaSwap, swap_id, with_for_update=True, populate_existing=True)
    if swap is None or getattr(swap, whose) != agent.id:
        raise Refused("rota.no_such_swap")
    if swap.state == "asked" and not is_open(swap, scene.now):
        raise Refused("rota.swap_lapsed")
    if swap.state != "asked" and swap.state not in _DONE[whose]:
        raise Refused(_OVER[swap.state])
    return swap


def _settle(scene: Scene, swap: RotaSwap, state: str, agent: Agent) -> None:
    swap.state, swap.settled_at, swap.lapses_at = state, scene.now, None
    about = swap.asker if agent is swap.other else swap.other
    audit.note(scene, agent, f"swap_{state}", about.name, **_facts(swap))
    scene.session.flush()


def _check(scene: Scene, swap: RotaSwap) -> None:
    if swap.asker is swap.other:
        raise Refused("rota.same_agent", agent=swap.asker.id)
    for part in parts(swap):
        giver, taker, turn = part.giver, part.taker, part.turn
        start, end = (moment.isoformat() for moment in turn.span)
        if turn.span[0] >= turn.span[1]:
            raise Refused("rota.ends_before_start", start=start, end=end)
        if turn.span[0] <= scene.now:
            raise Refused("rota.swap_begun", start=start)
        if turn.level not in scene.policy.rota.levels:
            raise Refused("rota.swap_changed", agent=giver.id)
        if not is_usable(taker, scene.policy, scene.line_number):
            raise Refused("rota.unusable", agent=taker.id)
        if not standing.is_on_duty(scene, giver.id, turn.level, turn.span):
            raise Refused("rota.swap_changed", agent=giver.id)
        if standing.is_ever_on_duty(scene, taker.id, turn.level, turn.span):
            raise Refused("rota.swap_taken", agent=taker.id, start=start, end=end)


def _same(scene: Scene, swap: RotaSwap) -> RotaSwap | None:
    """An open one of the same people and turns."""
    alike = select(RotaSwap).where(
        RotaSwap.lapses_at.is_not(None),
        RotaSwap.asker_id == swap.asker.id,
        RotaSwap.other_id == swap.other.id,
        RotaSwap.level == swap.level,
        RotaSwap.starts_at == swap.starts_at,
        RotaSwap.ends_at == swap.ends_at,
        RotaSwap.back_starts_at == swap.back_starts_at,
    )
    return scene.session.scalars(alike).first()


def _facts(swap: RotaSwap) -> dict[str, object]:
    facts: dict[str, object] = {
        "level": swap.level,
        "start": swap.starts_at.isoformat(),
        "end": swap.ends_at.isoformat(),
    }
    if swap.back_starts_at and swap.back_ends_at:
        facts |= {
            "back_start": swap.back_starts_at.isoformat(),
            "back_end": swap.back_ends_at.isoformat(),
        }
    return facts
