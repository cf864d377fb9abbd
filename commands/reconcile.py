"""`p1line reconcile`: Twilio's list of calls against ours, and an incident for what we missed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import click
from sqlalchemy.exc import SQLAlchemyError

from commands import environment
from commands.moments import Moment, aware
from commands.wording import json_option, language_option, refuse, say
from jobs.failure import Failure
from jobs.reconcile import reconcile
from jobs.spooled import take_in
from line import Line

DAY = timedelta(hours=24)


@click.command()
@click.option(
    "--since",
    type=Moment(),
    metavar="T",
    help="Calls that began from then on; without an offset, local time. By default a day ago.",
)
@json_option
@language_option
def command(since: datetime | None, as_json: bool, language: str) -> None:
    """Open an incident for each call that our webhook never answered; again does no harm.

    Also attaches recordings that we do not know, and ends calls whose end nobody told us. The
    sweep does it every five minutes, and whenever the database is back.
    """
    line = Line.build(environment.settings())
    start = aware(since, line.policy.zone, language) if since else line.clock() - DAY
    try:
        spooled = take_in(line)
        report = reconcile(line, start)
    except SQLAlchemyError as error:
        refuse(language, "reconcile.no_database", error=type(error).__name__)
    except Failure as failure:
        refuse(language, "reconcile.no_list", error=failure)
    if as_json:
        click.echo(json.dumps({**vars(report), "spooled": spooled, "since": start.isoformat()}))
    else:
        say(language, "reconcile.seen", seen=report.seen, opened=len(report.opened))
        for sid in report.opened:
            say(language, "reconcile.opened", sid=sid)
        if spooled:
            say(language, "reconcile.spooled", spooled=spooled)
    if report.failed:
        refuse(language, "reconcile.failed", failed=len(report.failed))
