"""`p1line rota import` and `export`: the rota out of a calendar, and as one (iCalendar)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from commands.rota_enter import scope_of
from commands.rota_fetch import fetch, name_of
from commands.rota_scene import Desk, rota_desk
from commands.wording import json_option, language_option, refuse
from ivr.catalogue import LANGUAGES
from ivr.rota import calendars, entering, feed, history, importing
from ivr.rota.importing import NewShift, Preview


@click.command("import")
@click.argument("source", metavar="FILE|URL")
@click.option("--level", required=True, help="The level of policy.toml that it fills.")
@click.option(
    "--name",
    help="What to call this calendar: importing it again replaces what it brought. By default the "
    "file's name, or the address's host and a mark of the rest, which may be secret.",
)
@click.option("--product", "products", multiple=True, help="Only for this product; repeatable.")
@click.option(
    "--caller-language",
    "languages",
    multiple=True,
    type=click.Choice(LANGUAGES),
    help="First of all for callers of this language.",
)
@click.option("--apply", "writes", is_flag=True, help="Enter it; without it nothing is written.")
@click.option("--partial", is_flag=True, help="Enter it without the events that match nobody.")
@click.option("--allow-empty", is_flag=True, help="Enter it though it leaves nothing.")
@language_option
@json_option
def import_(source: str, writes: bool, language: str, **given: Any) -> None:
    """Bring in the shifts of a calendar: PagerDuty's, Opsgenie's, Grafana's, or any iCalendar.

    Agents are matched by e-mail address, then by name. Prints each change, and each event that
    matches nobody; with --apply they are entered as printed.
    """
    with rota_desk(language, writes=writes) as desk:
        scene = desk.scene
        levels = scene.policy.rota.levels
        if given["level"] not in levels:
            raise click.BadParameter(f"one of {', '.join(levels)}", param_hint="--level")
        scope = scope_of(desk, given["products"], given["languages"])
        data = fetch(source, language)
        read = feed.read(data, scene.policy.zone, scene.now, scene.now + importing.AHEAD)
        name = given["name"] or name_of(source)
        shown = importing.preview(scene, read, name, given["level"], scope)
        _print(desk, shown, given["as_json"])
        if not writes:
            desk.tell(given["as_json"], "rota.not_entered")
            return
        if shown.empties and not given["allow_empty"]:
            refuse(language, "rota.import_empties", name=name)
        if shown.unmatched and not given["partial"]:
            refuse(language, "rota.import_unmatched", count=len(shown.unmatched))
        importing.enter(scene, shown)
        desk.tell(given["as_json"], "rota.entered")


@click.command()
@click.option("--agent", help="The calendar of this agent: an e-mail address or name.")
@click.option("--team", is_flag=True, help="The calendar of everybody.")
@click.option("--weeks", type=click.IntRange(1, 53), default=8, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file to write.")
@language_option
def export(agent: str | None, team: bool, weeks: int, out: Path | None, language: str) -> None:
    """Print who is on call as iCalendar, for one agent or the whole team."""
    if bool(agent) == team:
        raise click.UsageError("Give --agent or --team.")
    with rota_desk(language) as desk:
        scene = desk.scene
        end = scene.now + timedelta(weeks=weeks)
        on_duty = history.turns(scene, scene.now, end)
        crew = calendars.Team(dict(desk.agents), scene.policy.zone, language, desk.host, scene.now)
        one = entering.agent_of(scene, agent) if agent else None
        data = calendars.calendar(on_duty, crew, one)
    if out:
        out.write_bytes(data)
    else:
        click.echo(data, nl=False)


def _print(desk: Desk, shown: Preview, as_json: bool) -> None:
    removed = [importing.as_new(row) for row in shown.removed]
    if as_json:
        facts = {
            "calendar": shown.name,
            "added": [_shift(desk, shift) for shift in shown.added],
            "removed": [_shift(desk, shift) for shift in removed],
            "kept": shown.kept,
            "unmatched": [
                {
                    "summary": one.summary,
                    "start": desk.local(one.span[0]),
                    "end": desk.local(one.span[1]),
                    "why": desk.reason(one.why),
                }
                for one in shown.unmatched
            ],
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for key, shifts in (("rota.import_removed", removed), ("rota.import_added", shown.added)):
        for shift in shifts:
            start, end = shift.span
            level = desk.level(shift.level)
            desk.say(key, start=start, end=end, name=desk.names[shift.agent], level=level)
    desk.say("rota.import_kept", count=shown.kept)
    for one in shown.unmatched:
        start, end = one.span
        text = desk.words(one.why)
        desk.say("rota.import_unmatched_line", summary=one.summary, start=start, end=end, why=text)


def _shift(desk: Desk, shift: NewShift) -> dict[str, Any]:
    return {
        "level": shift.level,
        "agent": desk.person(shift.agent),
        "start": desk.local(shift.span[0]),
        "end": desk.local(shift.span[1]),
        "rank": shift.rank,
        "products": list(shift.products),
        "languages": list(shift.languages),
    }
