"""Our own web process on a bad night: 500s, answers that never arrive, a locked database.

It wraps the WSGI application, as a proxy would see it: nothing inside is replaced.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
DOWN, LOCKED, LOST_ANSWER = "down", "locked", "lost answer"


class Flaky:
    """Goes wrong for the next `wrong` requests of a voice webhook, each in a way of its own."""

    def __init__(self, wsgi: Wsgi, database: str) -> None:
        self._wsgi, self._database = wsgi, database
        self._wrong: list[str] = []

    def arm(self, random: Random) -> None:
        ways = (DOWN, DOWN, LOST_ANSWER, LOST_ANSWER, LOCKED)
        self._wrong = [random.choice(ways)] if random.random() < 0.3 else []

    def disarm(self) -> None:
        self._wrong = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        is_voice = environ["PATH_INFO"].startswith(("/voice", "/leg"))
        way = self._wrong.pop() if self._wrong and is_voice else ""
        if way == DOWN:
            return _refuse(start)
        if way == LOST_ANSWER:  # it was done, and Twilio never hears of it
            for _ in self._wsgi(environ, lambda *_: lambda _: None):
                pass
            return _refuse(start)
        if way == LOCKED:
            return self._locked(environ, start)
        return self._wsgi(environ, start)

    def _locked(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        holder = sqlite3.connect(self._database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            return list(self._wsgi(environ, start))
        finally:
            holder.rollback()
            holder.close()


def _refuse(start: Callable[..., Any]) -> Iterable[bytes]:
    start("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b"on purpose"]
