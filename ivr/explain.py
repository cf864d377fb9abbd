"""Puts a reason into words: its facts become local times, dates, durations and names.

A sentence of `ivr/reasons/` may ask for a moment as {until} (written whole), {until:day} or
{until:hour}, for seconds as {seconds:duration}, and for {name}, which is `name_fr` or `name_en`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ivr.catalogue import LANGUAGES, Catalogue
from ivr.local_time import WORDS, day_written, hour_written, lasting, written
from ivr.reason import Fact, Reason

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class _Moment:
    at: datetime
    now: datetime
    language: str
    zone: ZoneInfo

    def __format__(self, form: str) -> str:
        if form == "hour":
            return hour_written(self.at, self.language, self.zone)
        if form == "day":
            today = self.now.astimezone(self.zone).date()
            return day_written(self.at.astimezone(self.zone).date(), today, self.language)
        return written(self.at, self.now, self.language, self.zone)


@dataclass(frozen=True)
class _Number:
    value: int
    language: str

    def __format__(self, form: str) -> str:
        if form == "duration":
            return lasting(timedelta(seconds=self.value), self.language)
        return format(self.value, form)


def explain(
    reason: Reason, language: str, zone: ZoneInfo, now: datetime, sentences: Catalogue = WORDS
) -> str:
    """The reason's sentence; `KeyError` where the catalogue has none or it asks for more facts."""
    facts = _named(reason.facts, language)
    words = {name: _wrapped(fact, language, zone, now) for name, fact in facts.items()}
    return sentences.text(language, reason.key, **words)


def _named(facts: Mapping[str, Fact], language: str) -> dict[str, Fact]:
    """The facts with those of this language under their plain names."""
    suffix = f"_{language}"
    own = {key.removesuffix(suffix): fact for key, fact in facts.items() if key.endswith(suffix)}
    others = tuple(f"_{one}" for one in LANGUAGES)
    return {key: fact for key, fact in facts.items() if not key.endswith(others)} | own


def _wrapped(fact: Fact, language: str, zone: ZoneInfo, now: datetime) -> Any:
    if isinstance(fact, int) and not isinstance(fact, bool):
        return _Number(fact, language)
    if isinstance(fact, str) and _MOMENT.fullmatch(fact):
        return _Moment(datetime.fromisoformat(fact), now, language, zone)
    if isinstance(fact, str) and _DATE.fullmatch(fact):
        return day_written(date.fromisoformat(fact), now.astimezone(zone).date(), language)
    return fact
