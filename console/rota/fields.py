"""What a form of the rota holds: moments, agents and levels, read and refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ivr import zones
from ivr.models import Agent
from ivr.rota.refusal import Refused
from ivr.scene import Scene
from ivr.spans import Span

Form = Mapping[str, str]
LONGEST = timedelta(days=731)
"""What is entered, or looked at, at a time: more is a slip of the finger, and hours of work."""


def moment(form: Form, name: str, zone: ZoneInfo) -> datetime:
    """The UTC moment of a `datetime-local` field, on the centre's clocks.

    `{name}_at` holds the exact one that the page had put there: an hour that autumn shows twice
    stays the one it was, as long as nobody types another.
    """
    typed = form.get(name, "")
    kept = utc(form.get(f"{name}_at", ""))
    if kept is not None and f"{kept.astimezone(zone):%Y-%m-%dT%H:%M}" == typed:
        return kept
    if (at := zones.typed(typed, zone)) is None:
        raise Refused("rota.no_such_moment")
    return at


def span(form: Form, zone: ZoneInfo) -> Span:
    """From "from" to "until"; `Refused` where they are no stretch of time."""
    return stretch(moment(form, "from", zone), moment(form, "until", zone))


def stretch(start: datetime | None, end: datetime | None) -> Span:
    """Both, as a stretch of time that is not too long; else `Refused`."""
    if start is None or end is None:
        raise Refused("rota.no_such_moment")
    if start >= end:
        facts = {"start": start.isoformat(), "end": end.isoformat()}
        raise Refused("rota.ends_before_start", **facts)
    if end - start > LONGEST:
        raise Refused("rota.too_long")
    return start, end


def utc(text: str) -> datetime | None:
    """A moment with its offset, as addresses and hidden fields hold it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or found.year not in zones.YEARS:
        return None
    return found.astimezone(UTC)


def day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in zones.YEARS else None


def number(text: str) -> int | None:
    """The number of a row."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def agent(scene: Scene, form: Form, name: str = "agent") -> Agent:
    """The agent whom the field names; `Refused` where there is none."""
    found = number(form.get(name, ""))
    row = scene.session.get(Agent, found) if found is not None else None
    if row is None:
        raise Refused("rota.choose_agent")
    return row


def level(scene: Scene, form: Form, name: str = "level") -> str:
    found = form.get(name, "")
    if found not in scene.policy.rota.levels:
        raise Refused("rota.no_such_level")
    return found
