"""`p1line hours`: asks the opening hours of a policy, in business time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from commands.moments import Duration, aware, in_words, moment_option, policy_option, refusals
from commands.wording import json_option, language_option
from ivr.hours import Hours
from ivr.local_time import lasting, written
from ivr.policy import read_hours


@click.group()
def command() -> None:
    """Opening hours: open at T? next opening? add and measure business time.

    T is ISO 8601; without an offset it is local time of the policy's zone.
    """


@command.command("open")
@moment_option("--at", "The moment asked about.")
@policy_option
@language_option
@json_option
def is_open(at: datetime, path: Path, language: str, as_json: bool) -> None:
    """Open or closed at T, until when, and why."""
    with refusals():
        hours = read_hours(path)
        at = aware(at, hours.zone, language)
        opening = hours.opening_at(at)
    why = in_words(opening.why, language, hours.zone, at)
    until = _local(opening.until, hours) if opening.until else None
    _print(as_json, {"open": opening.open, "until": until, "why": why}, why["text"])


@command.command("next")
@moment_option("--at", "The moment asked about.")
@policy_option
@language_option
@json_option
def next_open(at: datetime, path: Path, language: str, as_json: bool) -> None:
    """The next opening: T itself when open."""
    with refusals():
        hours = read_hours(path)
        at = aware(at, hours.zone, language)
        opens = hours.next_open(at)
    _print(as_json, {"next": _local(opens, hours)}, written(opens, at, language, hours.zone))


@command.command()
@moment_option("--at", "The moment to count from.")
@click.option(
    "--duration", type=Duration(), required=True, help="For example 2h30; -2h30 counts back."
)
@policy_option
@language_option
@json_option
def add(at: datetime, duration: timedelta, path: Path, language: str, as_json: bool) -> None:
    """The moment when so much business time has passed since T."""
    with refusals():
        hours = read_hours(path)
        at = aware(at, hours.zone, language)
        reached = hours.add(at, duration)
    _print(as_json, {"at": _local(reached, hours)}, written(reached, at, language, hours.zone))


@command.command()
@moment_option("--from", "The moment to count from.")
@moment_option("--to", "The moment to count to.")
@policy_option
@language_option
@json_option
def between(**given: Any) -> None:
    """The business time between two moments; negative where the second comes first."""
    language = given["language"]
    with refusals():
        hours = read_hours(given["path"])
        start, end = (aware(given[name], hours.zone, language) for name in ("from", "to"))
        passed = hours.between(start, end)
    seconds = passed.total_seconds()
    facts = {"seconds": int(seconds) if seconds.is_integer() else seconds, "hours": seconds / 3600}
    sign = "-" if seconds < 0 else ""
    _print(given["as_json"], facts, sign + lasting(passed, language))


def _local(moment: datetime, hours: Hours) -> str:
    return moment.astimezone(hours.zone).isoformat()


def _print(as_json: bool, facts: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)
