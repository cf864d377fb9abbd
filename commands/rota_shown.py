"""How the commands on the rota show stretches, replacements and shifts, in words and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from commands.rota_scene import Desk
from commands.wording import WORDS
from ivr.models import RotaOverride, RotaShift
from ivr.rota.stretches import Stretch
from ivr.rota.wording import level_name


def print_stretches(desk: Desk, stretches: list[Stretch]) -> None:
    """Level by level; stretches in which the same people are on call are one line."""
    for level, mine in groupby(stretches, key=lambda stretch: stretch.level.name):
        desk.say("rota.level", level=desk.level(level))
        for (on_duty, others), same in groupby(mine, key=lambda stretch: _people(desk, stretch)):
            pieces = list(same)
            key = "rota.stretch_then" if others else "rota.stretch"
            desk.say(
                key if on_duty else "rota.stretch_empty",
                start=pieces[0].start,
                end=pieces[-1].end,
                names=on_duty,
                others=others,
            )


def _people(desk: Desk, stretch: Stretch) -> tuple[str, str]:
    """Who is on call, and who comes after them."""
    on_duty = stretch.level.duty
    others = [one.agent for one in stretch.level.standing if one.agent not in on_duty]
    names = (", ".join(desk.names[agent] for agent in some) for some in (on_duty, others))
    return next(names), next(names)


def print_override(desk: Desk, override: RotaOverride) -> None:
    facts = override_facts(desk, override)
    by = facts["entered_by"] and facts["entered_by"]["name"]
    desk.say("rota.override_by" if by else "rota.override", by=by, **_shown(desk, override))


def _shown(desk: Desk, override: RotaOverride) -> dict[str, Any]:
    level = level_name(override.level or "", desk.language)
    replaced = desk.names[override.replaces_id] if override.replaces_id else None
    return {
        "number": override.id,
        "agent": desk.names[override.agent_id],
        "replaced": replaced or WORDS.text(desk.language, "rota.whoever", level=level),
        "start": override.starts_at,
        "end": override.ends_at,
        "entered": override.entered_at,
    }


def print_shift(desk: Desk, shift: RotaShift) -> None:
    name, level = desk.names[shift.agent_id], level_name(shift.level, desk.language)
    start, end = shift.starts_at, shift.ends_at
    desk.say("rota.shift", number=shift.id, agent=name, level=level, start=start, end=end)


def shift_facts(desk: Desk, shift: RotaShift) -> dict[str, Any]:
    return {
        "number": shift.id,
        "agent": desk.person(shift.agent_id),
        "level": shift.level,
        "start": desk.local(shift.starts_at),
        "end": desk.local(shift.ends_at),
        "products": shift.products,
        "languages": shift.languages,
    }


def override_facts(desk: Desk, override: RotaOverride) -> dict[str, Any]:
    return {
        "number": override.id,
        "agent": desk.person(override.agent_id),
        "replaces": desk.person(override.replaces_id) if override.replaces_id else None,
        "level": override.level,
        "start": desk.local(override.starts_at),
        "end": desk.local(override.ends_at),
        "note": override.note,
        "entered_at": desk.local(override.entered_at),
        "entered_by": desk.person(override.entered_by_id) if override.entered_by_id else None,
        "withdrawn_at": override.withdrawn_at and desk.local(override.withdrawn_at),
    }


def stretch_facts(desk: Desk, stretch: Stretch) -> dict[str, Any]:
    return {
        "level": stretch.level.name,
        "start": desk.local(stretch.start),
        "end": desk.local(stretch.end),
        "agents": [
            {**desk.person(place.agent), "on_duty": place.duty} for place in stretch.level.standing
        ],
        "why": [desk.reason(reason) for reason in stretch.level.why],
    }
