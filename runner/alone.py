"""Whether the demo may start here: its folder is held by nobody else, its ports are free."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.demo import PORTS
from runner.welcome import refusal


class Refused(Exception):
    """The demo cannot start; the text says why, in both languages."""


@contextlib.contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Holds the folder; the lock ends with the process, however that ends. Raises `Refused`."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "runner.lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Refused(refusal("running", process=file.read().strip() or "?")) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def check_ports(values: Mapping[str, str]) -> None:
    """Raises `Refused` at the first port that is taken; all are tried together, then let go."""
    with contextlib.ExitStack() as held:
        for name in PORTS:
            port = int(values[name])
            listener = held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
                listener.listen()
            except OSError as error:
                sentence = refusal("port", port=port, name=name, other=port + 100)
                raise Refused(sentence) from error
