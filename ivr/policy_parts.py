"""The policy's smaller parts: what policy.toml's tables hold, each checked as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from ivr.checked_table import Table
from ivr.hours import WEEKDAYS

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
PRIORITIES = ("P1", "P2", "P3", "P4")


@dataclass(frozen=True)
class Priority:
    """One row of §4. `taken_within` is business time."""

    name: str
    taken_within: timedelta

    @classmethod
    def read(cls, name: str, table: Table) -> Priority:
        return cls(name, table.duration("taken_within", MINUTE, 1000 * HOUR))


@dataclass(frozen=True)
class Routing:
    """Which priorities ring a person, and what a call without an impact counts as (law 8)."""

    ring_when_open: frozenset[str]
    provisional_extended: str
    provisional: str

    @classmethod
    def read(cls, table: Table) -> Routing:
        return cls(
            frozenset(table.words("ring_when_open", PRIORITIES, least=0)),
            table.word("provisional_extended", PRIORITIES),
            table.word("provisional", PRIORITIES),
        )


@dataclass(frozen=True)
class Ringing:
    """How long phones ring for a caller on the line."""

    seconds: int
    whisper_seconds: int
    max_hold: timedelta
    rounds: int

    @classmethod
    def read(cls, table: Table) -> Ringing:
        return cls(
            table.whole("seconds", 5, 60),
            table.whole("whisper_seconds", 3, 30),
            table.duration("max_hold", MINUTE, HOUR),
            table.whole("rounds", 1, 10),
        )


@dataclass(frozen=True)
class Callbacks:
    """When agents are rung for a callback, and how often it is tried again."""

    start: Mapping[str, float]
    agent_ring_seconds: int
    client_ring_seconds: int
    retry: tuple[timedelta, ...]
    lease: timedelta
    live_call_guard: timedelta
    max_seconds: int

    @classmethod
    def read(cls, table: Table) -> Callbacks:
        start = table.table("start")
        parts = {name: start.fraction(name) for name in PRIORITIES}
        start.finish()
        return cls(
            parts,
            table.whole("agent_ring_seconds", 5, 60),
            table.whole("client_ring_seconds", 5, 60),
            table.durations("retry", SECOND, DAY),
            table.duration("lease", SECOND, HOUR),
            table.duration("live_call_guard", timedelta(), HOUR),
            table.whole("max_seconds", 60, 14_400),  # Twilio ends a call after four hours
        )

    def retry_after(self, attempts: int) -> timedelta:
        """The pause after so many attempts without success; the last one repeats."""
        return self.retry[min(max(attempts, 1), len(self.retry)) - 1]


@dataclass(frozen=True)
class Limits:
    """How often the line may be tried before it is careful, without locking a clinic out."""

    wrong_numbers_per_caller_per_hour: int
    wrong_numbers_overall_per_hour: int
    unidentified_critical_per_number_per_night: int
    sign_in_failures_per_quarter_hour: int

    @classmethod
    def read(cls, table: Table) -> Limits:
        return cls(
            table.whole("wrong_numbers_per_caller_per_hour", 1, 1000),
            table.whole("wrong_numbers_overall_per_hour", 1, 100_000),
            table.whole("unidentified_critical_per_number_per_night", 0, 100),
            table.whole("sign_in_failures_per_quarter_hour", 1, 1000),
        )


@dataclass(frozen=True)
class Entry:
    """Keying: tries in all at a prompt, and the seconds that the line waits for keys."""

    tries: int
    first_key_seconds: int
    between_digits_seconds: int

    @classmethod
    def read(cls, table: Table) -> Entry:
        return cls(
            table.whole("tries", 1, 10),
            table.whole("first_key_seconds", 1, 60),
            table.whole("between_digits_seconds", 1, 60),
        )


@dataclass(frozen=True)
class Recording:
    """The caller's own words: how long they may be, and how many days they are kept."""

    max_seconds: int
    silence_seconds: int
    keep_days: int

    @classmethod
    def read(cls, table: Table) -> Recording:
        return cls(
            table.whole("max_seconds", 10, 600),
            table.whole("silence_seconds", 1, 60),
            table.whole("keep_days", 1, 3650),
        )


@dataclass(frozen=True)
class Dialling:
    """Which numbers the line may call: an allowlist of countries, less some ranges."""

    countries: tuple[str, ...]
    refused_area_codes: frozenset[str]
    refused_exchanges: frozenset[str]

    @classmethod
    def read(cls, table: Table) -> Dialling:
        return cls(
            table.words("countries"),
            frozenset(_codes(table, "refused_area_codes")),
            frozenset(_codes(table, "refused_exchanges")),
        )


@dataclass(frozen=True)
class Rota:
    """When the on-call rotation hands over; `anchor` lies in the first member's turn."""

    handover_weekday: int
    handover: time
    anchor: date
    days: int
    levels: tuple[str, ...]

    @classmethod
    def read(cls, table: Table) -> Rota:
        return cls(
            WEEKDAYS.index(table.word("handover_weekday", WEEKDAYS)),
            table.clock("handover"),
            table.date("anchor"),
            table.whole("days", 1, 366),
            table.words("levels"),
        )


def _codes(table: Table, key: str) -> tuple[str, ...]:
    codes = table.words(key, least=0)
    if any(len(code) != 3 or not code.isdecimal() for code in codes):
        raise table.refuse(key, "codes of three digits belong here, each in quotes")
    return codes
