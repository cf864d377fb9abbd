"""A change of a client's file in words: each field with what was and what is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from console.words import NOTHING, Words
from ivr import local_time
from ivr.clients import window
from ivr.clients.shifts import SHIFTS

_CLOCK = re.compile(r"(\d+):(\d\d)")


class Field(NamedTuple):
    """`was` none: there was nothing before, and nothing is said of it."""

    label: str
    was: str | None
    now: str


def fields(t: Words, facts: Mapping[str, Sequence[Any]], act: str) -> list[Field]:
    """Of what did not exist before the act, what it lacks is left out; a new person's name stands
    in the act itself."""
    found = []
    for name, (was, now) in facts.items():
        if act in ("created", "added") and now in (None, "", False, []):
            continue
        if act != "added" or name != "name":
            before = None if act in ("created", "added") else _value(t, name, was)
            found.append(Field(_label(t, name), before, _value(t, name, now)))
    return found


def _label(t: Words, name: str) -> str:
    field, _, product = name.partition(":")
    return t.named("clients.fields", field, product=t.product(product))


def _value(t: Words, name: str, value: Any) -> str:
    field = name.partition(":")[0]
    if value in (None, "", []):
        return NOTHING
    return _VALUES.get(field, _text)(t, value)


def _text(_: Words, value: Any) -> str:
    return str(value)


def phone(t: Words, value: str) -> str:
    """Of "+14504665592;ext=330"."""
    number, _, extension = value.partition(";ext=")
    return t.phone(number, extension)


def shift_names(t: Words, names: Sequence[str]) -> str:
    return ", ".join(t.named("clients.shifts", name) for name in SHIFTS if name in names)


def typed_hours(t: Words, text: str) -> str:
    """ "16:30-22:00" as one writes it in French: "16 h 30 à 22 h"."""
    if t.language != "fr":
        return text
    plain = _CLOCK.sub(lambda clock: f"{clock[1]} h {clock[2]}".removesuffix(" 00"), text)
    return plain.replace("-", " à ")


def hours(t: Words, value: Mapping[str, Any] | None) -> list[str]:
    """The extended service's hours by contract, a stretch of days that are alike to a line."""
    if not value:
        return [t("clients.every_hour")]
    return [
        t("clients.hours_of", days=_days(t, first, last), hours=_hours(t, text))
        for first, last, text in window.lines(value)
    ]


def _days(t: Words, first: str, last: str) -> str:
    name = t.named("clients.days", first)
    if first == last:
        return name
    return t("clients.from_to", first=name, last=t.named("clients.days", last))


def _hours(t: Words, text: str) -> str:
    if text == window.LIKE_THE_WEEK:
        return t("clients.like_the_week")
    return ", ".join(_span(t, each) for each in text.split(", ")) if text else t("clients.no_hours")


def _span(t: Words, interval: str) -> str:
    opens, closes = (_clock(t, time) for time in interval.split("-"))
    return t("clients.span", opens=opens, closes=closes)


def _clock(t: Words, text: str) -> str:
    """The time of day of "16:30", as the pages write it; any day will do."""
    hour, minute = (int(part) for part in text.split(":")[:2])
    if (hour % 24, minute) == (0, 0):
        return t("clients.midnight")
    return local_time.hour_written(
        datetime(2000, 1, 3, hour, minute, tzinfo=t.zone), t.language, t.zone
    )


_VALUES: Mapping[str, Callable[[Words, Any], str]] = {
    "window": lambda t, value: "; ".join(hours(t, value)),
    "phone": phone,
    "language": lambda t, value: t.named("languages", value),
    "shifts": shift_names,
    "products": lambda t, value: ", ".join(t.product(name) for name in value),
    "environments": lambda t, value: ", ".join(t.named("environments", name) for name in value),
    "lines": lambda t, value: ", ".join(t.phone(number) for number in value),
    "go_live_on": lambda t, value: t.day(date.fromisoformat(value)),
    "beta_site": lambda t, value: t("facts.yes" if value else "facts.no"),
    "extended": lambda t, value: t("facts.yes" if value else "facts.no"),
}
