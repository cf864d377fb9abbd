"""A closed loop of callers: each posts its signed requests one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

TROUBLE = b"tried="
"""In the address of a turn that is tried again (webhooks/trouble.py)."""


@dataclass(frozen=True)
class Result:
    """Requests a second, and the answer times in seconds, sorted."""

    rate: float
    times: Sequence[float]
    refused: int

    def quantile(self, part: float) -> float:
        return self.times[min(int(part * len(self.times)), len(self.times) - 1)]


def signed(base_url: str, path: str, form: dict[str, str], token: str) -> bytes:
    """The whole HTTP request as Twilio posts it."""
    signature = RequestValidator(token).compute_signature(base_url + path, form)
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(base_url).netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(base_url: str, callers: Sequence[Sequence[bytes]], at_once: int) -> Result:
    """Plays each caller's requests in order, `at_once` callers at a time."""
    return asyncio.run(_run(base_url, callers, at_once))


async def _run(base_url: str, callers: Sequence[Sequence[bytes]], at_once: int) -> Result:
    waiting = list(reversed(callers))
    times: list[float] = []
    refused = 0

    async def caller() -> None:
        nonlocal refused
        connection = _Connection(base_url)
        while waiting:
            for request in waiting.pop():
                began = time.perf_counter()
                answered = await connection.ask(request)
                times.append(time.perf_counter() - began)
                refused += not answered
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return Result(len(times) / (time.perf_counter() - began), sorted(times), refused)


class _Connection:
    """Kept alive where the server keeps it; opened again where it does not."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname, parts.port
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> bool:
        """Whether it was answered; "one moment", and the same request again, is no answer."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        body = await self._reader.readexactly(length)
        if "connection: close" in head:
            self.close()
        return head.split(" ", 2)[1] == "200" and TROUBLE not in body

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None
