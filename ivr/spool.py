"""What happened while the database was away, a line each, on disk before the caller goes on.

Lines of JSON, appended under a lock and synced; the sweep takes them in when the database is back.
A file holds numbers, and is ours alone to read.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
FILE, LOCK, TAKER = "spool.jsonl", "spool.lock", "spool.taker"
TAKEN = "spool.{}.taken"


@dataclass(frozen=True)
class Happened:
    """One thing that happened to a call. `at` is UTC.

    `what`: "entered", "critical", "rang", "accepted", "missed", "leg_accepted", "recorded" or
    "over"; `facts` as `ivr/taken_in.py` reads them. `id` keeps a line from counting twice.
    """

    at: datetime
    call: str
    what: str
    caller: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def line(self) -> str:
        return json.dumps({**asdict(self), "at": self.at.isoformat()}) + "\n"

    @classmethod
    def read(cls, line: str) -> Happened:
        value = json.loads(line)
        return cls(**{**value, "at": datetime.fromisoformat(value["at"])})


def append(folder: Path, happened: Happened) -> bool:
    """Keeps it; false where no disk takes it either: Twilio's list of calls still has the call."""
    try:
        with _locked(folder):
            file = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, happened.line().encode())
                os.fsync(file)
            finally:
                os.close(file)
    except OSError as error:
        log.error("call %s: %s is not kept (%s)", happened.call, happened.what, error.strerror)
        return False
    return True


def waiting(folder: Path) -> bool:
    """Is there anything to take in?"""
    return (folder / FILE).exists() or any(folder.glob(TAKEN.format("*")))


@contextmanager
def taking(folder: Path) -> Iterator[bool]:
    """True within, where nobody else takes in at this moment."""
    with (folder / TAKER).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def take(folder: Path) -> list[Path]:
    """The files to take in, oldest first; what happens from now on goes into a new one.

    Each stays until `done`: whoever is killed in between leaves it to the next.
    """
    with _locked(folder):
        if (folder / FILE).exists():
            os.replace(folder / FILE, folder / TAKEN.format(uuid.uuid4().hex))
    return sorted(folder.glob(TAKEN.format("*")), key=lambda path: path.stat().st_mtime_ns)


def read(path: Path) -> list[Happened]:
    """The file's lines; one that a power cut has broken is logged and left out.

    Raises `OSError` where the file itself cannot be read.
    """
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found.append(Happened.read(line.decode()))
        except (ValueError, KeyError, TypeError):
            log.error("%s, line %s cannot be read", path.name, number)
    return found


def done(path: Path) -> None:
    path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
