"""How moments and durations are said on the phone and written, in French and English.

Moments are cut to the minute, so that no promise is later than its due time. `now` tells today
from tomorrow. The words and the patterns of dates stand in the reasons' catalogue, [local_time].
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from ivr.catalogue import Catalogue
from ivr.zones import repeats

WORDS = Catalogue(Path(__file__).parent / "reasons")

_LOCALES = {"fr": "fr_CA", "en": "en"}
_EVENING, _MORNING = 18, 6
_HALF_A_YEAR = timedelta(days=183)
_BESIDE_NUMBER = re.compile(r"(?<=\d)\s(?=\w)|(?<=\w)\s(?=\d)|(?<=\dh)\s|(?<=1er)\s")


def said(moment: datetime, now: datetime, language: str, zone: ZoneInfo) -> str:
    """In a sentence: "aujourd'hui à 16 h 10", "lundi à 10 h 15", "le lundi 4 janvier à 9 h".

    The year is said only where it is not clear, more than half a year away.
    """
    return _relative("said", moment, now, language, zone)


def promised(moment: datetime, now: datetime, language: str, zone: ZoneInfo) -> str:
    """The end of a promise: "avant 10 h 15 lundi", "before 10:15 AM on Monday" (§4)."""
    return _relative("promised", moment, now, language, zone)


def written(moment: datetime, now: datetime, language: str, zone: ZoneInfo) -> str:
    """For what is read later: "lundi 4 janvier à 9 h", with the year where it is another."""
    day = moment.astimezone(zone).date()
    return _word(
        language,
        "written",
        day=day_written(day, now.astimezone(zone).date(), language),
        hour=hour_written(moment, language, zone),
    )


def day_written(day: date, today: date, language: str) -> str:
    """ "lundi 4 janvier", "lundi 1er mars 2027" where today's year is another."""
    return unbroken(_date(day, language, with_year=day.year != today.year))


def hour_written(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """ "16 h 10", "4:10 PM"."""
    return unbroken(_hour(moment.astimezone(zone), language, zone))


def lasting(duration: timedelta, language: str) -> str:
    """ "45 minutes", "2 heures", "2 h 5": the length of `duration`, cut to whole minutes."""
    hours, minutes = divmod(int(abs(duration).total_seconds()) // 60, 60)
    if hours and minutes:
        key = "hours_and_minutes"
    elif hours:
        key = "hour" if hours == 1 else "hours"
    else:
        key = {0: "moment", 1: "minute"}.get(minutes, "minutes")
    return _word(language, f"lasting.{key}", hours=hours, minutes=minutes)


def unbroken(text: str) -> str:
    """The same with no-break spaces between numbers and what belongs to them: for the eye."""
    return _BESIDE_NUMBER.sub("\u00a0", text)


def _relative(form: str, moment: datetime, now: datetime, language: str, zone: ZoneInfo) -> str:
    local, here = moment.astimezone(zone), now.astimezone(zone)
    return _word(
        language,
        f"{form}.{_day_kind(local, here)}",
        hour=_hour(local, language, zone),
        weekday=format_date(local.date(), "EEEE", locale=_LOCALES[language]),
        date=_date(local.date(), language, with_year=abs(local - here) > _HALF_A_YEAR),
    )


def _day_kind(local: datetime, here: datetime) -> str:
    """How the day is named from here; a night is one night, though its date changes at midnight."""
    ahead = (local.date() - here.date()).days
    if ahead == 1 and (local.hour, local.minute) == (0, 0):
        return "tonight_at_midnight"
    if ahead == 1 and here.hour >= _EVENING and local.hour < _MORNING:
        return "tonight"
    if ahead in (-1, 0, 1):
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[ahead]
    return "weekday" if 1 < ahead < 7 else "date"


def _hour(local: datetime, language: str, zone: ZoneInfo) -> str:
    """The time of day; in the hour that autumn repeats, also which of the two it is."""
    if (local.hour, local.minute) == (12, 0):
        return _word(language, "hour.noon")
    pattern = _word(language, "pattern.hour_minutes" if local.minute else "pattern.hour")
    clock = _plain(format_time(local.time(), pattern, locale=_LOCALES[language]))
    if repeats(local.replace(tzinfo=None, fold=0), zone):
        return _word(language, "hour.second" if local.fold else "hour.first", hour=clock)
    return clock


def _date(day: date, language: str, *, with_year: bool) -> str:
    name = "first" if day.day == 1 else "day"
    pattern = _word(language, f"pattern.{name}{'_year' if with_year else ''}")
    return _plain(format_date(day, pattern, locale=_LOCALES[language]))


def _plain(text: str) -> str:
    """With ordinary spaces, for voices: the patterns of dates bring narrow ones."""
    return re.sub(r"\s", " ", text)


def _word(language: str, key: str, **facts: object) -> str:
    return WORDS.text(language, f"local_time.{key}", **facts)
