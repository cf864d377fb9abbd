"""Publishes the last rota known: for our own web processes, and as documents for a static host.

FALLBACK_DIR holds `last_rota.json` and `public/`, the documents alone: a static host that shows
this folder shows nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ivr import files, last_rota
from ivr.database import reading
from ivr.last_rota import LastRota, Target
from ivr.scene import Scene
from ivr.static_route import documents
from line import Line
from webhooks import twiml

PUBLIC = "public"
AHEAD = timedelta(minutes=15)
"""Before a handover, whoever takes over already rings after those who hand over."""


@dataclass(frozen=True)
class Published:
    """`phones`: how many a critical call would ring; `changed`: the documents that differ."""

    folder: Path
    at: datetime
    phones: int
    changed: tuple[str, ...]


def publish(line: Line, to: Path | None = None, duty: Sequence[str] = ()) -> Published:
    """Writes what the rota says now, each file in one step, those that lead to others last.

    `duty` goes before the settings' numbers. Raises `OSError`, and what the database raises.
    """
    settings, now = line.settings, line.clock()
    duty = duty or settings.fallback_duty or line.policy.fallback.duty
    with reading(line.sessions) as session:
        rota = LastRota.of(Scene(session, line.policy, settings.line_number, now))
    last_rota.save(settings.fallback_dir, rota)
    targets = [*rota.chain(now), *rota.chain(now + AHEAD)]
    chain = last_rota.whole(targets, duty)
    folder = to or settings.fallback_dir / PUBLIC
    changed = _write(line, folder, chain)
    return Published(folder, now, len(chain), changed)


def _write(line: Line, folder: Path, chain: Sequence[Target]) -> tuple[str, ...]:
    changed = []
    for name, page in documents(chain, line.policy).items():
        text = twiml.document(page, line.settings.line_number)
        if not _is_same(folder / name, text):
            files.write(folder / name, text, files.PUBLIC)
            changed.append(name)
    return tuple(changed)


def _is_same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
