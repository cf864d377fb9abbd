"""Transactions of several workers, interleaved statement by statement in an order that replays.

Before each statement, and before its commit, a worker waits for its turn; who is next is drawn
from a seed. A worker whose statement waits for a lock is known by its silence, and another goes on:
so two transactions meet wherever the database lets them, which a race seldom does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from sqlalchemy import Engine, event

from ivr.database import Sessions

LOCKED = 0.02  # seconds: a statement that takes longer waits for a lock
STUCK = 20.0


class Turns:
    """One run of some workers. `errors` holds what went wrong in them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._changed = threading.Condition()
        self._ready: set[int] = set()
        self._running: set[int] = set()
        self._worker = threading.local()
        self._over = False
        self.errors: list[BaseException] = []

    def wait(self, *_: Any) -> None:
        """Called before each statement; whoever is no worker of ours goes on at once."""
        number = getattr(self._worker, "number", None)
        if number is None:
            return
        with self._changed:
            self._running.discard(number)
            self._ready.add(number)
            self._changed.notify_all()
            self._changed.wait_for(lambda: number in self._running, STUCK)

    def run(self, works: Sequence[Callable[[], object]]) -> None:
        """Does all, and returns when the last is done; raises the first error of any."""
        threads = [
            threading.Thread(target=self._work, args=(number, work), daemon=True)
            for number, work in enumerate(works)
        ]
        self._running = set(range(len(works)))
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._let_one_go_on()
        if self.errors:
            raise self.errors[0]

    def _work(self, number: int, work: Callable[[], object]) -> None:
        self._worker.number = number
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to the test by `run`
            self.errors.append(error)
        with self._changed:
            self._running.discard(number)
            self._changed.notify_all()

    def _let_one_go_on(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._running, LOCKED)
            if not self._ready:
                self._changed.wait_for(lambda: self._ready or not self._running, LOCKED)
                return
            chosen = self._random.choice(sorted(self._ready))
            self._ready.discard(chosen)
            self._running.add(chosen)
            self._changed.notify_all()


@contextmanager
def interleaved(made: Sessions, random: Random) -> Iterator[Turns]:
    """Within, the workers that are run take turns at this database."""
    engine: Engine = made.kw["bind"]
    turns = Turns(random)
    event.listen(engine, "before_cursor_execute", turns.wait)
    event.listen(engine, "commit", turns.wait)
    try:
        yield turns
    finally:
        event.remove(engine, "before_cursor_execute", turns.wait)
        event.remove(engine, "commit", turns.wait)
