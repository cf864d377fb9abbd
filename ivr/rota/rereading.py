"""A calendar that is read again and again: when, by whom, and what may be believed of it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ivr.database import changed
from ivr.models import RotaFeed, RotaShift
from ivr.rota import importing
from ivr.rota.feed import Feed
from ivr.rota.importing import Preview
from ivr.rota.refusal import Refused
from ivr.rota.scope import Scope
from ivr.scene import Scene


def claim(scene: Scene, name: str) -> bool:
    """Is it time to read that calendar, and ours to do? True for one of several that ask."""
    ours = (
        update(RotaFeed)
        .where(
            RotaFeed.name == name,
            RotaFeed.tried_at <= scene.now - scene.policy.rota.feeds_every,
        )
        .values(tried_at=scene.now)
    )
    if changed(scene.session, ours):
        return True
    if scene.session.get(RotaFeed, name):
        return False
    try:
        with scene.session.begin_nested():
            scene.session.add(RotaFeed(name=name, tried_at=scene.now))
    except IntegrityError:  # the other process was quicker
        return False
    return True


def enter(scene: Scene, feed: Feed, name: str, level: str, scope: Scope) -> Preview:
    """Brings the rota up to what the calendar says now; what was entered.

    Raises `Refused` where it has become empty, which is more often a mistake than a rota.
    """
    shown = importing.preview(scene, feed, name, level, scope)
    if shown.empties:
        raise Refused("rota.import_empties", name=name)
    believed = _sparing(shown)
    importing.enter(scene, believed)
    row = scene.session.get_one(RotaFeed, name)
    row.read_at, row.failure, row.unmatched = scene.now, "", len(shown.unmatched)
    return believed


def failed(scene: Scene, name: str, why: str) -> None:
    """It could not be read: what it brought before stays."""
    scene.session.get_one(RotaFeed, name).failure = why


def _sparing(shown: Preview) -> Preview:
    """A shift that is gone stays, where the calendar has an event in its time that we cannot read.

    An agent who was renamed there would lose every night at once, with nobody looking.
    """
    removed = [row for row in shown.removed if not _is_doubtful(row, shown)]
    return replace(shown, removed=removed)


def _is_doubtful(row: RotaShift, shown: Preview) -> bool:
    return any(one.span[0] < row.ends_at and row.starts_at < one.span[1] for one in shown.unmatched)
