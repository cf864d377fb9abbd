"""A whole product for a test: the web on a real port, the stand-in Twilio, Valkey, a database.

Nothing is mocked: webhooks are signed and posted over HTTP, calls are placed over REST, jobs go
through Valkey. Time is the stand-in's, and moves only when the test says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from flask import Flask
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from commands import demo_data, seed
from ivr import callbacks, policy
from ivr.database import reading
from ivr.models import Call, Event, Incident, Leg, Message
from jobs.heart import beat
from jobs.queue import QUEUES
from jobs.sweep import Seen, sweep_once
from jobs.worker import work_off
from line import Line
from settings import Settings
from standin import StandIn
from standin.mailbox import MailServer
from tests import servers
from tests.phones import Phone, Phones

LINE = "+18005550100"
DAY_USER, NIGHT_USER = "+15145550101", "+15145550102"
CLINIC_LINE = "+15145550120"
IMAGING_USER, ENGLISH_USER, BILLING_USER = "+14505550103", "+14185550104", "+18195550105"
DESK_1, DESK_2 = "+14505550111", "+14505550112"
ON_CALL_1, ON_CALL_2 = "+14385550113", "+14385550114"
DUTY = "+15145550130"
"""The fixed number that rings last where no rota is to be had; in nobody's rota."""
STRANGER = "+15145550199"
PASSWORD = "a password for the tests"
TORONTO = ZoneInfo("America/Toronto")

# The Monday of this week begins the turn of the first on-call agent: see policy.toml's anchor.
SATURDAY_NIGHT = datetime(2026, 11, 28, 2, 0, tzinfo=TORONTO)
MONDAY_8 = datetime(2026, 11, 30, 8, 0, tzinfo=TORONTO)
TUESDAY_10 = datetime(2026, 11, 24, 10, 0, tzinfo=TORONTO)


class World:
    """What a scenario holds on to."""

    def __init__(self, line: Line, app: Flask, twilio: StandIn, mail: MailServer) -> None:
        self.line, self.app, self.twilio, self.mail = line, app, twilio, mail
        self.phones = Phones(twilio)
        self._seen = Seen()

    @property
    def now(self) -> datetime:
        return self.twilio.now()

    def phone(self, number: str) -> Phone:
        return self.phones.phone(number)

    def work(self) -> None:
        """What the worker and the sweep do at this moment, and the calls that follow from it."""
        for _ in range(50):
            before = len(self.twilio.ledger.entries)
            sweep_once(self.line, self._seen)
            self._work_off()
            self.twilio.run_until(self.now)
            if len(self.twilio.ledger.entries) == before:
                return
        raise AssertionError("the jobs never come to rest")

    def _work_off(self) -> None:
        """The worker's part; one that finds nothing queued is alive, and that is all."""
        beat(self.line, "worker")
        with Redis.from_url(self.line.settings.redis_url) as redis:
            queued = any(redis.llen(f"rq:queue:{name}") for name in QUEUES)
        if queued:
            work_off(self.line)

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

    def session(self) -> Session:
        return reading(self.line.sessions)

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
            return callbacks.next_due(session)

    def _moves_on(self, moment: datetime) -> bool:
        after = [at for at in (self.twilio.next_event(), self._next_due()) if at]
        return bool(after) and min(after) > moment


@contextmanager
def world(
    database_url: str, redis_url: str, start: datetime, policy_file: Path = policy.DEFAULT
) -> Iterator[World]:
    """A product with the demo's data, whose clock stands at `start`."""
    with ExitStack() as stack:
        port = servers.free_port()
        public_url = f"http://127.0.0.1:{port}"
        twilio = StandIn(
            account_sid="AC" + "0" * 32,
            auth_token="token",
            number=LINE,
            voice_url=f"{public_url}/voice",
            voice_fallback_url=f"{public_url}/voice/fallback",
            status_callback=f"{public_url}/voice/status",
            sms_url=f"{public_url}/sms",
            start=start,
        )
        stack.callback(twilio.close)
        twilio.serve()
        mail = MailServer().start()
        stack.callback(mail.stop)
        settings = Settings(
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token="token",
            twilio_api_base_url=twilio.url,
            public_url=public_url,
            line_number=LINE,
            database_url=database_url,
            redis_url=redis_url,
            secret_key="secret " * 8,
            smtp_url=mail.url,
            mail_from="soutien@example.org",
            fallback_dir=Path(stack.enter_context(TemporaryDirectory(prefix="p1line-fallback-"))),
            fallback_duty=(DUTY,),
            policy_file=policy_file,
            start=start,
        )
        line = Line.build(settings)
        with line.sessions.begin() as session:
            seed.seed(session, demo_data.read(), PASSWORD, start, line.policy.zone)
        app = create_app(line)
        stack.enter_context(servers.serve(app, port))
        yield World(line, app, twilio, mail)
