"""`p1line clock`: the one clock of a demo, which the stand-in holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from babel.dates import format_datetime

from commands.moments import Duration, Moment
from commands.phones import WORDS, connect, refusals, standin_option
from commands.wording import json_option, language_option
from standin.remote import Remote

LOCAL = ZoneInfo("America/Toronto")
LOCALES = {"fr": "fr_CA", "en": "en_CA"}


def options(function: Any) -> Any:
    return json_option(language_option(standin_option(function)))


@click.group(invoke_without_command=True)
@options
@click.pass_context
def command(ctx: click.Context, address: str | None, language: str, as_json: bool) -> None:
    """Show the demo's clock, or move it: all processes read it."""
    if ctx.invoked_subcommand is None:
        _show(address, language, as_json, lambda remote: remote.clock())


@command.command("set")
@click.argument("moment", type=Moment(), metavar="T")
@options
def set_clock(moment: datetime, address: str | None, language: str, as_json: bool) -> None:
    """Put it at T; what is due by then happens.

    T is ISO 8601; without an offset it is Québec's local time.
    """
    _show(address, language, as_json, lambda remote: remote.set_clock(moment.isoformat()))


@command.command()
@click.argument("duration", type=Duration())
@options
def advance(duration: timedelta, address: str | None, language: str, as_json: bool) -> None:
    """Move it on by a duration such as 8h or 45min; what is due in it happens."""
    seconds = duration.total_seconds()
    _show(address, language, as_json, lambda remote: remote.advance_clock(seconds))


def _show(address: str | None, language: str, as_json: bool, move: Callable[[Remote], str]) -> None:
    remote = connect(address)
    with refusals(remote, language):
        now = datetime.fromisoformat(move(remote)).astimezone(LOCAL)
    if as_json:
        click.echo(json.dumps({"now": now.isoformat()}))
    else:
        pattern = WORDS.text(language, "clock.pattern")
        moment = format_datetime(now, pattern, tzinfo=LOCAL, locale=LOCALES[language])
        click.echo(WORDS.text(language, "clock.shows", moment=moment))
