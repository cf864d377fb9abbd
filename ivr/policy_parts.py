"""The policy's smaller parts: what policy.toml's tables hold, each checked as it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ivr.checked_table import Table
from ivr.hours import WEEKDAYS
from ivr.rights import RANKS

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
    """How phones ring for a caller on the line, and for how long.

    `mode`: one agent after the other ("order"), or a whole level at once ("all").
    """

    mode: str
    seconds: int
    whisper_seconds: int
    max_hold: timedelta
    rounds: int
    later: timedelta
    """What an agent asks for who asks for "five minutes"."""

    @classmethod
    def read(cls, table: Table) -> Ringing:
        return cls(
            table.word("mode", ("order", "all")),
            table.whole("seconds", 5, 60),
            table.whole("whisper_seconds", 3, 30),
            table.duration("max_hold", MINUTE, HOUR),
            table.whole("rounds", 1, 10),
            table.duration("later", MINUTE, HOUR),
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
    holder_rounds: int
    """After so many, after hours, an incident whose holder never answers is handed back."""

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
            table.whole("holder_rounds", 1, 20),
        )

    def retry_after(self, attempts: int) -> timedelta:
        """The pause after so many attempts without success; the last one repeats."""
        return self.retry[min(max(attempts, 1), len(self.retry)) - 1]


@dataclass(frozen=True)
class Paging:
    """How a P1 that nobody accepted is paged: the rounds since the call ended, and who joins when.

    `rounds` are offsets, after the last one a round begins `every` so often.
    """

    rounds: tuple[timedelta, ...]
    every: timedelta
    levels: Mapping[str, timedelta]

    @classmethod
    def read(cls, table: Table) -> Paging:
        rounds = table.durations("rounds", timedelta(), DAY)
        if list(rounds) != sorted(rounds):
            raise table.refuse("rounds", 'offsets in order, as ["0 min", "2 min"]')
        every = table.duration("every", MINUTE, HOUR)
        after = table.table("levels")
        levels = {name: after.duration(name, timedelta(), DAY) for name in after.names()}
        after.finish()
        return cls(rounds, every, levels)

    def after(self, level: str) -> timedelta:
        """How long after the call the level is paged too; a level that is not named: at once."""
        return self.levels.get(level, timedelta())


@dataclass(frozen=True)
class Prices:
    """What Twilio asks, to estimate a day's cost: calls by the whole minute that has begun."""

    currency: str
    call_minute: float
    """Of each phone that the line rings, once it is answered."""
    line_minute: float
    """Of each call to the line."""
    text_segment: float

    @classmethod
    def read(cls, table: Table) -> Prices:
        return cls(
            table.word("currency"),
            table.amount("call_minute", 0, 100),
            table.amount("line_minute", 0, 100),
            table.amount("text_segment", 0, 100),
        )


@dataclass(frozen=True)
class Caps:
    """How many calls callbacks may place in a day of the centre's, and at what cost."""

    calls_per_number: int
    calls_per_client: int
    calls_per_day: int
    """Agents' phones and clients' together."""
    spend_alarm: float
    spend_limit: float
    prices: Prices

    @classmethod
    def read(cls, table: Table) -> Caps:
        prices = table.table("prices")
        part = cls(
            table.whole("calls_per_number", 1, 1000),
            table.whole("calls_per_client", 1, 10_000),
            table.whole("calls_per_day", 1, 1_000_000),
            table.amount("spend_alarm", 0, 1_000_000),
            table.amount("spend_limit", 0, 1_000_000),
            Prices.read(prices),
        )
        prices.finish()
        if part.spend_limit < part.spend_alarm:
            raise table.refuse("spend_limit", "an amount that is no less than spend_alarm")
        return part


