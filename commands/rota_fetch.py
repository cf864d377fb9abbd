"""Fetches a calendar for a command: a file, or an address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from commands.wording import refuse
from jobs import fetch_calendar
from jobs.fetch_calendar import LARGEST, NotFetched


def fetch(source: str, language: str) -> bytes:
    """The calendar's bytes; ends the command with a sentence where they cannot be had.

    No sentence tells the address.
    """
    if "://" not in source:
        try:
            return Path(source).read_bytes()
        except OSError as error:
            refuse(language, "rota.file_unreadable", path=source, error=error.strerror)
    url = source.replace("webcal://", "https://", 1)
    try:
        return fetch_calendar.fetch(url)
    except NotFetched as refused:
        match refused.why:
            case "too_large":
                refuse(language, "rota.feed_too_large", size=LARGEST // 1_000_000)
            case "unreachable":
                host = urlsplit(url).hostname
                refuse(language, "rota.feed_unreachable", host=host, error=refused.error)
            case _:
                refuse(language, "rota.not_https")


def name_of(source: str) -> str:
    """What to call the calendar: the file's name, or what tells its address apart."""
    return fetch_calendar.name_of(source) if "://" in source else Path(source).stem
