"""`p1line month`: a simulated month on embedded parts, and how its promises were kept (§4)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import click

from commands.wording import WORDS, json_option, language_option, refuse
from ivr import local_time
from ivr.causes import Cause
from ivr.policy import Policy

CAUSES = {
    Cause.NO_NUMBER: "month.no_number",
    Cause.OUTAGE: "month.outage",
    Cause.NOBODY_PRESENT: "month.nobody_present",
    Cause.ALL_BUSY: "month.all_busy",
    Cause.NOBODY_ACCEPTED: "month.nobody_accepted",
    Cause.CLIENT_UNREACHABLE: "month.client_unreachable",
    Cause.NOT_CALLED: "month.not_called",
}
LONGEST = 92
"""Days: three months."""


@click.command()
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed: the same month."
)
@click.option(
    "--days", type=click.IntRange(1, LONGEST), default=31, show_default=True, help="How long it is."
)
@click.option(
    "--from",
    "first",
    type=click.DateTime(("%Y-%m-%d",)),
    default="2026-12-10",
    show_default=True,
    help="Its first day; by default Christmas and New Year lie in it.",
)
@json_option
@language_option
def command(seed: int, days: int, first: datetime, as_json: bool, language: str) -> None:
    """Live through a month in some minutes, and report which promises were kept, and why not.

    Fictitious callers, agents and clients; the whole product runs, on a database, a Valkey and a
    stand-in Twilio of its own. Nothing else is read, nobody is rung.
    Exit 1 where the product itself is at fault: something forgotten, or a promise broken although
    somebody was there and free.
    """
    logging.basicConfig(level=logging.ERROR)
    found = _lived(seed, first.date(), days, language)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found, language, Policy.read().zone)))
    if found["faults"]:
        shown = {**found, "unproved": ", ".join(found["unproved"]) or 0}
        not_called = found["causes"].get(Cause.NOT_CALLED.value, 0)
        refuse(language, "month.faults", **shown, not_called=not_called)


def _lived(seed: int, first: date, days: int, language: str) -> dict[str, Any]:
    try:
        from trial import findings, month, report
    except ImportError as error:  # what `make run` embeds is no part of a production
        refuse(language, "month.no_parts", name=error.name)
    with (
        TemporaryDirectory(prefix="p1line-month-") as folder,
        month.embedded(seed, first, days, Path(folder)) as lived,
    ):
        lived.run()
        whole = report.facts(findings.judge(lived))
    return {"seed": seed, "from": first.isoformat(), "days": days, **whole}


def _lines(found: dict[str, Any], language: str, zone: ZoneInfo) -> Iterator[str]:
    yield _say(language, "month.title", found)
    yield _say(language, "month.promises", found)
    for priority in found["priorities"]:
        yield _say(language, "month.priority", priority)
    yield _say(language, "month.work", found)
    yield _say(language, "month.talked", found)
    for cause, count in found["causes"].items():
        words = WORDS.text(language, CAUSES[Cause(cause)])
        yield _say(language, "month.cause", {"cause": words, "count": count})
    for broken in found["broken"]:
        yield _broken(broken, language, zone)
    for down in found["outages"]:
        yield _say(language, "month.down", down)
    key = "month.nothing_forgotten" if not found["forgotten"] else "month.forgotten"
    yield WORDS.text(language, key, references=", ".join(found["forgotten"]))


def _broken(broken: dict[str, Any], language: str, zone: ZoneInfo) -> str:
    due = datetime.fromisoformat(broken["due"])
    opened = datetime.fromisoformat(broken["opened"])
    return WORDS.text(
        language,
        "month.broken",
        reference=broken["reference"],
        priority=broken["priority"],
        due=local_time.written(due, opened, language, zone),
        cause=WORDS.text(language, CAUSES[Cause(broken["cause"])]),
    )


def _say(language: str, key: str, found: dict[str, Any]) -> str:
    return WORDS.text(language, key, **found)
