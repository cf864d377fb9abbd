"""A mail server that delivers nothing: it keeps each letter, for people and for tests to read.

Refusals and lost connections can be asked for, as real servers have them.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

Moment = Literal["MAIL", "RCPT", "DATA", "accepted"]


@dataclass(frozen=True)
class Delivery:
    """A letter that the server accepted, and the envelope that it came in."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    letter: EmailMessage

    def as_json(self) -> dict[str, Any]:
        names = ("From", "To", "Subject", "Date")
        head = {name.lower(): str(self.letter[name] or "") for name in names}
        return {"number": self.number, **head, "text": text_of(self.letter)}


@dataclass(frozen=True)
class Fault:
    """What is to go wrong, and when: a reply such as "450 4.2.0 later", or a lost connection."""

    at: Moment
    reply: str | None


class MailServer:
    """An SMTP server in a thread of its own, on the loopback; `port` 0 takes a free one.

    Stopped and started again, it listens on the same port, and has its letters still.
    """

    def __init__(self, folder: Path | None = None, port: int = 0) -> None:
        self.port = port
        self.deliveries: list[Delivery] = []
        self._folder = folder
        self._faults: deque[Fault] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("*.eml")):
                self._note(path.read_bytes(), "", ())

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def letters(self) -> list[EmailMessage]:
        return [delivery.letter for delivery in self.deliveries]

    def start(self) -> MailServer:
        listener = socket.create_server(("127.0.0.1", self.port))
        # asyncio sets it only on sockets that say TCP; without, each EHLO waits 40 ms for an ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        loop = self._loop = asyncio.new_event_loop()
        # In the thread as well: whoever starts it may have a loop of its own.
        serving = loop.create_server(
            lambda: SMTP(_Handler(self), enable_SMTPUTF8=True), sock=listener
        )
        ready = threading.Event()
        self._thread = threading.Thread(target=_serve, args=[loop, serving, ready], daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def stop(self) -> None:
        """Connections that are open are lost."""
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = self._thread = None

    def refuse(self, reply: str, *, at: Moment = "RCPT", times: int = 1) -> None:
        """Answers the next letters with this reply ("450 4.2.0 later", "550 5.1.1 unknown")."""
        self._faults.extend([Fault(at, reply)] * times)

    def drop(self, *, at: Moment = "DATA", times: int = 1) -> None:
        """Loses the connection; at "accepted" the letter is kept, and its sender never hears so."""
        self._faults.extend([Fault(at, None)] * times)

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        number = self._note(content, envelope.mail_from or "", tuple(envelope.rcpt_tos))
        if self._folder:
            (self._folder / f"{number:06}.eml").write_bytes(content)

    def _note(self, content: bytes, sender: str, recipients: tuple[str, ...]) -> int:
        letter = message_from_bytes(content, policy=policy.default)
        number = len(self.deliveries) + 1
        self.deliveries.append(Delivery(number, sender, recipients, letter))
        return number

    def _fault(self, at: Moment) -> Fault | None:
        return self._faults.popleft() if self._faults and self._faults[0].at == at else None


class _Handler:
    """What aiosmtpd asks at each command; the answer is the reply."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802 aiosmtpd's name, as are the next two
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self._refusal(smtp, "MAIL"):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self._refusal(smtp, "RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, smtp: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if refusal := self._refusal(smtp, "DATA"):
            return refusal
        self._server._keep(envelope)
        return self._refusal(smtp, "accepted") or "250 OK"

    def _refusal(self, smtp: SMTP, at: Moment) -> str | None:
        fault = self._server._fault(at)
        if fault is None:
            return None
        if fault.reply is None:
            cast(asyncio.Transport, smtp.transport).abort()
        return fault.reply or "421 4.3.0 lost"


def text_of(letter: EmailMessage) -> str:
    """What a person reads of the letter, without its HTML where there is a plain part."""
    body = letter.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def _serve(
    loop: asyncio.AbstractEventLoop,
    serving: Coroutine[Any, Any, asyncio.Server],
    ready: threading.Event,
) -> None:
    """Runs until `stop`, then closes what is open, so that the port is free."""
    server = loop.run_until_complete(serving)
    ready.set()
    loop.run_forever()
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
