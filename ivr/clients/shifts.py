"""The shifts for which a client names super users (§1.2, §5): they keep nobody from calling."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.catalogue import LANGUAGES
from ivr.clients.words import WORDS
from ivr.models import SuperUser
from ivr.reason import Fact

SHIFTS = ("days", "evenings", "nights", "weekends", "holidays")
PLACES = 2
"""Super users per shift, weekend and holidays, at most (§5)."""


def of(user: SuperUser) -> tuple[str, ...]:
    return ordered(user.shift.split())


def ordered(shifts: Iterable[str]) -> tuple[str, ...]:
    """Those that are shifts, each once, in the form's order."""
    found = set(shifts)
    return tuple(shift for shift in SHIFTS if shift in found)


def names(shift: str) -> dict[str, Fact]:
    """What it is called, as the facts of a reason: `shift` in the sentence's language."""
    return {f"shift_{each}": WORDS.text(each, f"shifts.{shift}") for each in LANGUAGES}
