"""The extended service's hours by contract (§1.1): written day by day, kept as ivr/hours.py reads
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ivr.clients.person import Wrong, wrong
from ivr.days import from_texts, shown
from ivr.hours import GROUPS, WEEKDAYS, HoursError
from ivr.models.base import Json
from ivr.policy import Policy

HOLIDAYS = "holidays"
DAYS = (*WEEKDAYS, HOLIDAYS)
LIKE_THE_WEEK = "like"
"""What stands for the holidays where they are like the day of the week on which they fall."""
LONGEST = 100

_TO = re.compile(r"\s+(?:à|a|to|-|–|—)\s+")
_BETWEEN = re.compile(r"[,;]| et | and ")


def read(policy: Policy, texts: Mapping[str, str]) -> tuple[Json | None, dict[str, Wrong]]:
    """The window that the texts of `DAYS` describe, or what is wrong with each.

    A day without a text has no hours. An empty window is wrong: the service would have no hours.
    """
    problems: dict[str, Wrong] = {}
    window: Json = {}
    for day in DAYS:
        text = texts.get(day, "").strip()
        if day == HOLIDAYS and text == LIKE_THE_WEEK:
            continue
        try:
            window[day] = _intervals(text)
        except HoursError:
            problems[day] = wrong("bad_hours")
    if not problems and not any(window.values()):
        problems[DAYS[0]] = wrong("no_hours")
    if problems:
        return None, problems
    policy.window(window)
    return window, {}


def _intervals(text: str) -> list[str]:
    """ "6 h à 8 h, 16 h 30 à 22 h" is ["6:00-8:00", "16:30-22:00"]."""
    if len(text) > LONGEST:
        raise HoursError(text)
    texts = [_TO.sub("-", part).strip() for part in _BETWEEN.split(text.lower())]
    intervals = from_texts([part for part in texts if part], "")
    return [f"{shown(opens)}-{shown(closes)}" for opens, closes in intervals]


def by_day(window: Mapping[str, Any]) -> Json:
    """The same window with each day by its own name."""
    found: Json = {day: [] for day in WEEKDAYS}
    for name, days in GROUPS.items():
        if name in window:
            found |= dict.fromkeys((WEEKDAYS[day] for day in days), window[name])
    return found | {day: window[day] for day in DAYS if day in window}


def texts(window: Mapping[str, Any]) -> dict[str, str]:
    """The window as a person would type it, by the names of `DAYS`."""
    found = {day: ", ".join(intervals) for day, intervals in by_day(window).items()}
    return {HOLIDAYS: LIKE_THE_WEEK, **found}


def lines(window: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """For reading: stretches of days that are alike, (first, last, hours), the holidays last."""
    hours = texts(window)
    found: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        if found and found[-1][2] == hours[day]:
            found[-1] = (found[-1][0], day, hours[day])
        else:
            found.append((day, day, hours[day]))
    return [*found, (HOLIDAYS, HOLIDAYS, hours[HOLIDAYS])]
