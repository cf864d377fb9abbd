"""Everything that happened, append-only: the judge of what the product promises.

Entries are never changed. What is asked most (`legs`, `bridges`) is kept up to date from them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, TypeVar

from standin.entries import (
    Bridged,
    BridgeRecord,
    Complaint,
    Entry,
    Heard,
    LegRecord,
    Parted,
    Placed,
    Progress,
    as_json,
)

E = TypeVar("E", bound=Entry)


@dataclass
class Ledger:
    """Writes each entry as a line of JSON to `file`, where one is given."""

    file: Path | None = None
    entries: list[Entry] = field(default_factory=list)
    _by_kind: dict[type[Entry], list[Any]] = field(default_factory=lambda: defaultdict(list))
    _by_leg: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _legs: dict[str, LegRecord] = field(default_factory=dict)
    _bridges: list[BridgeRecord] = field(default_factory=list)
    _out: TextIO | None = None

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._by_kind[type(entry)].append(entry)
        for name in ("sid", "parent", "child") if not isinstance(entry, Placed) else ("sid",):
            if (sid := getattr(entry, name, None)) is not None:
                self._by_leg[sid].append(entry)
        self._project(entry)
        if self.file is not None:
            if self._out is None:
                self._out = self.file.open("a", encoding="utf-8")
            self._out.write(json.dumps(as_json(entry), ensure_ascii=False) + "\n")
            self._out.flush()

    def of(self, kind: type[E], sid: str | None = None) -> list[E]:
        """The entries of one kind, of one leg or message where `sid` is given, oldest first."""
        if sid is None:
            return list(self._by_kind[kind])
        return [entry for entry in self._by_leg[sid] if isinstance(entry, kind)]

    def count(self, kind: type[Entry]) -> int:
        """How many of that kind there are, without a copy of them."""
        return len(self._by_kind[kind])

    def on_leg(self, sid: str) -> list[Entry]:
        """All entries of one leg or message."""
        return self._by_leg[sid]

    def legs(self, **wanted: Any) -> list[LegRecord]:
        """Oldest first; `wanted` filters by field, as in `legs(to="+15145550102", parent=None)`."""
        return list(_matching(self._legs.values(), wanted))

    def leg(self, sid: str) -> LegRecord:
        return self._legs[sid]

    def bridges(self, **wanted: Any) -> list[BridgeRecord]:
        return list(_matching(self._bridges, wanted))

    def heard(self, sid: str) -> list[Heard]:
        return self.of(Heard, sid)

    def complaints(self) -> list[Complaint]:
        return self.of(Complaint)

    def close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None

    def _project(self, entry: Entry) -> None:
        match entry:
            case Placed():
                self._legs[entry.sid] = LegRecord(
                    entry.sid,
                    entry.parent,
                    entry.caller,
                    entry.to,
                    entry.direction,
                    entry.created_by,
                    entry.moment,
                )
            case Progress():
                self._progress(self._legs[entry.sid], entry)
            case Bridged():
                self._bridges.append(BridgeRecord(entry.parent, entry.child, entry.moment))
            case Parted():
                for bridge in reversed(self._bridges):
                    if bridge.child == entry.child and bridge.until is None:
                        bridge.until = entry.moment
                        break

    def _progress(self, leg: LegRecord, entry: Progress) -> None:
        leg.status = entry.status
        if entry.status == "ringing":
            leg.rang = entry.moment
        elif entry.status == "in-progress":
            leg.answered = entry.moment
        elif entry.status != "initiated":
            leg.ended, leg.ended_by = entry.moment, entry.by


def _matching(records: Any, wanted: dict[str, Any]) -> Iterator[Any]:
    for record in records:
        if all(getattr(record, name) == value for name, value in wanted.items()):
            yield record
