"""The caller's minute: from the greeting until an agent's phone rings, in keys and in seconds.

    python -m benchmarks.callers_minute

Client 10452's night super user, on a Saturday at 2:00, hears every prompt whole (no barge-in) and
presses one key a question. Judged from the stand-in's ledger: the line's own speech at 2.6 words
a second, and the keys; the caller's own words are not counted.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from ivr import resolving
from ivr.models import Incident
from ivr.resolving import Findings
from ivr.states import HELD
from standin.entries import Heard, Pressed
from tests.phones import Call
from tests.servers import sqlite, valkey
from tests.world import NIGHT_USER, ON_CALL_1, SATURDAY_NIGHT, World, world

MOST_KEYS, MOST_SECONDS = 9, 30.0
"""The target, in French."""
KEYS = ("10452", "2", "1", "1")
"""The client, Médical, everything is down, in production; then the recording's key."""
WORDS = "Les dossiers ne s'ouvrent plus"


@dataclass(frozen=True)
class Minute:
    """What the caller had to press and to hear before a phone rang."""

    way: str
    keys: int
    seconds: float

    @property
    def is_within(self) -> bool:
        return self.keys <= MOST_KEYS and round(self.seconds, 3) <= MOST_SECONDS


def measure(line: World) -> tuple[Minute, Minute]:
    """The same call twice, of two nights: with a message in the caller's own words, and without."""
    line.phone(ON_CALL_1).accepts()
    return _minute(line, "with a message", WORDS), _minute(line, "without a message", "")


def _minute(line: World, way: str, words: str) -> Minute:
    call = line.phone(NIGHT_USER).dials()
    for keys in KEYS:
        call.presses(keys)
    call = call.stays_silent().says(words, then="#") if words else call.presses("1")
    measured = Minute(way, *_until_it_rings(line, call))
    call.hangs_up()
    _close(line)
    return measured


def _until_it_rings(line: World, call: Call) -> tuple[int, float]:
    ledger = line.twilio.ledger
    rings = next(leg for leg in ledger.legs(parent=call.sid) if leg.rang is not None)
    keys = [each for each in ledger.of(Pressed, call.sid) if _before(each.moment, rings.rang)]
    heard = [each for each in ledger.of(Heard, call.sid) if _before(each.moment, rings.rang)]
    spoken = sum(each.seconds for each in heard if each.speaker == "line")
    return len(keys), spoken


def _before(moment: datetime, rang: datetime | None) -> bool:
    return rang is not None and moment < rang


def _close(line: World) -> None:
    """The first night's incident is resolved: the second night's caller is asked about no file."""
    line.passes(timedelta(days=1))
    findings = Findings("technical", "Serveur arrêté", "Serveur relancé", version="8.2")
    with line.line.scene() as scene:
        for incident in scene.session.scalars(select(Incident).where(Incident.state.in_(HELD))):
            assert incident.holder is not None
            resolving.resolve(scene, incident, incident.holder, findings)


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with (
        valkey() as queue,
        tempfile.TemporaryDirectory() as folder,
        world(sqlite(Path(folder)), queue.url, SATURDAY_NIGHT) as line,
    ):
        for minute in measure(line):
            verdict = "within" if minute.is_within else "over"
            print(
                f"The caller's minute, {minute.way}: {minute.keys} keys, "
                f"{minute.seconds:.1f} s of speech until a phone rings: {verdict} "
                f"{MOST_KEYS} keys and {MOST_SECONDS:.0f} s"
            )


if __name__ == "__main__":
    main()