@dataclass(frozen=True)
class Limits:
    """How often the line may be tried before it is careful, without locking a clinic out."""

    wrong_numbers_per_caller_per_hour: int
    wrong_numbers_overall_per_hour: int
    unidentified_critical_per_number_per_night: int
    unidentified_critical_withheld_per_night: int
    sign_in_failures_per_quarter_hour: int

    @classmethod
    def read(cls, table: Table) -> Limits:
        return cls(
            table.whole("wrong_numbers_per_caller_per_hour", 1, 1000),
            table.whole("wrong_numbers_overall_per_hour", 1, 100_000),
            table.whole("unidentified_critical_per_number_per_night", 0, 100),
            table.whole("unidentified_critical_withheld_per_night", 0, 1000),
            table.whole("sign_in_failures_per_quarter_hour", 1, 1000),
        )


@dataclass(frozen=True)
class Access:
    """How long one stays signed in to the web list, and which roles need a second factor there."""

    session_longest: timedelta
    session_idle: timedelta
    second_factor: frozenset[str]

    @classmethod
    def read(cls, table: Table) -> Access:
        return cls(
            table.duration("session_longest", 5 * MINUTE, DAY),
            table.duration("session_idle", 5 * MINUTE, DAY),
            frozenset(table.words("second_factor", tuple(RANKS), least=0)),
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
class Correction:
    """§4: the priorities that are to be corrected in less than so many business hours."""

    within: Mapping[str, timedelta]

    @classmethod
    def read(cls, table: Table) -> Correction:
        names = [name for name in PRIORITIES if table.has(name)]
        return cls({name: table.duration(name, MINUTE, 1000 * HOUR) for name in names})


@dataclass(frozen=True)
class Updates:
    """§2.1.3: the intervals at which an agent may agree to tell a client how it goes."""

    every: tuple[timedelta, ...]

    @classmethod
    def read(cls, table: Table) -> Updates:
        return cls(table.durations("every", MINUTE, 1000 * HOUR))


@dataclass(frozen=True)
class Threshold:
    """A part of a clock's time, in percent, at which these people are told."""

    percent: int
    tell: tuple[str, ...]

    @classmethod
    def read(cls, table: Table) -> Threshold:
        part = cls(
            table.whole("percent", 1, 100),
            table.words("tell", ("holder", "lead", "manager")),
        )
        table.finish()
        return part


@dataclass(frozen=True)
class Thresholds:
    """When people are told that a clock runs out, and how far apart their digests are."""

    steps: tuple[Threshold, ...]
    together: timedelta

    @classmethod
    def read(cls, table: Table) -> Thresholds:
        steps = tuple(Threshold.read(row) for row in table.tables("steps"))
        percents = [step.percent for step in steps]
        if percents != sorted(set(percents)):
            raise table.refuse("steps", "percentages in order, each once, belong here")
        return cls(steps, table.duration("together", timedelta(), DAY))

    @property
    def percents(self) -> tuple[int, ...]:
        return tuple(step.percent for step in self.steps)

    def tell(self, percent: int) -> tuple[str, ...]:
        """Who is told at this threshold. `KeyError` for one that is none."""
        return {step.percent: step.tell for step in self.steps}[percent]


@dataclass(frozen=True)
class Joining:
    """Which open incidents of its own client a call may join, and be asked about."""

    within: timedelta
    """A colleague's P1, as a second report of the same outage: opened no longer ago than this."""
    known: timedelta
    """Any other file that is open: opened no longer ago than this."""
    offers: int
    """So many are asked about, one after the other."""

    @classmethod
    def read(cls, table: Table) -> Joining:
        return cls(
            table.duration("within", MINUTE, 7 * DAY),
            DAY * table.whole("known_days", 0, 366),
            table.whole("offers", 0, 4),
        )


@dataclass(frozen=True)
class Escalation:
    """When a client may ask for the next level, and for which services there are contacts (§3)."""

    next_level_after: Mapping[str, timedelta]
    """By priority, on the incident's own clock, since the level before was asked for."""
    services: tuple[str, ...]
    """The first one answers for a product that has no contact of its own."""

    @classmethod
    def read(cls, table: Table) -> Escalation:
        after = table.table("next_level_after")
        parts = {name: after.duration(name, timedelta(), 1000 * HOUR) for name in PRIORITIES}
        after.finish()
        return cls(parts, table.words("services"))


@dataclass(frozen=True)
class Closing:
    """When closing is proposed (§2.1.5); days are business days."""

    messages: int
    """How many were left, and not returned."""
    days_between: int
    days_after: int
    """After the last of the messages."""
    follow_ups: int
    follow_up_days: int
    """Between two follow-ups that count, and after the last of them."""

    @classmethod
    def read(cls, table: Table) -> Closing:
        return cls(
            table.whole("messages", 1, 10),
            table.whole("days_between", 0, 60),
            table.whole("days_after", 0, 60),
            table.whole("follow_ups", 1, 10),
            table.whole("follow_up_days", 0, 60),
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
class Labour:
    """The Act respecting labour standards' figures for who is on call, and what counts as work."""

    counted_levels: tuple[str, ...]
    """Levels whose turns and shifts are work; "desk": the regular hours of the desk's agents."""
    longest_day: timedelta
    longest_week: timedelta
    weekly_rest: timedelta
    week_starts: int
    notice: timedelta

    @classmethod
    def read(cls, table: Table, levels: tuple[str, ...]) -> Labour:
        return cls(
            table.words("counted_levels", (*levels, "desk"), least=0),
            table.duration("longest_day", HOUR, DAY),
            table.duration("longest_week", HOUR, 7 * DAY),
            table.duration("weekly_rest", HOUR, 7 * DAY),
            WEEKDAYS.index(table.word("week_starts", WEEKDAYS)),
            DAY * table.whole("published_days", 0, 60),
        )


@dataclass(frozen=True)
class Rota:
    """The levels of those on call, and which of them ring in a call; who they are is data."""

    levels: tuple[str, ...]
    rung_in_call: tuple[str, ...]
    rung_in_gap: tuple[str, ...]
    """Rung in a call where nobody stands at the levels before."""
    everyone: str
    """The level that is every agent; empty: none is."""
    needed_always: bool
    """Whether somebody must be on call in regular hours too."""
    labour: Labour
    feeds_every: timedelta
    """How often the calendars that the settings name are read again."""

    @classmethod
    def read(cls, table: Table) -> Rota:
        levels = table.words("levels")
        labour = table.table("labour")
        part = cls(
            levels,
            table.words("rung_in_call", levels),
            table.words("rung_in_gap", levels, least=0),
            table.word("everyone", levels) if table.has("everyone") else "",
            table.word("needed", ("outside_hours", "always")) == "always",
            Labour.read(labour, levels),
            table.duration("feeds_every", MINUTE, DAY),
        )
        labour.finish()
        return part


@dataclass(frozen=True)
class Fallback:
    """Who rings last where no rota is to be had: numbers in E.164, in order."""

    duty: tuple[str, ...]

    @classmethod
    def read(cls, table: Table) -> Fallback:
        duty = table.words("duty", least=0)
        if not all(re.fullmatch(r"\+[1-9]\d{6,14}", number) for number in duty):
            raise table.refuse("duty", 'numbers such as "+15145550100" belong here')
        return cls(duty)


@dataclass(frozen=True)
class Doctor:
    """What `p1line doctor` looks at before the night, and how far ahead."""

    rota_days: int
    holiday_days: int
    verified_days: int
    """How long a test call that its agent accepted vouches for the phone."""
    test_calls: Mapping[str, object]
    """The hours in which test calls may ring, as `Hours.from_data` reads them."""

    @classmethod
    def read(cls, table: Table) -> Doctor:
        return cls(
            table.whole("rota_days", 1, 366),
            table.whole("holiday_days", 1, 366),
            table.whole("verified_days", 1, 366),
            table.raw("test_calls") or {},
        )


def _codes(table: Table, key: str) -> tuple[str, ...]:
    codes = table.words(key, least=0)
    if any(len(code) != 3 or not code.isdecimal() for code in codes):
        raise table.refuse(key, "codes of three digits belong here, each in quotes")
    return codes
