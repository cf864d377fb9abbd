"""Layers as data: what a TOML file says of them, each key checked (`p1line rota layers FILE`).

One `[[rota]]` table a layer, those of a level in order: a later one goes over an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from ivr.catalogue import LANGUAGES
from ivr.checked_table import PolicyError, Table
from ivr.hours import WEEKDAYS, HoursError
from ivr.models import Json
from ivr.policy import Policy
from ivr.rota.tables import windows
from ivr.rota.turns import Turns
from ivr.zones import instant


@dataclass(frozen=True)
class LayerPlan:
    """One layer as it should be; `members` are e-mail addresses, in the order of their turns."""

    level: str
    name: str
    place: int
    members: tuple[str, ...]
    first_day: date
    days: int
    handover: time
    windows: Json | None = None
    starts_at: datetime | None = None
    """None: from when it is entered."""
    ends_at: datetime | None = None
    products: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    backups: int | None = None
    language_first: bool = False


def from_data(values: object, policy: Policy) -> list[LayerPlan]:
    """The layers of a file's `[[rota]]` tables; `PolicyError` names the key that is wrong."""
    plans: list[LayerPlan] = []
    for table in Table({"rota": values}, "").tables("rota"):
        plan = _plan(table, policy, plans)
        table.finish()
        plans.append(plan)
    return plans


def _plan(table: Table, policy: Policy, before: Sequence[LayerPlan]) -> LayerPlan:
    level, name = table.word("level", policy.rota.levels), table.word("name")
    same_level = [plan for plan in before if plan.level == level]
    if any(plan.name == name for plan in same_level):
        raise table.refuse("name", "each layer of a level has a name of its own")
    turns = _turns(table, policy)
    starts, ends = (_moment(table, key, turns) for key in ("starts", "ends"))
    if starts and ends and starts >= ends:
        raise table.refuse("ends", "a moment after `starts` belongs here")
    return LayerPlan(
        level,
        name,
        len(same_level),
        _members(table),
        turns.first_day,
        turns.days,
        turns.handover,
        _windows(table, policy),
        starts,
        ends,
        _some(table, "products", policy.products),
        _some(table, "languages", LANGUAGES),
        table.whole("backups", 0, 100) if table.has("backups") else None,
        _flag(table, "language_first"),
    )


def _turns(table: Table, policy: Policy) -> Turns:
    every = table.whole("every", 1, 52) if table.has("every") else 1
    anchor, handover = table.date("anchor"), table.clock("handover")
    if table.word("rotation", ("weekly", "daily")) == "daily":
        return Turns.daily(anchor, handover, policy.zone, every)
    weekday = WEEKDAYS.index(table.word("weekday", WEEKDAYS))
    return Turns.weekly(anchor, weekday, handover, policy.zone, every)


def _members(table: Table) -> tuple[str, ...]:
    value = table.raw("members")
    if not isinstance(value, list) or not value or any(not isinstance(one, str) for one in value):
        raise table.refuse("members", "a list of agents' e-mail addresses belongs here")
    return tuple(one.strip().lower() for one in value)


def _moment(table: Table, key: str, turns: Turns) -> datetime | None:
    """A moment with an offset or of the wall clock; a date alone means that day's handover."""
    value = table.raw(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else instant(value, turns.zone)
    day = table.date(key)
    return instant(datetime.combine(day, turns.handover), turns.zone)


def _windows(table: Table, policy: Policy) -> Json | None:
    if not table.has("hours"):
        return None
    hours = table.table("hours")
    data: dict[str, Any] = {key: hours.raw(key) for key in hours.values}
    try:
        windows(data, policy.zone, policy.special_days)
    except (HoursError, TypeError) as error:
        raise PolicyError(f"{hours.path}: {error}") from error
    return data


def _some(table: Table, key: str, among: Iterable[str]) -> tuple[str, ...]:
    return table.words(key, tuple(among), least=0) if table.has(key) else ()


def _flag(table: Table, key: str) -> bool:
    value = table.raw(key)
    if value not in (None, True, False):
        raise table.refuse(key, "true or false belongs here")
    return bool(value)
