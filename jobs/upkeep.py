"""Keeps the line ready to do without its database, and puts right what happened without it.

A thread of the sweep's, so that Twilio's slow answers hold up no callback.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from ivr import answers, caps, deliveries, incidents
from ivr.rota import swaps
from jobs.breaches import find_causes
from jobs.failure import Failure
from jobs.publish import publish
from jobs.reconcile import reconcile
from jobs.retention import purge
from jobs.rota_feeds import read_again
from jobs.spooled import take_in
from line import Line

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds
PUBLISHED = timedelta(seconds=30)
RECONCILED = timedelta(minutes=5)
WATCHED = timedelta(minutes=1)
PURGED = timedelta(hours=1)
FIRST = timedelta(days=3)
"""What a process that has just begun looks back on: nobody may have been there before it."""
OVERLAP = timedelta(hours=6)
"""A call is listed when it began, and lasts four hours at most."""


class Upkeep:
    """What was done when, so that each thing is done in its own time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._published: datetime | None = None
        self._reconciled: datetime | None = None
        self._purged: datetime | None = None
        self._watched: datetime | None = None
        self._looked: set[str] = set()
        self._was_away = False

    def look(self) -> None:
        """Does what is due; after the database has been away, all of it."""
        now = self._line.clock()
        try:
            if take_in(self._line) or self._was_away:
                self._published = None
                self._reconcile(now)
            if self._published is None or now - self._published >= PUBLISHED:
                publish(self._line)
                self._published = now
            if self._reconciled is None or now - self._reconciled >= RECONCILED:
                self._reconcile(now)
            if self._purged is None or now - self._purged >= PURGED:
                purge(self._line)
                with self._line.scene() as scene:
                    incidents.free_references(scene)
                    answers.forget(scene)
                    deliveries.forget(scene)
                self._purged = now
            read_again(self._line)
            self._watch(now)
            self._was_away = False
        except SQLAlchemyError as error:
            self._was_away = True
            log.error("upkeep: no database (%s)", type(error).__name__)
        except OSError as error:
            log.error("upkeep: FALLBACK_DIR is not written (%s)", error.strerror)

    def _watch(self, now: datetime) -> None:
        """What only tells, or explains: where it fails, all else has been done."""
        if self._watched is not None and now - self._watched < WATCHED:
            return
        self._watched = now
        with self._line.scene() as scene:
            caps.watch(scene)
        with self._line.scene() as scene:
            swaps.lapse(scene)
        find_causes(self._line)

    def _reconcile(self, now: datetime) -> None:
        since = now - FIRST if self._reconciled is None else self._reconciled - OVERLAP
        try:
            reconcile(self._line, since, self._looked)
            self._reconciled = now
        except Failure as failure:
            log.warning("not reconciled: %s", failure)


class Keeper(threading.Thread):
    """Looks every few seconds until it is stopped."""

    def __init__(self, line: Line) -> None:
        super().__init__(name="upkeep", daemon=True)
        self._upkeep, self._stop_asked = Upkeep(line), threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._upkeep.look()
            except Exception:  # the clock of a demo is away: the next look may find it back
                log.exception("this upkeep failed")
            self._stop_asked.wait(EVERY)

    def stop(self) -> None:
        self._stop_asked.set()
