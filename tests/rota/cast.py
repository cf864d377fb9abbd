"""The rota's cast: nine agents by number, and short ways to put them on call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ivr.hours import Hours
from ivr.rota import Layer, Level, Override, Person, Rota, Scope, Shift, Turns

TORONTO = ZoneInfo("America/Toronto")
MONDAY = date(2026, 1, 5)
LEVELS = ("on_call", "second", "manager", "everyone")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
NIGHTS = {"weekdays": ["0:00-8:00", "16:30-24:00"], "weekend": ["0:00-24:00"]}
PEOPLE = {n: Person(n, "en" if n >= 7 else "fr") for n in range(1, 10)}


def local(text: str) -> datetime:
    """ "2026-12-24 15:30" on the wall in Québec, as UTC; of a repeated hour, the first."""
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


def span(start: str, end: str) -> tuple[datetime, datetime]:
    return local(start), local(end)


def hours(data: Mapping[str, Any]) -> Hours:
    return Hours.from_data(data, TORONTO)


_layers = iter(range(1, 1_000_000))


def weekly(
    *members: int,
    level: str = "on_call",
    handover: time = time(8),
    weekday: int = 0,
    every: int = 1,
    products: tuple[str, ...] = (),
    languages: tuple[str, ...] = (),
    **more: Any,
) -> Layer:
    """A layer of weekly turns, the first member's in the week of 5 January 2026."""
    number = next(_layers)
    return Layer(
        number,
        level,
        more.pop("name", f"layer {number}"),
        members,
        more.pop("turns", Turns.weekly(MONDAY, weekday, handover, TORONTO, every)),
        scope=Scope(frozenset(products), frozenset(languages)),
        **more,
    )


def shift(agent: int, start: str, end: str, *, level: str = "on_call", **more: Any) -> Shift:
    scope = Scope(frozenset(more.pop("products", ())), frozenset(more.pop("languages", ())))
    return Shift(next(_layers), level, agent, span(start, end), scope=scope, **more)


def override(
    agent: int, start: str, end: str, replaces: int | None = None, level: str | None = None
) -> Override:
    if replaces is None:
        level = level or "on_call"
    return Override(next(_layers), agent, span(start, end), replaces, level)


def rota(*rules: Layer | Shift | Override, gone: tuple[int, ...] = (), everyone: str = "") -> Rota:
    """A rota of these rules, in their order; the agents `gone` cannot be rung."""
    people = PEOPLE | {n: Person(n, PEOPLE[n].language, usable=False) for n in gone}
    return Rota(
        LEVELS,
        people,
        tuple(rule for rule in rules if isinstance(rule, Layer)),
        tuple(rule for rule in rules if isinstance(rule, Shift)),
        tuple(rule for rule in rules if isinstance(rule, Override)),
        everyone,
    )


def order(levels: tuple[Level, ...]) -> dict[str, tuple[int, ...]]:
    """Whom each level rings, in order."""
    return {level.name: level.agents for level in levels}
