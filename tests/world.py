"""A whole product for a test: the web on a real port, the stand-in Twilio, Valkey, a database.

Nothing is mocked: webhooks are signed and posted over HTTP, calls are placed over REST, jobs go
through Valkey. Time is the stand-in's, and moves only when the test says so.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import Engine, select

from app import create_app
from commands import demo_data, seed
from ivr import callbacks, policy, thresholds
from ivr.database import connect, sessions
from ivr.models import Call, Event, Incident, Leg, Message
from line import Line
from tests import servers
from tests.phones import Phone, Phones
from trial.product import DUTY, LINE, Parts, Product, parts

__all__ = ["DUTY", "LINE", "World", "world"]

DAY_USER, NIGHT_USER = "+15145550101", "+15145550102"
CLINIC_LINE = "+15145550120"
IMAGING_USER, ENGLISH_USER, BILLING_USER = "+14505550103", "+14185550104", "+18195550105"
DESK_1, DESK_2 = "+14505550111", "+14505550112"
ON_CALL_1, ON_CALL_2 = "+14385550113", "+14385550114"
STRANGER = "+15145550199"
PASSWORD = "a password for the tests"
TORONTO = ZoneInfo("America/Toronto")

# The Monday of this week begins the turn of the first on-call agent: see policy.toml's anchor.
SATURDAY_NIGHT = datetime(2026, 11, 28, 2, 0, tzinfo=TORONTO)
MONDAY_8 = datetime(2026, 11, 30, 8, 0, tzinfo=TORONTO)
TUESDAY_10 = datetime(2026, 11, 24, 10, 0, tzinfo=TORONTO)


class World(Product):
    """What a scenario holds on to."""

    def __init__(self, made: Parts) -> None:
        super().__init__(made)
        self.phones = Phones(made.twilio)

    def phone(self, number: str) -> Phone:
        return self.phones.phone(number)

    def pass_until(self, moment: datetime) -> None:
        """Time passes: calls go on, and whatever falls due is done when it does."""
        self.work()
        while True:
            upcoming = [at for at in (self.twilio.next_event(), self._next_due()) if at]
            soonest = min(upcoming, default=moment)
            if soonest > moment:
                break
            self.twilio.run_until(max(soonest, self.now))
            self.work()
            if soonest <= self.now and not self._moves_on(soonest):
                break
        self.twilio.run_until(moment)
        self.work()

    def passes(self, span: timedelta) -> None:
        self.pass_until(self.now + span)

    def incident(self) -> Incident:
        """The only incident."""
        with self.session() as session:
            return session.scalars(select(Incident)).one()

    def incidents(self) -> list[Incident]:
        with self.session() as session:
            return list(session.scalars(select(Incident).order_by(Incident.id)))

    def events(self) -> list[Event]:
        """Those of the only incident, in order."""
        with self.session() as session:
            return list(session.scalars(select(Incident)).one().events)

    def timeline(self) -> list[str]:
        """The kinds of the events of the only incident, in order."""
        with self.session() as session:
            incident = session.scalars(select(Incident)).one()
            return [event.kind for event in incident.events]

    def calls(self) -> list[Call]:
        with self.session() as session:
            return list(session.scalars(select(Call).order_by(Call.id)))

    def accept_key(self) -> str:
        """That of the leg that was rung last."""
        with self.session() as session:
            return session.scalars(select(Leg.code).order_by(Leg.id.desc()).limit(1)).one()

    def messages(self, channel: str) -> list[Message]:
        with self.session() as session:
            return list(session.scalars(select(Message).where(Message.channel == channel)))

    def _next_due(self) -> datetime | None:
        with self.session() as session:
            moments = callbacks.next_due(session), thresholds.next_due(session)
            return min((moment for moment in moments if moment), default=None)

    def _moves_on(self, moment: datetime) -> bool:
        after = [at for at in (self.twilio.next_event(), self._next_due()) if at]
        return bool(after) and min(after) > moment


@contextmanager
def world(
    database_url: str,
    redis_url: str,
    start: datetime,
    policy_file: Path = policy.DEFAULT,
    engine: Engine | None = None,
) -> Iterator[World]:
    """A product with the demo's data, whose clock stands at `start`.

    With `engine`, that of the file that tests have one after the other, the data is copied there,
    and the web is that of the test before, on another line.
    """
    if engine is not None:
        servers.sqlite_anew(_with_the_demo(start))
    data = None if engine is not None else demo_data.read()
    wire = create_app if engine is None else _rewired
    with parts(database_url, redis_url, start, data, PASSWORD, policy_file, engine, wire) as made:
        yield World(made)


_apps: list[Flask] = []


def _rewired(line: Line) -> Flask:
    """This process's web: its routes are slow to make, and whatever it keeps is the line's."""
    if not _apps:
        _apps.append(create_app(line))
    (app,) = _apps
    app.extensions = {"csrf": app.extensions["csrf"], "line": line}
    return app


@functools.cache
def _with_the_demo(start: datetime) -> Path:
    """An SQLite file that holds the demo's data as it is at `start`, made once in a process."""
    folder = servers.folder()
    engine = connect(servers.sqlite(folder))
    with sessions(engine).begin() as session:
        seed.seed(session, demo_data.read(), PASSWORD, start, policy.Policy.read().zone)
    path = Path(str(engine.url.database))
    engine.dispose()
    return path
