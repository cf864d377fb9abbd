"""Counting tries that fail, so that guessing is slowed and no clinic is locked out of a P1."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from ivr.models import Attempt
from ivr.scene import Scene

WITHHELD = "withheld"


def note(scene: Scene, kind: str, key: str | None) -> None:
    """One more failed try of `kind` by `key` (a caller's number; none where it is withheld)."""
    scene.session.add(Attempt(kind=kind, key=key or WITHHELD, at=scene.now))
    scene.session.flush()


def count(scene: Scene, kind: str, *, key: str | None = "", since: datetime | timedelta) -> int:
    """How many there were since a moment, or within a span; by one `key`, or by all ("")."""
    start = scene.now - since if isinstance(since, timedelta) else since
    query = select(func.count()).where(Attempt.kind == kind, Attempt.at > start)
    if key != "":
        query = query.where(Attempt.key == (key or WITHHELD))
    return scene.session.scalar(query) or 0
