"""The last rota known: who rings when the database is gone, kept in a file as plain JSON.

It holds what the rota says for the day to come, so that a handover passes without a database;
after it, the last of it rings on. The fixed duty numbers come last, and alone where there is no
file (practice 4.4: a fallback that needs nothing of what has failed).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ivr.files import write
from ivr.scene import Scene
from ivr.staff import Staff

log = logging.getLogger(__name__)
FILE = "last_rota.json"
VERSION = 1
LONGEST = 12
"""As many are rung for one call, the duty numbers among them."""
AHEAD, EVERY = timedelta(hours=24), timedelta(minutes=30)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """A phone that rings, and the language of its whisper. `agent`: its id; none: a duty number."""

    phone: str
    language: str = "fr"
    agent: int | None = None


@dataclass(frozen=True)
class Turn:
    """Who rings, in order, from a moment on (UTC)."""

    start: datetime
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class LastRota:
    """The turns of the day to come, oldest first, as the rota stood at a moment (UTC)."""

    turns: tuple[Turn, ...] = ()
    at: datetime | None = None

    @classmethod
    def of(cls, scene: Scene) -> LastRota:
        """What the rota says now and at each change that it knows of."""
        turns: list[Turn] = []
        known = Staff.read(scene, scene.now + AHEAD + EVERY)
        for moment in (scene.now, *_changes(scene)):
            agents = known.on_call(moment)
            targets = tuple(Target(each.phone, each.language, each.id) for each in agents)
            if not turns or turns[-1].targets != targets:
                turns.append(Turn(moment, targets))
        return cls(tuple(turns), scene.now)

    def chain(self, at: datetime, duty: Sequence[str] = ()) -> tuple[Target, ...]:
        """Whom to ring at that moment, each phone once, the duty numbers last."""
        begun = [turn for turn in self.turns if turn.start <= at] or list(self.turns[:1])
        return whole(begun[-1].targets if begun else (), duty)

    def as_json(self) -> dict[str, Any]:
        turns = [
            {"start": turn.start.isoformat(), "targets": [asdict(each) for each in turn.targets]}
            for turn in self.turns
        ]
        return {"version": VERSION, "at": self.at and self.at.isoformat(), "turns": turns}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LastRota:
        turns = (
            Turn(
                datetime.fromisoformat(turn["start"]),
                tuple(Target(**each) for each in turn["targets"]),
            )
            for turn in value["turns"]
        )
        return cls(tuple(turns), datetime.fromisoformat(value["at"]))


def whole(targets: Iterable[Target], duty: Sequence[str]) -> tuple[Target, ...]:
    """The targets and then the duty numbers, each phone once and no more than `LONGEST`."""
    own = [target for target in targets if target.phone not in duty]
    last = [Target(phone) for phone in duty][:LONGEST]
    return tuple(dict.fromkeys([*own[: LONGEST - len(last)], *last]))


def _changes(scene: Scene) -> Iterable[datetime]:
    """The moments of the day to come from which somebody else may be on call."""
    begun = scene.now - (scene.now - EPOCH) % EVERY
    return [begun + EVERY * n for n in range(1, AHEAD // EVERY + 1)]


def save(folder: Path, rota: LastRota) -> None:
    """Replaces the file as a whole; raises `OSError` where it cannot be written."""
    write(folder / FILE, json.dumps(rota.as_json()))


def is_kept(folder: Path) -> bool:
    """Was it ever kept here? Asked by who asks often, and fills no log."""
    return (folder / FILE).is_file()


def age(folder: Path, now: datetime) -> float | None:
    """Seconds since the rota was last kept here; none: never, or it cannot be read."""
    kept = Reader(folder).read()
    return round((now - kept.at).total_seconds(), 3) if kept.at else None


class Reader:
    """The file, read again when it has changed; one that is missing or broken is no rota."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._stamp: tuple[int, int] | None = None
        self._rota = LastRota()

    def read(self) -> LastRota:
        try:
            found = self._path.stat()
            stamp = found.st_mtime_ns, found.st_ino
            if stamp != self._stamp:
                self._rota = LastRota.from_json(json.loads(self._path.read_text(encoding="utf-8")))
                self._stamp = stamp
        except FileNotFoundError:
            log.error("no last rota is kept: the duty numbers alone ring")
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("the last rota cannot be read (%s)", type(error).__name__)
        return self._rota
