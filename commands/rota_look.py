"""`p1line rota show`, `gaps` and `check`: the rota to come, and what is wrong with it."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import click

from commands.rota_scene import NOW, rota_desk, when_option
from commands.rota_shown import (
    override_facts,
    print_override,
    print_shift,
    print_stretches,
    shift_facts,
    stretch_facts,
)
from commands.wording import WORDS, json_option, language_option
from ivr.rota import entering, review, tables
from ivr.rota.stretches import shifts_between
from ivr.rota.wording import level_name

FOUND = 1
"""Exit code where something is wrong, for what watches the rota."""

from_option = when_option("--from", 'The beginning, or "now".', default=NOW, show_default=True)


@click.command()
@from_option
@click.option("--weeks", type=click.IntRange(1, 53), default=2, show_default=True)
@click.option("--product", help="As a caller about this product would find it.")
@language_option
@json_option
def show(weeks: int, product: str | None, language: str, as_json: bool, **given: Any) -> None:
    """Who is on call, level by level; the replacements, and the shifts entered by hand."""
    with rota_desk(language) as desk:
        start = desk.moment(given["from"])
        end = start + timedelta(weeks=weeks)
        scene = desk.scene
        rota = tables.read(scene.session, scene.policy, scene.line_number, start, end)
        used = rota.in_use()
        stretches = [
            stretch
            for stretch in shifts_between(rota, start, end, product)
            if stretch.level.name in used
        ]
        overrides = entering.standing_overrides(scene)
        shifts = entering.standing_shifts(scene)
        if as_json:
            facts = {
                "from": desk.local(start),
                "until": desk.local(end),
                "stretches": [stretch_facts(desk, stretch) for stretch in stretches],
                "overrides": [override_facts(desk, override) for override in overrides],
                "shifts": [shift_facts(desk, shift) for shift in shifts],
            }
            click.echo(json.dumps(facts, ensure_ascii=False))
            return
        print_stretches(desk, stretches)
        for override in overrides:
            print_override(desk, override)
        for shift in shifts:
            print_shift(desk, shift)


@click.command()
@from_option
@click.option("--days", type=click.IntRange(1, 366), help="By default as `p1line doctor`.")
@language_option
@json_option
def gaps(days: int | None, language: str, as_json: bool, **given: Any) -> None:
    """When a level that should have somebody has nobody. Exit 1 where there is a gap."""
    with rota_desk(language) as desk:
        start = desk.moment(given["from"])
        end = start + timedelta(days=days or desk.scene.policy.doctor.rota_days)
        found = review.find_gaps(desk.scene, start, end)
        strange = [desk.words(one) for one in review.unknown_levels(desk.scene, start, end)]
        if as_json:
            listed = [
                {
                    "level": gap.level,
                    "start": desk.local(gap.start),
                    "end": desk.local(gap.end),
                    "rings": gap.rings or None,
                    "products": list(gap.products or desk.scene.policy.products),
                    "text": desk.words(gap.why),
                }
                for gap in found
            ]
            click.echo(json.dumps({"gaps": listed, "warnings": strange}, ensure_ascii=False))
        else:
            for gap in found:
                key = "rota.gap_of" if gap.products else "rota.line"
                desk.say(key, text=desk.words(gap.why), products=", ".join(gap.products))
            for sentence in strange:
                desk.say("rota.line", text=sentence)
            if not found:
                desk.say("rota.no_gap", end=end)
    if found or strange:
        sys.exit(FOUND)


@click.command()
@from_option
@click.option("--weeks", type=click.IntRange(1, 53), default=4, show_default=True)
@click.option(
    "--counting",
    multiple=True,
    metavar="LEVEL",
    help="Count this level's turns as work (\"desk\": the desk's regular hours), in the place of "
    "policy.toml's counted_levels.",
)
@language_option
@json_option
def check(
    weeks: int, counting: tuple[str, ...], language: str, as_json: bool, **given: Any
) -> None:
    """What breaks the labour figures of policy.toml. Exit 1 where something does."""
    with rota_desk(language) as desk:
        policy = desk.scene.policy.rota
        if strange := [level for level in counting if level not in (*policy.levels, review.DESK)]:
            raise click.BadParameter(f"no level is called {strange[0]}", param_hint="--counting")
        counted = counting or policy.labour.counted_levels
        start = desk.moment(given["from"])
        end = start + timedelta(weeks=weeks)
        found = review.find_labour(desk.scene, start, end, counted)
        if as_json:
            listed = [desk.reason(finding.why) for finding in found]
            facts = {"counted_levels": list(counted), "findings": listed}
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            for finding in found:
                desk.say("rota.line", text=desk.words(finding.why))
            if not found:
                desk.say("rota.no_finding", end=end)
            calls = WORDS.text(language, "rota.calls")
            names = [level_name(level, language) for level in counted]
            desk.say("rota.counted", what=", ".join([calls, *names]))
            if not set(counted) & set(policy.levels):
                desk.say("rota.at_home")
    if found:
        sys.exit(FOUND)
