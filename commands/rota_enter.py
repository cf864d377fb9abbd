"""`p1line rota override`, `withdraw`, `shift` and `remove-shift`: what is entered by hand."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from commands.rota_scene import NOW, Desk, rota_desk, when_option
from commands.rota_shown import (
    override_facts,
    print_override,
    print_shift,
    print_stretches,
    shift_facts,
)
from commands.wording import json_option, language_option
from ivr.catalogue import LANGUAGES
from ivr.models import Agent
from ivr.rota import Scope, entering, tables
from ivr.rota.stretches import shifts_between

from_option = when_option("--from", 'The beginning, or "now".', default=NOW, show_default=True)
until_option = when_option("--until", "The end, which is no longer part of it.", required=True)
agent_option = click.option("--agent", required=True, help="Who comes: an e-mail address or name.")
by_option = click.option("--by", metavar="AGENT", help="Who enters it, for the record.")
level_option = click.option("--level", help="A level of policy.toml.")


@click.command()
@from_option
@until_option
@agent_option
@click.option("--replaces", metavar="AGENT", help="Whom; without it, whoever is on call.")
@level_option
@click.option("--note", default="", help="Why, for the record.")
@by_option
@language_option
@json_option
def override(**given: Any) -> None:
    """Let an agent take another's place, or that of whoever is on call.

    It may begin now. In the past it is for the record. Without --level it is for each level at
    which the replaced agent stands; without --replaces, for the first level.
    """
    with rota_desk(given["language"], writes=True) as desk:
        level = _level(desk, given["level"])
        span = desk.moment(given["from"]), desk.moment(given["until"])
        row = entering.override(
            desk.scene,
            _agent(desk, given["agent"]),
            span,
            replaces=_agent(desk, given["replaces"]) if given["replaces"] else None,
            level=level,
            by=_agent(desk, given["by"]) if given["by"] else None,
            note=given["note"],
        )
        idle = entering.idle(desk.scene, row)
        if given["as_json"]:
            warning = desk.words(idle) if idle else None
            facts = {**override_facts(desk, row), "warning": warning}
            click.echo(json.dumps(facts, ensure_ascii=False))
            return
        print_override(desk, row)
        if idle:
            desk.say("rota.line", text=desk.words(idle))
        elif span[1] <= desk.scene.now:
            desk.say("rota.for_the_record")
        _print_then(desk, span, row.level)


@click.command()
@click.argument("number", type=int)
@by_option
@language_option
@json_option
def withdraw(number: int, by: str | None, language: str, as_json: bool) -> None:
    """Take a replacement back from now on; it stays on record."""
    with rota_desk(language, writes=True) as desk:
        row = entering.withdraw(desk.scene, number, _agent(desk, by) if by else None)
        if as_json:
            click.echo(json.dumps(override_facts(desk, row), ensure_ascii=False))
        else:
            desk.say("rota.withdrawn", number=number)


@click.command()
@from_option
@until_option
@agent_option
@level_option
@click.option("--product", "products", multiple=True, help="Only for this product; repeatable.")
@click.option(
    "--caller-language",
    "languages",
    multiple=True,
    type=click.Choice(LANGUAGES),
    help="First of all for callers of this language.",
)
@language_option
@json_option
def shift(**given: Any) -> None:
    """Put an agent on call for some time, over the rotations of a level (the first by default)."""
    with rota_desk(given["language"], writes=True) as desk:
        span = desk.moment(given["from"]), desk.moment(given["until"])
        level = _level(desk, given["level"]) or desk.scene.policy.rota.levels[0]
        scope = scope_of(desk, given["products"], given["languages"])
        row = entering.shift(desk.scene, _agent(desk, given["agent"]), span, level, scope)
        if given["as_json"]:
            click.echo(json.dumps(shift_facts(desk, row), ensure_ascii=False))
            return
        print_shift(desk, row)
        _print_then(desk, span, level)


@click.command("remove-shift")
@click.argument("number", type=int)
@language_option
def remove_shift(number: int, language: str) -> None:
    """Take back a shift that was entered by hand; what is over of it stays on record."""
    with rota_desk(language, writes=True) as desk:
        entering.remove_shift(desk.scene, number)
        desk.say("rota.shift_removed", number=number)


def scope_of(desk: Desk, products: tuple[str, ...], languages: tuple[str, ...]) -> Scope:
    known = desk.scene.policy.products
    if strange := [product for product in products if product not in known]:
        raise click.BadParameter(f"{strange[0]}: one of {', '.join(known)}", param_hint="--product")
    return Scope(frozenset(products), frozenset(languages))


def _level(desk: Desk, level: str | None) -> str | None:
    levels = desk.scene.policy.rota.levels
    if level is not None and level not in levels:
        raise click.BadParameter(f"{level}: one of {', '.join(levels)}", param_hint="--level")
    return level


def _agent(desk: Desk, who: str) -> Agent:
    return entering.agent_of(desk.scene, who)


def _print_then(desk: Desk, span: tuple[datetime, datetime], level: str | None) -> None:
    """Who is on call in that time from now on, so that a mistake is seen at once."""
    scene = desk.scene
    rota = tables.read(scene.session, scene.policy, scene.line_number, *span)
    levels = [level] if level else rota.in_use()
    stretches = shifts_between(rota, *span)
    print_stretches(desk, [one for one in stretches if one.level.name in levels])
