"""`p1line doctor`: is the line ready for the night? A sentence for each thing that is not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from requests.exceptions import RequestException

from clock import system_clock
from commands import environment
from commands.wording import json_option, language_option
from ivr.policy import PolicyError
from jobs.doctor import Checked, examine, look, phone_calls, sentence
from jobs.doctor.finding import WORDS, Finding, note, wrong
from jobs.doctor.phone_calls import Tested
from line import Line
from settings import Settings, SettingsError

QUEBEC = ZoneInfo("America/Toronto")
"""For moments in sentences where the policy, which says so, cannot be read."""
pause = time.sleep
"""How time passes between two looks at a test call; a test moves its own clock."""


@click.command()
@click.option(
    "--call",
    is_flag=True,
    help="First ring each agent whose phone was not verified lately, one after the other, in the "
    "hours that policy.toml allows; the agent confirms with a key.",
)
@json_option
@language_option
@click.pass_context
def command(ctx: click.Context, call: bool, as_json: bool, language: str) -> None:
    """Check what the night needs: database, Redis, processes, clocks, e-mail, Twilio's number and
    credentials, recordings, static fallback, rota, phones, super users, holidays.

    Nothing is changed, and without --call nobody is rung. Exit 1 where anything is wrong.
    """
    line, unreadable = _line()
    rows = []
    for checked in _all(line, unreadable, call):
        row = _row(checked, line, language)
        rows.append(row)
        if not as_json:
            _show(checked, row["sentences"], language)
    ok = all(row["ok"] for row in rows)
    if as_json:
        click.echo(json.dumps({"ok": ok, "checks": rows}, ensure_ascii=False))
    ctx.exit(0 if ok else 1)


def _line() -> tuple[Line | None, Checked | None]:
    """The line as this terminal's settings say; or what keeps it from being one."""
    try:
        return Line.build(Settings.from_environ(environment.load())), None
    except SettingsError as error:
        name, found = "settings", wrong("settings.wrong", error=str(error))
    except PolicyError as error:
        name, found = "policy", wrong("policy.wrong", error=str(error))
    return None, Checked(name, (found, note("checks.rest")))


def _all(line: Line | None, unreadable: Checked | None, call: bool) -> Iterator[Checked]:
    if unreadable:
        yield unreadable
    if line is None:
        return
    yield from (Checked("settings", ()), Checked("policy", ()))
    if call:
        yield look(line, "calls", _calls)
    yield from examine(line)


def _calls(line: Line) -> Iterator[Finding]:
    """The test calls, as a check like the others: one agent's result after the other."""
    rang = False
    for tested in phone_calls.ring_agents(line, pause):
        rang = True
        yield _said_of(tested)
    if not rang:
        yield note("calls.none")


def _said_of(tested: Tested) -> Finding:
    if tested.refused:
        return wrong("calls.refused", agent=tested.agent, why=tested.refused)
    found = wrong(f"calls.{tested.outcome}", agent=tested.agent)
    return replace(found, wrong=tested.outcome != "accepted")


def _row(checked: Checked, line: Line | None, language: str) -> dict[str, Any]:
    zone, now = (line.policy.zone, _now(line)) if line else (QUEBEC, system_clock())
    sentences = [sentence(found, language, zone, now) for found in checked.findings]
    return {"name": checked.name, "ok": checked.ok, "sentences": sentences}


def _now(line: Line) -> datetime:
    try:
        return line.clock()
    except RequestException:  # a demo's clock that does not answer: the checks have found it
        return system_clock()


def _show(checked: Checked, sentences: list[str], language: str) -> None:
    mark = "✓" if checked.ok else "✗"
    click.echo(f"{mark} {WORDS.text(language, f'checks.{checked.name}')}")
    for found, text in zip(checked.findings, sentences, strict=True):
        click.echo(f"  {'✗' if found.wrong else '–'} {text}")
