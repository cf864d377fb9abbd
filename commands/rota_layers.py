"""`p1line rota layers`: the rotations as a TOML file, shown, compared and entered."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.rota_scene import NOW, Desk, rota_desk, when_option
from commands.wording import json_option, language_option
from ivr import audit
from ivr.hours import WEEKDAYS
from ivr.policy import Policy
from ivr.rota import layers as files
from ivr.rota import planning
from ivr.rota.layers import LayerPlan
from ivr.rota.planning import LayerChange
from ivr.rota.turns import WEEK


@click.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@when_option("--from", 'Hold from this moment on, or "now".', default=NOW, show_default=True)
@click.option("--apply", "writes", is_flag=True, help="Enter them; without it nothing is written.")
@language_option
@json_option
def layers(file: Path | None, writes: bool, language: str, as_json: bool, **given: Any) -> None:
    """Print the rotations as TOML, or compare them with FILE, which is the whole of them.

    With --apply they become those of FILE. Who was on call until then stays known.
    """
    with rota_desk(language, writes=writes) as desk:
        at = desk.moment(given["from"])
        if file is None:
            rows = planning.current(desk.scene.session, at)
            plans = sorted(map(planning.as_plan, rows), key=lambda plan: _height(plan, desk))
            click.echo(_toml(plans, desk.scene.policy), nl=False)
            return
        plans = files.from_data(_read(file), desk.scene.policy)
        changes = planning.compare(desk.scene.session, plans, at)
        _print(desk, changes, as_json)
        if writes:
            planning.enter(desk.scene.session, changes, at, desk.scene.now)
            for change in changes:
                if change.kind != "kept":
                    facts = {"level": change.level, "at": at.isoformat()}
                    audit.note(desk.scene, None, f"layer_{change.kind}", change.name, **facts)
        if not as_json:
            desk.say("rota.entered" if writes else "rota.not_entered")


def _read(file: Path) -> object:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")).get("rota", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from error


def _print(desk: Desk, changes: list[LayerChange], as_json: bool) -> None:
    if as_json:
        listed = [
            {
                "change": change.kind,
                "level": change.level,
                "name": change.name,
                "fields": _differing(change),
            }
            for change in changes
        ]
        click.echo(json.dumps({"layers": listed}, ensure_ascii=False))
        return
    for change in changes:
        facts = {"level": desk.level(change.level), "name": change.name}
        desk.say(f"rota.layer.{change.kind}", **facts, fields=", ".join(_differing(change)))


def _differing(change: LayerChange) -> list[str]:
    if change.kind != "changed" or change.row is None or change.plan is None:
        return []
    before = planning.as_plan(change.row)
    return [
        field.name
        for field in fields(LayerPlan)
        if getattr(before, field.name) != getattr(change.plan, field.name)
        and not (field.name == "starts_at" and change.plan.starts_at is None)
    ]


# As TOML --------------------------------------------------------------------------------------


def _height(plan: LayerPlan, desk: Desk) -> tuple[int, int]:
    levels = desk.scene.policy.rota.levels
    return levels.index(plan.level) if plan.level in levels else len(levels), plan.place


def _toml(plans: list[LayerPlan], policy: Policy) -> str:
    return "\n".join(_table(plan, policy) for plan in plans)


def _table(plan: LayerPlan, policy: Policy) -> str:
    weekly = plan.days % WEEK == 0
    values: dict[str, Any] = {
        "level": plan.level,
        "name": plan.name,
        "members": list(plan.members),
        "rotation": "weekly" if weekly else "daily",
        "every": plan.days // WEEK if weekly else plan.days,
        "weekday": WEEKDAYS[plan.first_day.weekday()] if weekly else None,
        "handover": f"{plan.handover:%H:%M}",
        "anchor": plan.first_day.isoformat(),
        "starts": _local(plan.starts_at, policy),
        "ends": _local(plan.ends_at, policy),
        "hours": plan.windows,
        "products": list(plan.products) or None,
        "languages": list(plan.languages) or None,
        "language_first": plan.language_first or None,
        "backups": plan.backups,
    }
    lines = [f"{key} = {_value(key, value)}" for key, value in values.items() if value is not None]
    return "\n".join(["[[rota]]", *lines]) + "\n"


def _local(moment: datetime | None, policy: Policy) -> str | None:
    return moment.astimezone(policy.zone).isoformat() if moment else None


def _value(key: str, value: Any) -> str:
    if key in ("starts", "ends", "anchor"):
        return str(value)
    if isinstance(value, dict):
        inside = ", ".join(f"{name} = {_value('', one)}" for name, one in value.items())
        return f"{{ {inside} }}"
    return json.dumps(value, ensure_ascii=False)
