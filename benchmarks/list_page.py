"""The list's first page at a million incidents beside a thousand, in one run. Target: 1.5 times.

    python -m benchmarks.list_page [--many N]

Each view and each filter, on SQLite and on PostgreSQL, by the whole page as a signed-in agent gets
it: sessions, queries, template. The two databases are asked in turn, so that a machine's drift
hits both; of each the best counts, for
whatever else a machine does only adds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, String, cast, insert, literal, select, text

from app import create_app
from ivr import folding
from ivr.database import connect
from ivr.models import Agent, Client, ClientProduct, Incident, IncidentWord, SuperUser
from line import Line
from migrations import migrate
from settings import Settings
from tests.servers import postgres, valkey

FEW, MANY, TARGET = 1_000, 1_000_000, 1.5
ROUNDS = 9
PASSWORD = "trois petits chats 42"
AGENTS = 3
QUESTIONS = (
    "",
    "view=taken",
    "view=resolved",
    "view=closing",
    "view=closed",
    "view=refused",
    "view=all",
    "view=taken&who=me",
    "who=nobody",
    "priority=P1",
    "product=medical",
    "state=reopened",
    "client=50007",
    "view=all&who=me",
    "view=all&client=50007",
    "view=closed&priority=P1&product=imaging",
    "view=closed&priority=P4&who=nobody",
    "view=all&q=imprimante",
    "view=all&q=clinique",
    "view=all&q=imprimante+clinique+7",
    "view=all&q=100007",
    "view=all&q=514+555-0007",
    "view=all&q=tremblay",
)
_STATES = (
    *("new",) * 4, *("closed",) * 8, "reopened", "reopened", "taken", "in_progress", "waiting",
    "resolved", "resolved", "refused",
)  # fmt: skip
"""Of 20 incidents: enough of each that the first page is full in the small database, too."""
_WORDS = ("imprimante", "serveur", "facture", "image", "reseau", "connexion", "lenteur", "rapport")


@dataclass(frozen=True)
class Desk:
    """An agent who has signed in at one of the databases."""

    browser: FlaskClient

    def seconds(self, question: str) -> float:
        began = time.perf_counter()
        answer = self.browser.get(f"/incidents?{question}")
        passed = time.perf_counter() - began
        if answer.status_code != 200:
            raise SystemExit(f"{question}: {answer.status}")
        return passed


# A support centre's data --------------------------------------------------------------------


def seed(engine: Engine, count: int, now: datetime) -> None:
    """`count` incidents of clients that each have some tens or hundreds.

    The first thousand are written, and then copied within the database until they are enough.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA cache_size = -400000")  # KiB: its indices fit
        _people(connection, _clients(count))
        numbers = range(1, FEW + 1)
        _insert(connection, Incident, (_incident(number, now) for number in numbers))
        words = ((number, word) for number in numbers for word in _words(number))
        rows = ({"incident_id": number, "word": word} for number, word in words)
        _insert(connection, IncidentWord, rows)
        there = FEW
        while there < count:
            more = min(there, count - there)
            _copy(connection, there, more, _clients(count))
            there += more
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _copy(connection: Connection, there: int, more: int, clients: int) -> None:
    """The first `more` rows once again, with numbers from `there` on."""
    incidents, words = Incident.__table__, IncidentWord.__table__
    number = incidents.c.id + there
    client = number % clients + 1
    changed: dict[str, Any] = {
        "id": number,
        "reference": cast(100_000 + number % 900_000, String),
        "client_id": client,
        "super_user_id": client,
        "callback_number": literal("+1514") + cast(5_550_000 + client, String),
    }
    names = [column.name for column in incidents.c if column.computed is None]
    values = [changed.get(name, incidents.c[name]) for name in names]
    copied = select(*values).where(incidents.c.id <= more)
    connection.execute(incidents.insert().from_select(names, copied))
    again = select(words.c.word, words.c.incident_id + there).where(words.c.incident_id <= more)
    connection.execute(words.insert().from_select(["word", "incident_id"], again))


