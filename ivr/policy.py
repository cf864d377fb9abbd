"""The support policy as data: reads policy.toml once, and refuses what makes no sense."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.checked_table import PolicyError, Table
from ivr.days import DayName, SpecialDay, from_texts
from ivr.holidays_observed import ClosingDay, Easter, special_days
from ivr.hours import Hours, HoursError, OpenTime, SpecialDays
from ivr.policy_parts import (
    PRIORITIES,
    Access,
    Callbacks,
    Caps,
    Closing,
    Correction,
    Dialling,
    Doctor,
    Entry,
    Escalation,
    Fallback,
    Joining,
    Limits,
    Paging,
    Priority,
    Recording,
    Ringing,
    Rota,
    Routing,
    Thresholds,
    Updates,
)

__all__ = ["DEFAULT", "Policy", "PolicyError", "read_hours"]

DEFAULT = Path(__file__).resolve().parent.parent / "policy.toml"
LEAP_YEAR = 2000
_DAY = re.compile(r"(?:(?P<year>\d{4})-)?(?P<month>\d{2})-(?P<day>\d{2})")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Policy:
    """What policy.toml says. `Policy.read()` is the way to one."""

    hours: Hours
    special_days: SpecialDays
    products: tuple[str, ...]
    priorities: Mapping[str, Priority]
    extended_priorities: frozenset[str]
    routing: Routing
    ringing: Ringing
    callbacks: Callbacks
    caps: Caps
    paging: Paging
    joining: Joining
    escalation: Escalation
    closing: Closing
    correction: Correction
    updates: Updates
    thresholds: Thresholds
    limits: Limits
    access: Access
    entry: Entry
    recording: Recording
    dialling: Dialling
    rota: Rota
    doctor: Doctor
    test_call_hours: Hours
    fallback: Fallback

    @classmethod
    def read(cls, path: Path = DEFAULT) -> Policy:
        """The policy of a file; `PolicyError` names the key that is wrong, or says why not read."""
        file = _open(path)
        hours, days = _hours(file)
        doctor = _part(file, "doctor", Doctor.read)
        policy = cls(
            hours,
            days,
            _part(file, "products", lambda table: table.words("menu")),
            _part(file, "priorities", _priorities),
            frozenset(_part(file, "extended", lambda table: table.words("priorities", PRIORITIES))),
            _part(file, "routing", Routing.read),
            _part(file, "ringing", Ringing.read),
            _part(file, "callbacks", Callbacks.read),
            _part(file, "caps", Caps.read),
            _part(file, "paging", Paging.read),
            _part(file, "joining", Joining.read),
            _part(file, "escalation", Escalation.read),
            _part(file, "closing", Closing.read),
            _part(file, "correction", Correction.read),
            _part(file, "updates", Updates.read),
            _part(file, "thresholds", Thresholds.read),
            _part(file, "limits", Limits.read),
            _part(file, "access", Access.read),
            _part(file, "entry", Entry.read),
            _part(file, "recording", Recording.read),
            _part(file, "dialling", Dialling.read),
            _part(file, "rota", Rota.read),
            doctor,
            _test_call_hours(doctor, hours.zone, days),
            _part(file, "fallback", Fallback.read),
        )
        file.finish()
        return policy

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.zone

    def window(self, data: Mapping[str, Any] | None = None) -> OpenTime:
        """The hours of the extended service: a contract's own, or every hour outside ours (§1.1).

        `data` is as `Hours.from_data` reads it, for example {"every_day": ["16:30-22:00"],
        "holidays": []}; `HoursError` where it makes no sense.
        """
        if data is None:
            return self.hours.outside()
        key = json.dumps(data, sort_keys=True)
        if key not in self._windows:
            self._windows[key] = Hours.from_data(data, self.zone, holidays=self.special_days)
        return self._windows[key]

    @cached_property
    def _windows(self) -> dict[str, OpenTime]:
        """Those of the contracts that were asked for: an index is made once for each."""
        return {}


def read_hours(path: Path = DEFAULT) -> Hours:
    """The opening hours of a file that needs to hold no more than [hours] and what goes with it."""
    return _hours(_open(path))[0]


def _open(path: Path) -> Table:
    try:
        return Table(tomllib.loads(path.read_text(encoding="utf-8")), "")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path} is no TOML: {error}") from error


def _part(file: Table, key: str, read: Callable[[Table], Part]) -> Part:
    table = file.table(key)
    part = read(table)
    table.finish()
    return part


def _priorities(table: Table) -> dict[str, Priority]:
    rows = {}
    for name in PRIORITIES:
        row = table.table(name)
        rows[name] = Priority.read(name, row)
        row.finish()
    return rows


def _hours(file: Table) -> tuple[Hours, SpecialDays]:
    """The centre's hours, and the days that are unlike their week, by year."""
    easter = _part(file, "holidays", _easter)
    closing_days = tuple(_closing_day(table) for table in file.tables("closing_days"))

    def days(year: int) -> Mapping[date, SpecialDay]:
        return special_days(year, easter, closing_days)

    table = file.table("hours")
    zone = _zone(table)
    week = {key: table.raw(key) for key in table.values if key != "zone"}
    if "holidays" in week:
        raise PolicyError("hours.holidays: holidays and their hours stand under closing_days")
    if not any(week.values()):
        raise PolicyError("hours: no day of the week has opening hours")
    try:
        return Hours.from_data(week, zone, closed=days), days
    except HoursError as error:
        raise PolicyError(f"hours: {error}") from error


def _test_call_hours(doctor: Doctor, zone: ZoneInfo, days: SpecialDays) -> Hours:
    try:
        return Hours.from_data(doctor.test_calls, zone, closed=days)
    except (HoursError, AttributeError) as error:
        raise PolicyError(f"doctor.test_calls: {error}") from error


def _zone(table: Table) -> ZoneInfo:
    name = table.word("zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.refuse("zone", "a time zone such as America/Toronto belongs here") from error


def _easter(table: Table) -> Easter | None:
    if table.word("calendar", ("CA-QC", "none")) == "none":
        table.raw("easter")
        return None
    chosen = table.word("easter", get_args(Easter))
    return "easter_monday" if chosen == "easter_monday" else "good_friday"


def _closing_day(table: Table) -> ClosingDay:
    value = table.raw("day")
    match = _DAY.fullmatch(value.isoformat() if isinstance(value, date) else str(value))
    belongs = 'a day such as "12-26" (each year) or "2026-12-24" (once) belongs here'
    if match is None:
        raise table.refuse("day", belongs)
    year, month, day = (int(part) if part else None for part in match.group("year", "month", "day"))
    try:
        date(year or LEAP_YEAR, month or 0, day or 0)
    except ValueError as error:
        raise table.refuse("day", belongs) from error
    name = DayName(table.word("fr"), table.word("en"))
    try:
        hours = from_texts(table.raw("hours"), "hours") if table.has("hours") else ()
    except HoursError as error:
        raise PolicyError(f"{table.path}.{error}") from error
    table.finish()
    return ClosingDay(month or 0, day or 0, SpecialDay(name, hours), year)
