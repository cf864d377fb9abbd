"""The product in one process: the web on a real port, the stand-in Twilio, a mail server.

Nothing is mocked: webhooks are signed and posted over HTTP, calls are placed over REST, jobs go
through Valkey. Time is the stand-in's, and moves only when it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import create_app
from commands import seed
from commands.demo_data import Demo
from ivr import policy
from ivr.database import reading
from jobs.heart import beat
from jobs.queue import QUEUES
from jobs.sweep import Seen, sweep_once
from jobs.worker import work_off
from line import Line
from settings import Settings
from standin import StandIn
from standin.mailbox import MailServer
from trial import servers

LINE = "+18005550100"
DUTY = "+15145550130"
"""The fixed number that rings last where no rota is to be had; in nobody's rota."""


@dataclass(frozen=True)
class Parts:
    """What a product is made of, ready to be worked."""

    line: Line
    app: Flask
    twilio: StandIn
    mail: MailServer


class Product:
    """A product whose worker and sweep work when they are told to."""

    def __init__(self, parts: Parts) -> None:
        self.line, self.app = parts.line, parts.app
        self.twilio, self.mail = parts.twilio, parts.mail
        self._seen = Seen()
        self._redis = Redis.from_url(parts.line.settings.redis_url)

    @property
    def now(self) -> datetime:
        return self.twilio.now()

    def session(self) -> Session:
        return reading(self.line.sessions)

    def work(self) -> None:
        """What the worker and the sweep do at this moment, and the calls that follow from it."""
        for _ in range(50):
            before = len(self.twilio.ledger.entries)
            sweep_once(self.line, self._seen)
            self.work_off()
            self.twilio.run_until(self.now)
            if len(self.twilio.ledger.entries) == before:
                return
        raise AssertionError("the jobs never come to rest")

    def is_queued(self) -> bool:
        """Does a job wait for the worker?"""
        return any(self._redis.llen(f"rq:queue:{name}") for name in QUEUES)

    def work_off(self) -> None:
        """The worker's part; one that finds nothing queued is alive, and that is all."""
        beat(self.line, "worker")
        if self.is_queued():
            work_off(self.line)


@contextmanager
def parts(
    database_url: str,
    redis_url: str,
    start: datetime,
    data: Demo | None,
    password: str,
    policy_file: Path = policy.DEFAULT,
    engine: Engine | None = None,
    wire: Callable[[Line], Flask] = create_app,
    served: bool = True,
) -> Iterator[Parts]:
    """A product with `data` in its database, whose clock stands at `start`.

    `data` is None where the database has its own; `engine` is of that database, where there is one.
    `wire` makes the web of the line.
    Not `served`: the web is somebody else's to start, at `public_url`.
    """
    with ExitStack() as stack:
        port = servers.free_port()
        twilio = _standin(f"http://127.0.0.1:{port}", start)
        stack.callback(twilio.close)
        twilio.serve()
        mail = MailServer().start()
        stack.callback(mail.stop)
        settings = Settings(
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=twilio.auth_token,
            twilio_api_base_url=twilio.url,
            public_url=f"http://127.0.0.1:{port}",
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
        # The stand-in's own clock, read in this process rather than over HTTP.
        line = replace(Line.build(settings, engine), clock=twilio.now)
        if data is not None:
            with line.sessions.begin() as session:
                seed.seed(session, data, password, start, line.policy.zone)
        app = wire(line)
        if served:
            stack.enter_context(servers.serve(app, port))
        yield Parts(line, app, twilio, mail)


def _standin(public_url: str, start: datetime) -> StandIn:
    return StandIn(
        account_sid="AC" + "0" * 32,
        auth_token="token",  # noqa: S106 of the stand-in alone
        number=LINE,
        voice_url=f"{public_url}/voice",
        voice_fallback_url=f"{public_url}/voice/fallback",
        status_callback=f"{public_url}/voice/status",
        sms_url=f"{public_url}/sms",
        start=start,
    )
