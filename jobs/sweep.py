"""The sweep: finds each second what is due, and sees that it is done (`python -m jobs.sweep`).

It nudges the worker. While Redis refuses, or the worker is gone, or a row waits too long, it does
the work itself: by the same function, whose claim lets two of them do no harm.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from ivr import callbacks, digests, level_ring, outbox, thresholds
from ivr.database import reading
from ivr.models import Heartbeat
from ivr.policy import Policy
from ivr.scene import Nudge
from jobs.deliver import Courier
from jobs.heart import STOPPED, Heart
from jobs.lost import lost, settle
from jobs.process import begin
from jobs.spooled import take_in
from jobs.transcribe import Scribe
from jobs.upkeep import Keeper
from jobs.work import do
from line import Line

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds
SHORTEST = 0.05  # seconds between two looks, however many callbacks fall due
LIMIT = 100  # rows of each kind at a time
NUDGED_LATELY = timedelta(seconds=5)
UNCLAIMED = timedelta(seconds=5)
BUSY = 5.0  # seconds of work at most, before it looks anew what is most urgent


class Seen:
    """What the sweep did lately, so that it is not repeated each second."""

    def __init__(self) -> None:
        self._until: dict[object, datetime] = {}

    def fresh(self, thing: object, now: datetime) -> bool:
        return self._until.get(thing, now) <= now

    def note(self, things: Iterable[object], until: datetime) -> None:
        self._until.update(dict.fromkeys(things, until))

    def forget(self, now: datetime) -> None:
        self._until = {thing: until for thing, until in self._until.items() if until > now}


def sweep_once(line: Line, seen: Seen | None = None) -> None:
    """One look at everything that is due, late or lost at this moment."""
    seen = Seen() if seen is None else seen
    _take_in(line)  # first: what happened without the database changes what is due
    now, silence = line.clock(), line.policy.callbacks.live_call_guard
    with reading(line.sessions) as session:
        due = _due(session, now, line.policy)
        late = set(_due(session, now - UNCLAIMED, line.policy)) if due else set()
        alone = not _is_alive(session, "worker", now)
        silent = [found for found in lost(session, now, silence) if seen.fresh(found, now)]
    nudges = [nudge for nudge in due if seen.fresh(nudge, now)]
    if alone or not line.queue.nudge(nudges):
        late = set(due)
    else:
        seen.note(nudges, now + NUDGED_LATELY)
    _each(partial(do, line, nudge) for nudge in due if nudge in late)
    seen.note(silent, now + silence)
    _each(partial(settle, line, found) for found in silent)
    seen.forget(now)


def _take_in(line: Line) -> None:
    """A disk, or one line of the spool, keeps no callback waiting: it stays for the next look."""
    try:
        take_in(line)
    except Exception:
        log.exception("the spool is not taken in")


def main() -> None:
    line, seen, stop = begin(), Seen(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    heart = Heart(line, "sweep")
    heart.start()
    keeper, scribe, courier = Keeper(line), Scribe(line), Courier(line)
    for thread in (keeper, scribe, courier):
        thread.start()
    while not stop.is_set():
        began, looked = time.monotonic(), None
        try:
            looked = line.clock()
            sweep_once(line, seen)
        except Exception:  # database or clock away: the next look may find them back
            log.exception("this sweep failed")
        stop.wait(_rest(line, looked, EVERY - (time.monotonic() - began)))
    heart.stop()
    for thread in (keeper, scribe, courier):
        thread.stop()


def _rest(line: Line, looked: datetime | None, longest: float) -> float:
    """Seconds until the next look: at the next moment at which a callback falls due, also where
    that has passed since the last look began; `longest` at most.
    """
    if looked is None or longest <= 0:
        return max(0.0, longest)
    try:
        with reading(line.sessions) as session:
            at = callbacks.upcoming(session, looked)
        left = (at - line.clock()).total_seconds() if at else longest
    except Exception:  # database or clock away: the next look may find them back
        log.exception("it is not known when the next callback falls due")
        return longest
    return min(longest, max(left, SHORTEST))


def _due(session: Session, now: datetime, policy: Policy) -> list[Nudge]:
    """Callers who hold before callbacks before letters, each in the order of its urgency; then
    what people are told of clocks that run out, which becomes letters.
    """
    rings = [Nudge("ring", row) for row in level_ring.due(session, now)]
    calls = [Nudge("call_back", row) for row in callbacks.due(session, now, LIMIT)]
    letters = [Nudge("send", row) for row in outbox.due(session, now, LIMIT)]
    reached = [Nudge("notice", row) for row in thresholds.due(session, now, policy, LIMIT)]
    together = policy.thresholds.together
    told = [Nudge("digest", row) for row in digests.due(session, now, together)]
    return rings + calls + letters + reached + told


def next_due(session: Session) -> datetime | None:
    """The first moment at which a row is due: for who moves a clock instead of waiting."""
    moments = [callbacks.next_due(session), outbox.next_due(session), thresholds.next_due(session)]
    return min((moment for moment in moments if moment), default=None)


def _is_alive(session: Session, name: str, now: datetime) -> bool:
    heart = session.get(Heartbeat, name)
    return heart is not None and heart.at > now - STOPPED


def _each(works: Iterable[Callable[[], None]]) -> None:
    """Does one after the other, for a while; one that fails keeps no other waiting."""
    until = time.monotonic() + BUSY
    for work in works:
        try:
            work()
        except Exception:  # its row stays due, or is free again when its claim runs out
            log.exception("not done: %s", work)
        if time.monotonic() > until:
            return


if __name__ == "__main__":
    main()
