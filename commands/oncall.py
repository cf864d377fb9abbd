"""`p1line oncall`: who is on call at a moment, in what order, and why."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from commands.rota_scene import NOW, Desk, rota_desk, when_option
from commands.wording import json_option, language_option
from ivr.catalogue import LANGUAGES
from ivr.rota import Level, levels_at, tables
from ivr.rota.stretches import HORIZON, next_change


@click.command()
@when_option("--at", 'The moment asked about, or "now".', default=NOW, show_default=True)
@click.option("--product", help="A product of policy.toml; without it, those for all come first.")
@click.option("--caller-language", type=click.Choice(LANGUAGES), help="The caller's language.")
@language_option
@json_option
def command(
    at: datetime | None,
    product: str | None,
    caller_language: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Who is on call at T, level by level in the order in which phones ring, and why.

    T is ISO 8601; without an offset it is local time of the policy's zone.
    """
    with rota_desk(language) as desk:
        policy = desk.scene.policy
        if product is not None and product not in policy.products:
            raise click.BadParameter(f"one of {', '.join(policy.products)}", param_hint="--product")
        moment = desk.moment(at)
        rota = tables.read(
            desk.scene.session, policy, desk.scene.line_number, moment, moment + HORIZON
        )
        levels = levels_at(rota, moment, product, caller_language)
        change = next_change(rota, moment, product, caller_language)
        until = change.at if change else None
        if as_json:
            asked = {
                "at": desk.local(moment),
                "product": product,
                "caller_language": caller_language,
            }
            facts = {"until": until and desk.local(until), **_facts(desk, levels)}
            click.echo(json.dumps({**asked, **facts}, ensure_ascii=False))
        else:
            _print(desk, levels, moment, until)


def _facts(desk: Desk, levels: tuple[Level, ...]) -> dict[str, Any]:
    rings = _rings(desk, levels)
    shown = [
        {
            "level": level.name,
            "rung_in_call": level.name in rings,
            "agents": [
                {**desk.person(place.agent), "on_duty": place.duty} for place in level.places
            ],
            "why": [desk.reason(reason) for reason in level.why],
        }
        for level in levels
    ]
    order = [agent for level in levels if level.name in rings for agent in level.agents]
    return {"rings": [desk.person(agent) for agent in order], "levels": shown}


def _rings(desk: Desk, levels: tuple[Level, ...]) -> list[str]:
    """The levels that ring in a call: those for a gap only where the others have nobody."""
    policy = desk.scene.policy.rota
    there = [level.name for level in levels if level.places]
    rung = [name for name in there if name in policy.rung_in_call]
    return rung or [name for name in policy.rung_in_gap if name in there][:1]


def _print(desk: Desk, levels: tuple[Level, ...], moment: datetime, until: datetime | None) -> None:
    desk.say("oncall.at", at=moment)
    rings = _rings(desk, levels)
    for level in levels:
        desk.say(
            "oncall.rung" if level.name in rings else "oncall.level", level=desk.level(level.name)
        )
        for reason in level.why:
            desk.say("oncall.line", text=desk.words(reason))
    if not rings:
        desk.say("oncall.nobody")
    if until:
        desk.say("oncall.until", until=until)
