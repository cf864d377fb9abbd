"""The machines: database, queue, worker and sweep, mail server, and the clocks of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

import migrations
from ivr.models import Heartbeat
from jobs import mail
from jobs.doctor.finding import Finding, looking, note, wrong
from jobs.mail import MailError
from jobs.phone import PhoneError
from line import Line

DRIFT = timedelta(seconds=30)
"""Clocks that differ by more make due times and signatures doubtful."""
SILENT = timedelta(seconds=60)
"""A process that has said nothing for so long is taken for dead, as by /readyz."""


def database(line: Line) -> Iterator[Finding]:
    """It answers, and has the shape that the models want."""
    try:
        url = line.settings.database_url
        differences = migrations.differences(url)
    except SQLAlchemyError as error:
        yield wrong("database.away", error=type(error).__name__)
        return
    if differences:
        yield wrong("database.differs", count=len(differences), first=differences[0])


def queue(line: Line) -> Iterator[Finding]:
    """Redis answers: without it the sweep works alone, and later."""
    try:
        line.queue.ping()
    except RedisError as error:
        yield wrong("queue.away", error=type(error).__name__)


def processes(line: Line) -> Iterator[Finding]:
    """Worker and sweep are alive: each has said so within a minute."""
    with looking(line) as scene:
        for name in ("worker", "sweep"):
            heart = scene.session.get(Heartbeat, name)
            if heart is None:
                yield wrong("processes.never", process=name)
            elif abs(scene.now - heart.at) > SILENT:  # one that is to come says as little
                yield wrong("processes.silent", process=name, since=heart.at.isoformat())


def smtp(line: Line) -> Iterator[Finding]:
    """The mail server takes our connection and our password; no letter is sent."""
    url = line.settings.smtp_url
    if not url:
        yield wrong("mail.missing")
        return
    try:
        mail.reach(url)
    except MailError as error:
        yield wrong("mail.refused", error=str(error))


def clock(line: Line) -> Iterator[Finding]:
    """Our clock, Twilio's and the database's agree within 30 seconds."""
    if line.settings.start:
        yield note("clock.demo")
        return
    for whose, theirs, ours in (*_twilios(line), *_databases(line)):
        drift = ours - theirs
        if abs(drift) > DRIFT:
            key = f"clock.{'ahead_of' if drift > timedelta() else 'behind'}_{whose}"
            yield wrong(key, seconds=round(abs(drift).total_seconds()))


Reading = tuple[str, datetime, datetime]
"""Whose clock, what it showed, and what ours did."""


def _twilios(line: Line) -> Iterator[Reading]:
    try:
        theirs = line.phone.time()
    except PhoneError:
        return  # that Twilio does not answer is another check's finding
    if theirs:
        yield "twilio", theirs, line.clock()


def _databases(line: Line) -> Iterator[Reading]:
    """PostgreSQL's; SQLite has no clock but this machine's."""
    with looking(line) as scene:
        if scene.session.get_bind().dialect.name == "sqlite":
            return
        theirs = scene.session.scalar(select(func.clock_timestamp()))
    if theirs:
        yield "database", theirs, line.clock()
