"""Stands between us and PostgreSQL: passes everything on, or nothing, or is gone."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

CHUNK = 65536


class Proxy:
    """`url` is the database's, by this way. Made `before` the real one's URL."""

    def __init__(self, server: str, database: str) -> None:
        self._server = server
        self._passes = threading.Event()
        self._passes.set()
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._port = self._listen(0)
        self.url = f"postgresql+psycopg://postgres:@127.0.0.1:{self._port}/{database}"

    @classmethod
    @contextmanager
    def before(cls, url: str) -> Iterator[Proxy]:
        parts = urlsplit(url)
        folder = parse_qs(parts.query)["host"][0]
        proxy = cls(f"{folder}/.s.PGSQL.5432", parts.path.removeprefix("/"))
        try:
            yield proxy
        finally:
            proxy.is_gone()

    def is_gone(self) -> None:
        """As a stopped PostgreSQL: every connection breaks, a new one is refused."""
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in list(self._connections):
            with contextlib.suppress(OSError):  # it has just closed by itself
                connection.shutdown(socket.SHUT_RDWR)

    def is_frozen(self) -> None:
        """As a server that hangs: connections stay, and nothing ever comes."""
        self._passes.clear()

    def is_back(self) -> None:
        self._passes.set()
        if self._listener is None:
            self._listen(self._port)

    def _listen(self, port: int) -> int:
        listener = socket.create_server(("127.0.0.1", port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        found: int = listener.getsockname()[1]
        return found

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._server)
            self._connections |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either end may go at any time
            while data := one.recv(CHUNK):
                self._passes.wait()
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        self._connections.discard(one)
        one.close()
