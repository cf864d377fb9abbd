"""Reads a Procfile: one `name: command` a line, in the order in which they are to start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


class ProcfileError(Exception):
    """A line is no entry, or a name stands twice; the sentence says which line."""


@dataclass(frozen=True)
class Entry:
    name: str
    command: str
    """For the shell."""


def read(path: Path) -> list[Entry]:
    """The entries of the file; raises `ProcfileError`."""
    entries: list[Entry] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"([a-z][a-z0-9_-]*):\s*(\S.*)", line)
        if not found:
            raise ProcfileError(f"{path.name}, line {number}: not `name: command`")
        if found[1] in {entry.name for entry in entries}:
            raise ProcfileError(f"{path.name}, line {number}: {found[1]} stands twice")
        entries.append(Entry(found[1], found[2].strip()))
    return entries
