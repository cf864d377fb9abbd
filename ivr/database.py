"""Sessions on SQLite or PostgreSQL, and the column types that both understand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    TypeDecorator,
    Update,
    create_engine,
    event,
)
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]


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


def connect(url: str) -> Engine:
    """An engine whose connections are kept and tested before use.

    On SQLite each transaction begins with BEGIN IMMEDIATE: a turn that reads and then writes
    would otherwise fail with "database is locked" as soon as two calls meet.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)
    engine = create_engine(url, connect_args={"timeout": 10})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def sessions(engine: Engine) -> Sessions:
    return sessionmaker(engine, expire_on_commit=False)


def reading(sessions: Sessions) -> Session:
    """A session that only reads: on SQLite it waits for nobody and holds nobody up."""
    engine: Engine = sessions.kw["bind"]
    return sessions(bind=engine.execution_options(p1line_reads=True))


def changed(session: Session, statement: Update) -> bool:
    """Runs a conditional UPDATE of one row; true where it was ours to make."""
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount == 1


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    reads = connection.get_execution_options().get("p1line_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
