"""Durations as operators write them: "2h30", "10 min", "1 h 5 min", "90 s"."""

from __future__ import annotations

import re
from datetime import timedelta

_WRITTEN = re.compile(
    r"\s*(?P<sign>-)?\s*"
    r"(?:(?P<hours>\d{1,6})\s*h)?\s*"
    r"(?:(?P<minutes>\d{1,6})(?!\d)\s*(?P<unit>min|m)?)?\s*"
    r"(?:(?P<seconds>\d{1,9})\s*s)?\s*"
)


def duration(text: str) -> timedelta:
    """What `text` says; `ValueError` where it is no duration or has a number without a unit."""
    match = _WRITTEN.fullmatch(text)
    parts = match.groupdict() if match else {}
    hours, minutes, seconds = (parts.get(name) for name in ("hours", "minutes", "seconds"))
    bare = minutes is not None and parts["unit"] is None and (hours is None or seconds is not None)
    if bare or (hours, minutes, seconds) == (None, None, None):
        raise ValueError(f'{text!r} is no duration such as "2h30", "10 min" or "90 s"')
    read = timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
    return -read if parts["sign"] else read
