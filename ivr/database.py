"""Sessions on SQLite or PostgreSQL, the column types that both understand, and limits of time.

A database that hangs is worse than one that is gone: no statement waits longer than `LONGEST`,
and within `hurry` all statements together no longer than was given. Whoever waits too long gets
an error that SQLAlchemy knows, and its connection is closed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Select,
    TypeDecorator,
    Update,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]
RV = TypeVar("RV")

LONGEST = 4.0  # seconds: for a statement, and for a lock on SQLite
LOCK = 3.0  # seconds: for a lock on PostgreSQL
CONNECTING = 2  # whole seconds, the shortest that psycopg knows
POOL = 2.0  # seconds: for a connection that another thread gives back
IDLE = 30  # seconds: a transaction whose process has frozen lets its locks go then
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class TooSlow(SQLAlchemyError):
    """The time that `hurry` gave is used up."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no zones, keeps it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone never enters the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def connect(url: str, *, limited: bool = True) -> Engine:
    """An engine whose connections are kept and tested before use; `limited` in time or not.

    On SQLite each transaction begins with BEGIN IMMEDIATE: a turn that reads and then writes
    would otherwise fail with "database is locked" as soon as two calls meet. Errors name no
    parameters: those hold numbers and names.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": LONGEST}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "before_cursor_execute", _in_time)
        return engine
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=10,
        pool_timeout=POOL,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECTING, "tcp_user_timeout": int(LONGEST * 1000)},
    )
    if limited:
        event.listen(engine, "do_connect", _connect_limited)
        event.listen(engine, "connect", _limit_postgresql)
    return engine


def sessions(engine: Engine) -> Sessions:
    return sessionmaker(engine, expire_on_commit=False)


def reading(sessions: Sessions) -> Session:
    """A session that only reads: on SQLite it waits for nobody and holds nobody up."""
    engine: Engine = sessions.kw["bind"]
    return sessions(bind=engine.execution_options(p1line_reads=True))


def took_too_long(error: SQLAlchemyError) -> bool:
    """Was the statement given up because its time was over, and would a smaller one do?"""
    return isinstance(getattr(error, "orig", None), psycopg.errors.QueryCanceled)


def changed(session: Session, statement: Update) -> bool:
    """Runs a conditional UPDATE of one row; true where it was ours to make."""
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount == 1


def locked(session: Session, rows: Iterable[Select[Any]], within: float) -> bool:
    """Takes the rows' locks, one statement after the other, within so many seconds each; false
    where somebody keeps them longer, and none is taken. On SQLite the one writer has them all."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    try:
        with session.begin_nested():
            _lock_timeout(session, within)
            for each in rows:
                session.execute(each)
            _lock_timeout(session, LOCK)
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            return False
        raise
    return True


def _lock_timeout(session: Session, seconds: float) -> None:
    session.execute(text(f"SET LOCAL lock_timeout = {int(seconds * 1000)}"))


@contextmanager
def hurry(seconds: float) -> Iterator[None]:
    """Within, the database has so long in all, in this thread: somebody waits for the answer."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class _Limited(psycopg.Connection[TupleRow]):
    """Gives up, and closes, where the server does not answer in time: also one that is frozen."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        limit = LONGEST if timeout is None else timeout
        if (deadline := _deadline.get()) is not None:
            limit = max(0.0, min(limit, deadline - time.monotonic()))
        until = time.monotonic() + limit
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            if time.monotonic() >= until:
                self.close()
            raise


def _connect_limited(
    _dialect: Dialect, _record: Any, arguments: Any, named: Any
) -> psycopg.Connection[TupleRow]:
    return _Limited.connect(*arguments, **named)


def _limit_postgresql(connection: psycopg.Connection[TupleRow], _record: Any) -> None:
    """The server, too, gives up what nobody waits for any more, and its locks with it."""
    for setting, seconds in (
        ("statement_timeout", LONGEST),
        ("lock_timeout", LOCK),
        ("idle_in_transaction_session_timeout", IDLE),
    ):
        connection.execute(f"SET {setting} = {int(seconds * 1000)}".encode())
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    reads = connection.get_execution_options().get("p1line_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _in_time(*_: Any) -> None:
    deadline = _deadline.get()
    if deadline is not None and time.monotonic() > deadline:
        raise TooSlow("the database has used up the time that a caller can wait")
