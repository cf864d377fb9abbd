"""`p1line sla explain`: why an incident was or was not in time, step by step."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select

from commands import environment
from commands.moments import in_words
from commands.wording import WORDS, json_option, language_option, refuse
from ivr import clocks, local_time, reference, verdict
from ivr.models import Incident
from ivr.scene import Scene
from ivr.verdict import Account
from line import Line

TITLES = {"response": "sla.response", "correction": "sla.correction", "update": "sla.update"}


@click.command("explain")
@click.argument("wanted", metavar="REFERENCE")
@language_option
@json_option
def explain(wanted: str, language: str, as_json: bool) -> None:
    """Tell a client or a judge why an incident was or was not in time: which clock, which
    stretches counted, pauses, acts, and the verdict.

    REFERENCE is the six digits that the caller heard, with or without a space.
    """
    digits = "".join(wanted.split())
    line = Line.build(environment.settings())
    with line.scene() as scene:
        incident = _found(scene, digits)
        if incident is None:
            refuse(language, "sla.unknown", reference=" ".join(reference.groups(digits)))
        facts = clocks.facts(scene, incident)
        events = clocks.events(scene, incident)
        accounts = verdict.accounts(scene.policy, facts, events, scene.now)
        if as_json:
            told = _json(scene, incident, accounts, language)
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            _print(scene, incident, accounts, language)


def _found(scene: Scene, digits: str) -> Incident | None:
    """The incident that has the reference now, or had it last."""
    named = select(Incident).where(Incident.reference == digits)
    living = Incident.live_reference.is_(None)
    return scene.session.scalar(named.order_by(living, Incident.id.desc()).limit(1))


def _json(
    scene: Scene, incident: Incident, accounts: tuple[Account, ...], language: str
) -> dict[str, Any]:
    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(scene.policy.zone).isoformat() if moment else None

    def told(account: Account) -> dict[str, Any]:
        clock, zone = account.clock, scene.policy.zone
        return {
            "clock": clock.name,
            "verdict": account.outcome,
            "due": local(clock.due_at),
            "ended": local(clock.ended_at),
            "late_seconds": int(account.late.total_seconds()),
            "late_counted_seconds": int(account.late_counted.total_seconds()),
            "why": [in_words(reason, language, zone, scene.now) for reason in account.why],
        }

    return {
        "reference": incident.reference,
        "priority": incident.priority,
        "opened": local(incident.opened_at),
        "state": incident.state,
        "in_time": all(account.outcome not in ("late", "overdue") for account in accounts),
        "clocks": [told(account) for account in accounts],
    }


def _print(scene: Scene, incident: Incident, accounts: tuple[Account, ...], language: str) -> None:
    zone = scene.policy.zone
    opened = local_time.written(incident.opened_at, scene.now, language, zone)
    groups = " ".join(reference.groups(incident.reference))
    head = {"reference": groups, "priority": incident.priority, "opened": opened}
    click.echo(WORDS.text(language, "sla.head", **head))
    for account in accounts:
        click.echo("\n" + WORDS.text(language, TITLES[account.clock.name]))
        for reason in account.why:
            click.echo(f"  {in_words(reason, language, zone, scene.now)['text']}")