def _clients(count: int) -> int:
    return max(count // 200, 20)


def _insert(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    connection.execute(insert(table), list(rows))


def _people(connection: Connection, clients: int) -> None:
    password = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    agents = (
        {"name": f"Agent {n}", "email": f"agent{n}@example.org", "phone": "+14505550111"}
        | {"password_hash": password, "on_desk": True}
        for n in range(1, AGENTS + 1)
    )
    _insert(connection, Agent, agents)
    numbers = range(1, clients + 1)
    _insert(connection, Client, (_client(number) for number in numbers))
    held = ({"client_id": n, "product": "medical", "extended": n % 2 == 0} for n in numbers)
    _insert(connection, ClientProduct, held)
    users = (
        {"client_id": n, "name": f"Nadia {_name(n)}", "phone": f"+1514{5_550_000 + n}"}
        | {"sought": folding.plain(f"Nadia {_name(n)}")}
        for n in numbers
    )
    _insert(connection, SuperUser, users)


def _name(number: int) -> str:
    return "Tremblay" if number % 500 == 1 else f"Roy{number}"


def _client(number: int) -> dict[str, Any]:
    name = f"Clinique {number}"
    return {"number": f"{50_000 + number}", "name": name, "sought": folding.plain(name)}


def _incident(number: int, now: datetime) -> dict[str, Any]:
    opened = now - timedelta(minutes=3 * (FEW - number))
    state = _STATES[number * 7 % 20]
    done = state in ("closed", "resolved")
    held = state in ("taken", "in_progress", "waiting") or done
    client = number % 20 + 1
    return {
        "id": number,
        "reference": f"{100_000 + number}",
        "client_id": client,
        "super_user_id": client,
        "recognised_by": "number",
        "language": "fr",
        "product": ("medical", "imaging", "billing")[number // 7 % 3],
        "priority": ("P1", "P2", "P3", "P4")[number // 20 % 4],
        "state": state,
        "opened_at": opened,
        "due_at": opened + timedelta(hours=4),
        "callback_number": f"+1514{5_550_000 + client}",
        "holder_id": number % AGENTS + 1 if held else None,
        "taken_at": opened if held else None,
        "told_at": opened if held else None,
        "met_at": opened if held else None,
        "correction_due_at": now + timedelta(minutes=number % 999) if state == "taken" else None,
        "resolved_at": opened if done else None,
        "closed_at": opened + timedelta(days=1) if state == "closed" else None,
        "closing_at": opened + timedelta(hours=1) if state in ("waiting", "resolved") else None,
    }


def _words(number: int) -> tuple[str, ...]:
    common = _WORDS[number % len(_WORDS)]
    return (common, f"modele{number}") if number % 4 == 0 else (common,)


# Asked ------------------------------------------------------------------------------------------


def _settings(database_url: str, redis_url: str = "") -> Settings:
    return Settings(
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="token",
        public_url="http://localhost",
        line_number="+18005550100",
        database_url=database_url,
        redis_url=redis_url,
        secret_key="bench " * 8,
    )


@contextmanager
def desk(database_url: str, redis_url: str) -> Iterator[Desk]:
    line = Line.build(_settings(database_url, redis_url))
    browser = create_app(line).test_client()
    page = browser.get("/sign-in").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "email": "agent1@example.org", "password": PASSWORD}
    browser.post("/sign-in", data=form)
    yield Desk(browser)


def compare(name: str, few: Desk, many: Desk) -> bool:
    """Prints each question's times and their ratio; false where one misses the target."""
    kept = True
    for question in QUESTIONS:
        for each in (few, many):
            each.seconds(question)  # warm
        times: list[Sequence[float]] = [
            (few.seconds(question), many.seconds(question)) for _ in range(ROUNDS)
        ]
        one, other = (min(column) for column in zip(*times, strict=True))
        ratio = other / one
        kept = kept and ratio <= TARGET
        shown = question or "view=owed"
        print(f"{name:10} {shown:40} {one * 1000:6.1f} ms {other * 1000:6.1f} ms  {ratio:5.2f}")
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=MANY, help="incidents of the large database")
    many = parser.parse_args().many
    kept = True
    print(f"The list's first page: {FEW} incidents, {many} incidents, ratio (target {TARGET})")
    with (
        valkey() as queue,
        tempfile.TemporaryDirectory() as folder,
        postgres() as small,
        postgres() as large,
    ):
        files = [f"sqlite:///{Path(folder)}/{name}.db" for name in ("few", "many")]
        for name, urls in (("SQLite", files), ("PostgreSQL", [small, large])):
            for url, count in zip(urls, (FEW, many), strict=True):
                migrate(url)
                seed(connect(url, limited=False), count, _settings(url).clock()())
            with desk(urls[0], queue.url) as one, desk(urls[1], queue.url) as other:
                kept = compare(name, one, other) and kept
    if not kept:
        raise SystemExit(f"the list: more than {TARGET} times as long")


if __name__ == "__main__":
    main()
