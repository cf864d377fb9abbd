"""A call that rings nobody: what would be said, why it is routed so, who would ring, by when due.

The real dialogue (calls.py, turn.py) runs at the moment asked about, on the data as they are now,
in a transaction that is always rolled back: nothing is written, nothing enqueued, and no caller
on the line waits for it.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from ivr.database import Sessions, connect
from ivr.models import Client
from ivr.policy import Policy
from ivr.simulate import plain
from ivr.simulate.outcome import told
from ivr.simulate.rehearsal import Rehearsal
from ivr.simulate.story import Answer, Simulation

__all__ = ["Answer", "NoClient", "Simulation", "simulate"]

WITHHELD = "anonymous"


class NoClient(LookupError):
    """There is no client of that number."""


def simulate(
    sessions: Sessions,
    policy: Policy,
    line_number: str,
    at: datetime,
    *,
    client: str | None = None,
    caller: str | None = None,
    answers: Sequence[Answer] | None = None,
) -> Simulation:
    """The call of `caller` (E.164) at `at` (aware), who gives `answers`, prompt by prompt.

    Without a caller it is the super user of `client` for that shift (§1.2). Without answers the
    caller takes the plain way to a person: everything is down, in production, no message. Once a
    phone has rung and nobody accepted, the plain way is also what follows the answers given.
    Raises `NoClient`.
    """
    at = at.astimezone(UTC)
    with _nothing_stays(sessions) as session:
        known = _client(session, client)
        user = plain.super_user_of(known, policy, at) if known else None
        rehearsal = Rehearsal(
            session=session,
            policy=policy,
            line_number=line_number,
            caller=caller or (user.phone if user else WITHHELD),
            now=at,
            laid_down=deque(answers or ()),
            reflex=lambda scene, call: plain.answer(scene, call, known, user),
            keeps_to_script=answers is not None,
        )
        rehearsal.play()
        return told(rehearsal, at, client)


@contextmanager
def _nothing_stays(sessions: Sessions) -> Iterator[Session]:
    """A session inside a transaction that is rolled back, whatever the session itself commits."""
    with _apart(sessions.kw["bind"]) as engine, engine.connect() as connection:
        outer = connection.begin()
        try:
            with sessions(bind=connection, join_transaction_mode="create_savepoint") as session:
                yield session
        finally:
            outer.rollback()


@contextmanager
def _apart(engine: Engine) -> Iterator[Engine]:
    """Of SQLite a copy in memory: there is one write lock, and callers are not kept waiting."""
    if engine.dialect.name != "sqlite":
        yield engine
        return
    copy = connect("sqlite://")
    try:
        with engine.connect() as source, copy.connect() as target:
            _sqlite(source).backup(_sqlite(target))
        yield copy
    finally:
        copy.dispose()


def _sqlite(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection; nothing is begun on it."""
    own = connection.connection.driver_connection
    assert isinstance(own, sqlite3.Connection)
    return own


def _client(session: Session, number: str | None) -> Client | None:
    if number is None:
        return None
    client = session.scalar(select(Client).where(Client.number == number))
    if client is None:
        raise NoClient(number)
    return client
