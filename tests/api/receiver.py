"""Somebody else's server, on a real port: it verifies what it gets, fails, is slow, or dies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def identity(self) -> str:
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        return str(self.json["type"])

    def verified_by(self, secret: str) -> bool:
        """As the Standard Webhooks specification says, written without our own code."""
        key = base64.b64decode(secret.split("_", 1)[1])
        said = f"{self.identity}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
        given = self.headers["webhook-signature"].split(" ")
        return any(hmac.compare_digest(one, f"v1,{wanted}") for one in given)


@dataclass
class Receiver:
    """`answers`: what it does with the next ones: a status, "dies", "drips" or "redirects";
    afterwards it accepts."""

    url: str
    answers: list[int | str] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    accepted: list[Got] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        made = Receiver(f"http://127.0.0.1:{server.server_port}/hook?team=1")
        server.receiver = made  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        there: Receiver = self.server.receiver  # type: ignore[attr-defined]
        length = int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        one = Got(self.path, headers, self.rfile.read(length))
        there.got.append(one)
        does = there.answers.pop(0) if there.answers else 204
        if does == "dies":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        elif does == "drips":
            self._drip()
        elif does == "redirects":
            self._answer(307, {"Location": there.url.replace("/hook", "/inside")})
        else:
            if int(does) < 300:
                there.accepted.append(one)
            self._answer(int(does))

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """A sign of life now and then, and never an end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(400):
            try:
                self.wfile.write(f"X-{n}: y\r\n".encode())
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.02)

    def log_message(self, *_: Any) -> None:
        pass
