"""Posts to an address that somebody else has named, without being led into our own network.

The name is resolved here, every number that it has must be public, and the connection goes to one
of those very numbers: a name that changes its mind in between leads nowhere (DNS rebinding). No
redirect is followed, no proxy asked, and all of it ends in time, however slowly the other answers.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ivr.targets import is_loopback, is_public
from jobs.failure import Failure

CONNECTING = 4.0  # seconds, for each number of the name
ANSWERING = 8.0  # seconds between two signs of life
ALL_OF_IT = 12.0  # seconds, from the first number to the end of the answer
MOST_NUMBERS = 2


class NotPosted(Failure):
    """No answer came; the sentence is a word for the page: it names no address."""


@dataclass(frozen=True)
class Answer:
    status: int
    retry_after: str = ""


def post(url: str, body: bytes, headers: Mapping[str, str], *, demo: bool = False) -> Answer:
    """What the address answered; its body is not read. `demo`: this machine will do as well.

    Raises `NotPosted` with "address", "private", "unresolved", "unreachable", "tls" or "slow".
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise NotPosted("address", permanent=True)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    numbers = _numbers(parts.hostname, port, demo=demo)
    if parts.scheme == "http" and not all(map(is_loopback, numbers)):
        raise NotPosted("address", permanent=True)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Connection(parts.hostname, port, numbers, secure=parts.scheme == "https")
    return _ask(connection, path, body, headers)


def _numbers(host: str, port: int, *, demo: bool) -> list[str]:
    """Every number of the name, in the resolver's order; all must be ones we may connect to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotPosted("unresolved", permanent=False) from error
    numbers = list(dict.fromkeys(str(each[4][0]) for each in found))
    for number in numbers:
        if not is_public(number) and not (demo and is_loopback(number)):
            raise NotPosted("private", permanent=False)
    return numbers[:MOST_NUMBERS]


class _Connection(http.client.HTTPConnection):
    """To one of the numbers that were looked at; the certificate must be the name's."""

    def __init__(self, host: str, port: int, numbers: list[str], *, secure: bool) -> None:
        super().__init__(host, port, timeout=ANSWERING)
        self._numbers, self._secure = numbers, secure
        self.default_port = 443 if secure else 80
        self.is_cut = False

    def connect(self) -> None:
        self.sock = self._reach()
        if self.is_cut:
            raise TimeoutError
        if self._secure:
            tls = ssl.create_default_context()
            self.sock = tls.wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(ANSWERING)

    def _reach(self) -> socket.socket:
        for number in self._numbers[:-1]:
            with suppress(OSError):
                return socket.create_connection((number, self.port), CONNECTING)
        return socket.create_connection((self._numbers[-1], self.port), CONNECTING)

    def cut(self) -> None:
        """Ends a talk that takes too long, from another thread."""
        self.is_cut = True
        with suppress(OSError, AttributeError):  # not connected yet, or no more
            self.sock.shutdown(socket.SHUT_RDWR)


def _ask(connection: _Connection, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    watch = threading.Timer(ALL_OF_IT, connection.cut)
    watch.daemon = True
    try:
        watch.start()
        connection.connect()
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        if connection.is_cut:  # what was read may end in the middle
            raise TimeoutError
        return Answer(answer.status, answer.headers.get("Retry-After", ""))
    except TimeoutError as error:
        raise NotPosted("slow", permanent=False) from error
    except ssl.SSLError as error:
        raise NotPosted("tls", permanent=False) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotPosted("slow" if connection.is_cut else "unreachable", permanent=False) from error
    finally:
        watch.cancel()
        connection.close()
