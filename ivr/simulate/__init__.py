"""A call that rings nobody: what would be said, why it is routed so, who would ring, by when due.

The real dialogue (calls.py, turn.py) runs at the moment asked about, on the data as they are now,
in a transaction that is always rolled back: nothing is written, nothing enqueued, and no caller
on the line waits for it.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
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

__all__ = ["Answer", "NoClient", "Simulation", "TooLarge", "simulate"]

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
    wanted: Mapping[str, str] = plain.NOTHING,
    stranger: bool = False,
    largest: int | None = None,
) -> Simulation:
    """The call of `caller` (E.164) at `at` (aware), who gives `answers`, prompt by prompt.

    Without a caller it is the super user of `client` for that shift (§1.2). Without answers the
    caller takes the plain way to a person: everything is down, in production, no message. Once a
    phone has rung and nobody accepted, the plain way is also what follows the answers given.
    `wanted` are options that the plain way takes instead, by step: {"impact": "P3"}. A `stranger`
    knows the client's number, and none that is on file. Raises `NoClient`, and `TooLarge` where
    the database would be copied and has more than `largest` bytes.
    """
    at = at.astimezone(UTC)
    with _nothing_stays(sessions, largest) as session:
        known = _client(session, client)
        user = plain.super_user_of(known, policy, at) if known else None
        rehearsal = Rehearsal(
            session=session,
            policy=policy,
            line_number=line_number,
            caller=caller or (user.phone if user and not stranger else WITHHELD),
            now=at,
            laid_down=deque(answers or ()),
            reflex=lambda scene, call: plain.answer(
                scene, call, known, None if stranger else user, wanted
            ),
            keeps_to_script=answers is not None,
        )
        rehearsal.play()
        return told(rehearsal, at, client)


class TooLarge(Exception):
    """The database has more bytes than may be copied for this."""


@contextmanager
def _nothing_stays(sessions: Sessions, largest: int | None) -> Iterator[Session]:
    """A session inside a transaction that is rolled back, whatever the session itself commits."""
    with _apart(sessions.kw["bind"], largest) as engine, engine.connect() as connection:
        outer = connection.begin()
        try:
            with sessions(bind=connection, join_transaction_mode="create_savepoint") as session:
                yield session
        finally:
            outer.rollback()


@contextmanager
def _apart(engine: Engine, largest: int | None) -> Iterator[Engine]:
    """Of SQLite a copy in memory: there is one write lock, and callers are not kept waiting."""
    if engine.dialect.name != "sqlite":
        yield engine
        return
    copy = connect("sqlite://")
    try:
        with engine.connect() as source, copy.connect() as target:
            if largest is not None and _bytes(_sqlite(source)) > largest:
                raise TooLarge
            _sqlite(source).backup(_sqlite(target))
        yield copy
    finally:
        copy.dispose()


def _bytes(database: sqlite3.Connection) -> int:
    query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    size: int = database.execute(query).fetchone()[0]
    return size


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
