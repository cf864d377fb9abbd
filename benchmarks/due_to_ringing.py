"""From the moment that a callback is due until an agent's phone rings, in real time.

    python -m benchmarks.due_to_ringing [--callbacks N] [--waiting N]

Ten thousand callbacks wait for later days while others fall due at random moments, as real worker,
sweep and web processes see them; the phones are the stand-in's, whose account may place ten calls
a second. Judged from its ledger. The centre is open at all hours here, whenever this is run.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.voice_turn import ACCOUNT, LINE, TOKEN, gunicorn
from commands import demo_data, seed
from ivr import reference
from ivr.database import Sessions, connect, reading, sessions
from ivr.models import Agent, Client, Heartbeat, Incident, Leg
from ivr.policy import DEFAULT, Policy
from migrations import migrate
from standin import StandIn
from standin.behaviours import Accepts
from standin.calls import SETUP_SECONDS
from standin.mailbox import MailServer
from standin.switch import Manners
from tests.servers import free_port, postgres, valkey

TARGET = 2.0
"""Seconds, of 99 in a hundred."""
SPAN = timedelta(seconds=60)
"""In which the measured callbacks fall due, at random."""
HEAD_START = timedelta(seconds=6)
LEFT_OVER = timedelta(seconds=15)
"""After the last one is due: what has not rung by then is lost."""
CALLS_A_SECOND = 10.0


@dataclass(frozen=True)
class Times:
    """Seconds from due to ringing, sorted, and how many never rang."""

    seconds: Sequence[float]
    lost: int

    def quantile(self, part: float) -> float:
        return self.seconds[min(int(part * len(self.seconds)), len(self.seconds) - 1)]

    @property
    def is_within(self) -> bool:
        return not self.lost and bool(self.seconds) and self.quantile(0.99) < TARGET


def measure(database_url: str, redis_url: str, callbacks: int, waiting: int) -> tuple[Times, Times]:
    """`callbacks` fall due while `waiting` others are planned for later days: the times until
    Twilio has our request, and until a phone rings.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="p1line-bench-")))
        port = free_port()
        twilio = StandIn(
            ACCOUNT, TOKEN, LINE, f"http://127.0.0.1:{port}/voice", datetime.now(UTC), live=True,
            manners=Manners(calls_per_second=CALLS_A_SECOND),
            default_device=Accepts(rings=2, talks=5),
        )  # fmt: skip
        stack.callback(twilio.close)
        mail = MailServer().start()
        stack.callback(mail.stop)
        environ = {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE_URL": twilio.serve(),
            "P1LINE_NUMBER": LINE,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "bench " * 8,
            "SMTP_URL": mail.url,
            "MAIL_FROM": "soutien@example.org",
            "POLICY_FILE": str(_always_open(folder)),
            "FALLBACK_DIR": str(folder / "fallback"),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        migrate(database_url)
        made = sessions(connect(database_url))
        _seed(made, callbacks, waiting)
        stack.enter_context(gunicorn("app:create_app()", port, environ))
        for module in ("jobs.worker", "jobs.sweep"):
            stack.enter_context(_process(module, environ, folder))
        _wait_for_hearts(made)
        due = _fall_due(made, callbacks)
        time.sleep((max(due.values()) + LEFT_OVER - datetime.now(UTC)).total_seconds())
        return _times(made, twilio, due)


def _always_open(folder: Path) -> Path:
    text = DEFAULT.read_text(encoding="utf-8")
    opened = text.replace('weekdays = ["8:00-16:30"]', 'every_day = ["0:00-24:00"]', 1)
    opened = opened.replace('calendar = "CA-QC"', 'calendar = "none"', 1)
    path = folder / "policy.toml"
    path.write_text(opened, encoding="utf-8")
    return path


def _seed(made: Sessions, callbacks: int, waiting: int) -> None:
    """The demo's clients, an agent for each callback, and those that wait for later days."""
    now = datetime.now(UTC)
    chance = random.Random(0)  # the same days in each run
    with made.begin() as session:
        seed.seed(session, demo_data.read(), "bench", now, Policy.read().zone)
        session.flush()
        model = session.scalars(select(Agent).where(Agent.on_desk)).first()
        assert model is not None
        for number in range(callbacks):
            session.add(
                Agent(
                    name=f"Agent {number}", email=f"agent{number}@example.org",
                    phone=f"+1450555{4000 + number}", password_hash=model.password_hash,
                    on_desk=True,
                )
            )  # fmt: skip
        later = [timedelta(hours=1) + chance.random() * timedelta(days=30) for _ in range(waiting)]
        _owe(session, now, [now + after for after in later], first_phone=10_000)


def _owe(session: Session, now: datetime, moments: Sequence[datetime], first_phone: int) -> None:
    clients = session.scalars(select(Client.id)).all()
    references = iter(random.Random(first_phone).sample(range(100_000), len(moments)))
    rows = []
    for number, at in enumerate(moments):
        drawn = f"{next(references):05}"
        digits = f"{drawn}{reference.check_digit(drawn)}"
        rows.append(
            {
                "reference": digits, "live_reference": None, "language": "fr", "priority": "P2",
                "state": "new", "opened_at": now, "due_at": at + timedelta(hours=2),
                "client_id": clients[number % len(clients)], "product": "medical",
                "callback_number": f"+1514{2_000_000 + first_phone + number}", "callback_at": at,
            }
        )  # fmt: skip
    session.execute(insert(Incident), rows)


def _fall_due(made: Sessions, callbacks: int) -> dict[int, datetime]:
    """Those that are measured: when each falls due, by the incident's id."""
    start, chance = datetime.now(UTC) + HEAD_START, random.Random(1)
    moments = [start + chance.random() * SPAN for _ in range(callbacks)]
    with made.begin() as session:
        before = session.scalar(select(Incident.id).order_by(Incident.id.desc()).limit(1)) or 0
        _owe(session, datetime.now(UTC), moments, first_phone=0)
        owed = select(Incident.id, Incident.callback_at).where(Incident.id > before)
        return {row.id: row.callback_at for row in session.execute(owed) if row.callback_at}


def _times(made: Sessions, twilio: StandIn, due: dict[int, datetime]) -> tuple[Times, Times]:
    """Of the first call that was placed for each, and of the first phone that rang."""
    placed: dict[int, datetime] = {}
    rang: dict[int, datetime] = {}
    with reading(made) as session:
        legs = select(Leg.incident_id, Leg.sid).where(Leg.kind == "agent", Leg.sid.is_not(None))
        for incident_id, sid in session.execute(legs.order_by(Leg.id)):
            call = twilio.ledger.leg(sid or "")
            placed.setdefault(incident_id, call.started)
            if call.rang is not None:
                rang.setdefault(incident_id, call.rang)
    return _since(due, placed), _since(due, rang)


def _since(due: dict[int, datetime], first: dict[int, datetime]) -> Times:
    seconds = sorted((first[each] - due[each]).total_seconds() for each in due if each in first)
    return Times(seconds, len(due) - len(seconds))


@contextmanager
def _process(module: str, environ: dict[str, str], folder: Path) -> Iterator[None]:
    log = folder / f"{module}.log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, **environ},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
        if running.poll() is not None:
            raise SystemExit(log.read_text(encoding="utf-8"))
    finally:
        running.terminate()
        running.wait(20)


def _wait_for_hearts(made: Sessions) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with reading(made) as session:
            if len(session.scalars(select(Heartbeat.name)).all()) == 2:
                return
        time.sleep(0.1)
    raise TimeoutError("worker and sweep are not heard of")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callbacks", type=int, default=100, help="that fall due")
    parser.add_argument("--waiting", type=int, default=10_000, help="for later days")
    asked, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder, postgres() as postgres_url:
        for name, url in (
            ("SQLite", f"sqlite:///{Path(folder)}/bench.db"),
            ("PostgreSQL", postgres_url),
        ):
            with valkey() as queue:
                placed, rang = measure(url, queue.url, asked.callbacks, asked.waiting)
            if not rang.seconds:
                raise SystemExit(f"{name}: no phone rang")
            print(
                f"{name}: from due to ringing, {len(rang.seconds)} callbacks while "
                f"{asked.waiting} wait: p50 {rang.quantile(0.5):.2f} s, "
                f"p99 {rang.quantile(0.99):.2f} s (target under {TARGET:.0f} s), "
                f"lost {rang.lost}: {'within' if rang.is_within else 'over'}; of it until Twilio "
                f"has the request p50 {placed.quantile(0.5):.2f} s, p99 {placed.quantile(0.99):.2f}"
                f" s, the rest is the telephone network's {SETUP_SECONDS:.0f} s"
            )


if __name__ == "__main__":
    main()
