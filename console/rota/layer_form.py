"""The form of a rotation: read into a plan, each field refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from console.rota import fields
from ivr.catalogue import LANGUAGES
from ivr.hours import GROUPS, WEEKDAYS, HoursError
from ivr.models import Agent, Json, RotaLayer
from ivr.rota.layers import LayerPlan
from ivr.rota.refusal import Refused
from ivr.rota.tables import windows
from ivr.rota.turns import WEEK
from ivr.scene import Scene

MOST_MEMBERS = 30
SPARE = 2
"""Empty places below the members, for those who are added."""
HOURS = (*GROUPS, *WEEKDAYS, "holidays")
LONGEST_NAME = 60
MOST_DAYS = 366


@dataclass
class Faults(Exception):
    """The fields that cannot be read, each with the key of a sentence (`rota.faults`)."""

    fields: dict[str, str] = field(default_factory=dict)


def read(scene: Scene, form: MultiDict[str, str], row: RotaLayer | None) -> LayerPlan:
    """The plan that the form says; `Faults` names every field that is wrong.

    A rotation that exists keeps its level; its beginning is when the change holds.
    """
    faults = Faults()
    name = " ".join(form.get("name", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        faults.fields["name"] = "name"
    level = row.level if row else form.get("level", "")
    if level not in scene.policy.rota.levels:
        faults.fields["level"] = "level"
    members = _members(scene, form)
    if not members:
        faults.fields["members"] = "members"
    first_day, handover, days = _turns(form, faults)
    plan = LayerPlan(
        level=level,
        name=name,
        place=_whole(form, "place", 0, 99, faults) or 0,
        members=tuple(members),
        first_day=first_day,
        days=days,
        handover=handover,
        windows=_windows(scene, form, faults),
        starts_at=None,
        ends_at=_ends(scene, form, faults),
        products=tuple(one for one in scene.policy.products if one in form.getlist("products")),
        languages=tuple(one for one in LANGUAGES if one in form.getlist("languages")),
        backups=_whole(form, "backups", 0, 99, faults),
        language_first=form.get("language_first") == "1",
    )
    if faults.fields:
        raise faults
    return plan


def from_row(row: RotaLayer) -> MultiDict[str, str]:
    """What the form holds before anybody has typed."""
    weekly = row.days % WEEK == 0
    form: MultiDict[str, str] = MultiDict(
        {
            "name": row.name,
            "level": row.level,
            "place": str(row.place),
            "rotation": "weekly" if weekly else "daily",
            "every": str(row.days // WEEK if weekly else row.days),
            "first_day": row.first_day.isoformat(),
            "handover": f"{row.handover:%H:%M}",
            "restricted": "1" if row.windows is not None else "",
            "backups": "" if row.backups is None else str(row.backups),
            "language_first": "1" if row.language_first else "",
        }
    )
    for name, intervals in (row.windows or {}).items():
        form[f"hours_{name}"] = ", ".join(intervals) if intervals else "-"
    form.setlist("member", [str(member.agent_id) for member in row.members])
    form.setlist("products", row.products)
    form.setlist("languages", row.languages)
    return form


def empty(level: str, place: int, today: date) -> MultiDict[str, str]:
    """A new rotation: a week each, from next Monday at 8:00."""
    monday = today + timedelta(days=WEEK - today.weekday())
    return MultiDict(
        {
            "level": level,
            "place": str(place),
            "rotation": "weekly",
            "every": "1",
            "first_day": monday.isoformat(),
            "handover": "08:00",
        }
    )


def _members(scene: Scene, form: MultiDict[str, str]) -> list[str]:
    """E-mail addresses, in the order of the fields; the empty ones are left out."""
    numbers = [fields.number(one) for one in form.getlist("member")[:MOST_MEMBERS]]
    agents = [scene.session.get(Agent, one) for one in numbers if one is not None]
    return [agent.email for agent in agents if agent is not None]


def _turns(form: Mapping[str, str], faults: Faults) -> tuple[date, time, int]:
    first_day = fields.day(form.get("first_day", ""))
    if first_day is None:
        faults.fields["first_day"] = "first_day"
    every = _whole(form, "every", 1, MOST_DAYS, faults, needed=True) or 1
    days = every * WEEK if form.get("rotation") == "weekly" else every
    if days > MOST_DAYS:
        faults.fields["every"] = "whole"
    try:
        handover = time.fromisoformat(form.get("handover", ""))
    except ValueError:
        handover = time()
        faults.fields["handover"] = "handover"
    return first_day or date.min, handover.replace(tzinfo=None, second=0, microsecond=0), days


def _windows(scene: Scene, form: Mapping[str, str], faults: Faults) -> Json | None:
    """The hours of each day that is named; "-" is none that day. All empty: always."""
    if form.get("restricted") != "1":
        return None
    data: dict[str, Any] = {}
    for name in HOURS:
        typed = form.get(f"hours_{name}", "").strip()
        if typed:
            data[name] = _intervals(typed)
            try:
                windows({name: data[name]}, scene.policy.zone, scene.policy.special_days)
            except HoursError:
                faults.fields[f"hours_{name}"] = "hours"
    if not data:
        faults.fields["restricted"] = "no_hours"
    return data


def _intervals(typed: str) -> Sequence[str]:
    if typed in ("-", "–"):
        return []
    return [one.strip() for one in typed.replace(";", ",").split(",") if one.strip()]


def _ends(scene: Scene, form: Mapping[str, str], faults: Faults) -> datetime | None:
    if not form.get("ends"):
        return None
    try:
        found = fields.moment(form, "ends", scene.policy.zone)
    except Refused:
        faults.fields["ends"] = "moment"
        return None
    if found <= scene.now:
        faults.fields["ends"] = "past"
    return found


def _whole(
    form: Mapping[str, str],
    name: str,
    least: int,
    most: int,
    faults: Faults,
    *,
    needed: bool = False,
) -> int | None:
    typed = form.get(name, "").strip()
    if not typed and not needed:
        return None
    found = fields.number(typed)
    if found is None or not least <= found <= most:
        faults.fields[name] = "whole"
        return None
    return found
