"""The servers that a trial needs, each on a free port of the loopback: Valkey, and the web."""

from __future__ import annotations

import itertools
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from runner.valkey import command

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
        self._process = subprocess.Popen(  # noqa: S603 our own binary
            self._command, stdout=subprocess.DEVNULL
        )
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


# The web ------------------------------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    """Writes no line a request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serve(app: Flask, port: int = 0) -> Iterator[str]:
    """The address of `app` on a real port, each request in a thread of its own."""
    # Bound here: werkzeug would answer a port that is taken with an exit, which pytest takes for
    # the end of the fixture and of every test after it.
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = make_server(
            "127.0.0.1",
            listener.getsockname()[1],
            app,
            threaded=True,
            request_handler=_Quiet,
            fd=listener.fileno(),
        )
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
