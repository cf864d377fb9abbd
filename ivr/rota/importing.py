"""Brings the shifts of a calendar into the rota: shown first, then entered as they were shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from ivr import audit
from ivr.models import Agent, RotaShift
from ivr.rota.entering import cut
from ivr.rota.feed import Feed, FeedEvent, Unread
from ivr.rota.matching import Known, match
from ivr.rota.scope import EVERY_CALL, Scope
from ivr.rota.tables import is_usable
from ivr.scene import Scene
from ivr.spans import Span

AHEAD = timedelta(days=366)
"""As far as a calendar is read."""


@dataclass(frozen=True, order=True)
class NewShift:
    """A shift that the calendar has; two that are equal are one."""

    span: Span
    agent: int
    level: str
    rank: int = 0
    products: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """What an import would do; nothing is written yet."""

    name: str
    added: dict[NewShift, str]
    """With the event's UID."""
    removed: list[RotaShift]
    """What the same calendar brought and has no more; one that has begun ends now."""
    kept: int
    unmatched: list[Unread]

    @property
    def empties(self) -> bool:
        """Nothing would be left of what the calendar brought: more often its mistake than ours."""
        return bool(self.removed) and not self.added and not self.kept


def preview(scene: Scene, feed: Feed, name: str, level: str, scope: Scope = EVERY_CALL) -> Preview:
    """Compares a calendar with what the calendar of this `name` brought before.

    What is over stays as it is: who was on call does not change afterwards.
    """
    wanted, unmatched = _wanted(scene, feed, level, scope)
    removed, kept = [], set()
    for row in _brought(scene, name):
        shift = as_new(row)
        if shift in wanted and shift not in kept:
            kept.add(shift)
        else:
            removed.append(row)
    added = {shift: uid for shift, uid in sorted(wanted.items()) if shift not in kept}
    return Preview(name, added, removed, len(kept), [*feed.unread, *unmatched])


def enter(scene: Scene, shown: Preview) -> None:
    """Writes what was shown; where that is a change, it leaves a line."""
    if shown.added or shown.removed:
        facts = {"added": len(shown.added), "removed": len(shown.removed)}
        audit.note(scene, None, "calendar_imported", shown.name, **facts)
    for row in shown.removed:
        if any(_goes_on(row, shift) for shift in shown.added):
            scene.session.delete(row)
        else:
            cut(scene, row)
    for shift, uid in shown.added.items():
        scene.session.add(
            RotaShift(
                agent_id=shift.agent,
                level=shift.level,
                starts_at=shift.span[0],
                ends_at=shift.span[1],
                rank=shift.rank,
                products=list(shift.products),
                languages=list(shift.languages),
                feed=shown.name,
                uid=uid,
                entered_at=scene.now,
            )
        )
    scene.session.flush()


def _wanted(
    scene: Scene, feed: Feed, level: str, scope: Scope
) -> tuple[dict[NewShift, str], list[Unread]]:
    agents = [
        Known(one.id, one.name, one.email, is_usable(one, scene.policy, scene.line_number))
        for one in scene.session.scalars(select(Agent).order_by(Agent.id))
    ]
    wanted: dict[NewShift, str] = {}
    unmatched: list[Unread] = []
    for event in feed.events:
        if event.span[1] <= scene.now:
            continue
        found = match(event, agents)
        if not isinstance(found, tuple):
            unmatched.append(Unread(event.summary, event.span, found))
            continue
        for agent in found:
            wanted.setdefault(_new(event, agent, level, scope), event.uid)
    return wanted, unmatched


def _new(event: FeedEvent, agent: int, level: str, scope: Scope) -> NewShift:
    products, languages = (tuple(sorted(some)) for some in (scope.products, scope.languages))
    return NewShift(event.span, agent, level, event.rank, products, languages)


def as_new(row: RotaShift) -> NewShift:
    span = row.starts_at, row.ends_at
    products, languages = tuple(row.products), tuple(row.languages)
    return NewShift(span, row.agent_id, row.level, row.rank, products, languages)


def _brought(scene: Scene, name: str) -> list[RotaShift]:
    rows = select(RotaShift).where(RotaShift.feed == name, RotaShift.ends_at > scene.now)
    return list(scene.session.scalars(rows.order_by(RotaShift.starts_at, RotaShift.id)))


def _goes_on(row: RotaShift, shift: NewShift) -> bool:
    """The new shift tells of the same agent what the old one told until now."""
    return (row.agent_id, row.level) == (shift.agent, shift.level) and (
        shift.span[0] <= row.starts_at
    )
