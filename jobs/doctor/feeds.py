"""The calendars that bring in the rota: each is read, lately, and every event is somebody's."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.models import RotaFeed
from jobs.doctor.finding import Finding, looking, wrong
from jobs.fetch_calendar import name_of
from line import Line

MISSED = 3
"""So many times in a row: then nobody reads it, whatever the last try said."""


def feeds(line: Line) -> Iterator[Finding]:
    """What the sweep found when it last tried; the calendars themselves are not asked."""
    with looking(line) as scene:
        late = scene.now - MISSED * scene.policy.rota.feeds_every
        for named in line.settings.rota_feeds:
            name = name_of(named.url)
            row = scene.session.get(RotaFeed, name)
            if row and row.failure:
                yield wrong(f"feeds.{row.failure}", name=name)
            if row is None or row.read_at is None:
                yield wrong("feeds.never", name=name)
            elif row.read_at < late:
                yield wrong("feeds.stale", name=name, since=row.read_at.isoformat())
            if row and row.unmatched:
                yield wrong("feeds.unmatched", name=name, count=row.unmatched)
