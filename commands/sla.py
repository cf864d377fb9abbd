"""`p1line sla`: when an incident must be taken in charge, and why (§4); the promises on file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from commands.moments import aware, in_words, moment_option, policy_option, refusals
from commands.sla_explain import explain
from commands.sla_stored import check, recompute
from commands.wording import json_option, language_option
from ivr import sla
from ivr.hours import OpenTime
from ivr.policy import Policy
from ivr.policy_parts import PRIORITIES


@click.group(invoke_without_command=True, subcommand_metavar="[COMMAND [ARGS]...]")
@click.option(
    "--priority", type=click.Choice(PRIORITIES, case_sensitive=False), help="One of §4; needed."
)
@moment_option(
    "--opened",
    "When the incident was opened; without an offset, local time. Needed.",
    required=False,
)
@click.option("--extended", is_flag=True, help="The client holds the extended service.")
@click.option(
    "--window",
    metavar="JSON",
    help='Its hours by contract, such as {"every_day": ["16:30-22:00"], "holidays": []}; '
    "by default every hour outside regular hours.",
)
@policy_option
@language_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """The due time of an incident by priority, contract and moment, step by step; or one of the
    commands below, on the incidents that are on file.
    """
    if ctx.invoked_subcommand is not None:
        return
    if missing := [name for name in ("priority", "opened") if given[name] is None]:
        raise click.UsageError(f"Missing option '--{missing[0]}'.", ctx)
    path: Path = given["path"]
    priority, language = given["priority"], given["language"]
    with refusals():
        policy = Policy.read(path)
        window = _window(policy, given["extended"], given["window"])
        opened = aware(given["opened"], policy.zone, language)
        due = sla.due(policy, priority, opened, window)
        call_from = sla.call_from(policy, priority, opened, window)
    why = [in_words(reason, language, policy.zone, opened) for reason in due.why]
    facts = {
        "priority": priority,
        "opened": _local(opened, policy),
        "extended": window is not None,
        "due": _local(due.at, policy),
        "due_utc": due.at.astimezone(UTC).isoformat(),
        "call_from": _local(call_from, policy),
        "why": why,
    }
    lines = "\n".join(step["text"] for step in why)
    click.echo(json.dumps(facts, ensure_ascii=False) if given["as_json"] else lines)


command.add_command(explain)
command.add_command(check)
command.add_command(recompute)


def _window(policy: Policy, extended: bool, contract: str | None) -> OpenTime | None:
    if contract is None:
        return policy.window() if extended else None
    try:
        data = json.loads(contract)
    except ValueError as error:
        raise click.BadParameter(f"this is no JSON: {error}", param_hint="--window") from error
    if not isinstance(data, dict):
        raise click.BadParameter("a JSON object belongs here", param_hint="--window")
    return policy.window(data)


def _local(moment: datetime, policy: Policy) -> str:
    return moment.astimezone(policy.zone).isoformat()
