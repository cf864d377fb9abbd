"""Reads a TOML table key by key: a wrong value is refused with a sentence that names its key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from ivr.durations import duration


class PolicyError(ValueError):
    """The policy's file is wrong somewhere; the message says which key and what belongs there."""


class Table:
    """One table of the file. Each reader takes a key; `finish` refuses the keys nobody read."""

    def __init__(self, values: object, path: str) -> None:
        self.path = path
        if not isinstance(values, Mapping):
            raise PolicyError(f"{path}: a table belongs here")
        self.values: Mapping[str, Any] = values
        self._unread = set(self.values)

    def name_of(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, what_belongs: str) -> PolicyError:
        value = self.values.get(key)
        shown = "missing" if value is None else f"{value!r} is wrong"
        return PolicyError(f"{self.name_of(key)}: {shown}: {what_belongs}")

    def names(self) -> tuple[str, ...]:
        """The keys of a table whose names are data."""
        return tuple(self.values)

    def has(self, key: str) -> bool:
        return key in self.values

    def raw(self, key: str) -> Any:
        self._unread.discard(key)
        return self.values.get(key)

    def table(self, key: str) -> Table:
        return Table(self.raw(key) if self.has(key) else {}, self.name_of(key))

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables; none where the key is missing."""
        values = self.raw(key) or []
        if not isinstance(values, list):
            raise self.refuse(key, "a list of tables belongs here")
        return [Table(value, f"{self.name_of(key)}[{i}]") for i, value in enumerate(values, 1)]

    def whole(self, key: str, low: int, high: int) -> int:
        value = self.raw(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.refuse(key, f"a whole number from {low} to {high} belongs here")
        return value

    def fraction(self, key: str) -> float:
        value = self.raw(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
            raise self.refuse(key, "a number from 0 up to, but not, 1 belongs here")
        return float(value)

    def amount(self, key: str, low: float, high: float) -> float:
        """A sum of money, in whatever currency the file says."""
        value = self.raw(key)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise self.refuse(key, f"an amount from {low:g} to {high:g} belongs here")
        return float(value)

    def word(self, key: str, among: Collection[str] = ()) -> str:
        value = self.raw(key)
        if not isinstance(value, str) or not value or (among and value not in among):
            raise self.refuse(key, f"one of {', '.join(among)}" if among else "a word belongs here")
        return value

    def words(self, key: str, among: Collection[str] = (), least: int = 1) -> tuple[str, ...]:
        value = self.raw(key)
        if (
            not isinstance(value, Sequence)
            or isinstance(value, str)
            or any(not isinstance(one, str) or (among and one not in among) for one in value)
        ):
            of = f" of {', '.join(among)}" if among else ""
            raise self.refuse(key, f"a list{of} belongs here, each in quotes")
        if len(set(value)) < len(value) or len(value) < least:
            raise self.refuse(key, f"at least {least} different entries belong here, each once")
        return tuple(value)

    def duration(self, key: str, low: timedelta, high: timedelta) -> timedelta:
        return self._duration(key, self.raw(key), low, high)

    def durations(self, key: str, low: timedelta, high: timedelta) -> tuple[timedelta, ...]:
        value = self.raw(key)
        if not isinstance(value, list) or not value:
            raise self.refuse(key, 'a list of durations such as ["2 min", "5 min"] belongs here')
        return tuple(self._duration(key, one, low, high) for one in value)

    def clock(self, key: str) -> time:
        """A time of day; written without quotes in TOML (08:00:00) or with them ("8:00")."""
        value = self.raw(key)
        if isinstance(value, str) and value.count(":") == 1:
            hour, minute = value.split(":")
            if hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60:
                return time(int(hour), int(minute))
        if not isinstance(value, time):
            raise self.refuse(key, 'a time of day such as "8:00" belongs here')
        return value

    def date(self, key: str) -> date:
        value = self.raw(key)
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError as error:
                raise self.refuse(key, "a date such as 2026-12-24 belongs here") from error
        if type(value) is not date:
            raise self.refuse(key, "a date such as 2026-12-24 belongs here")
        return value

    def finish(self) -> None:
        """Refuses what was never read: most often a key that is misspelt."""
        if self._unread:
            raise PolicyError(f"{self.name_of(min(self._unread))}: there is no such key")

    def _duration(self, key: str, value: object, low: timedelta, high: timedelta) -> timedelta:
        try:
            read = duration(value) if isinstance(value, str) else None
        except ValueError:
            read = None
        if read is None or not low <= read <= high:
            belongs = f'a duration such as "10 min", from {low} to {high}, belongs here'
            raise self.refuse(key, belongs)
        return read
