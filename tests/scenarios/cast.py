"""How callers of the demo get to where a scenario begins."""

from __future__ import annotations

from tests.phones import Call
from tests.world import DAY_USER, NIGHT_USER, World

TO_IMPACT = ("10452", "2")
"""10452's client number, and Médical."""
TO_RINGING = (*TO_IMPACT, "1", "1", "1")
"""Everything is down, in production, and no message."""


def presses(call: Call, *keys: str) -> Call:
    for entry in keys:
        call.presses(entry)
    return call


def critical_night_call(line: World) -> Call:
    """10452's night super user, up to where people are rung."""
    return presses(line.phone(NIGHT_USER).dials(), *TO_RINGING)


def critical_day_call(line: World) -> Call:
    return presses(line.phone(DAY_USER).dials(), *TO_RINGING)
