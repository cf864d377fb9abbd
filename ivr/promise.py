"""What is owed to a client, and from when: one pure function of the incident's events (law 11).

Three clocks. The response (§4): taken in charge, and the client told. The correction (§4: P2 in
less than 12 business hours), from the opening until it is resolved; waiting for the client pauses
it, and nothing else does; reopened, it goes on. The status updates that were agreed (§2.1.3): each
is counted from the last one that the client had.

- The response is met at the first moment when somebody has it in charge and the client is told. A
  hand-back before that withdraws the act; after it, what was met stays met.
- A change of priority counts anew from the opening, also to a later due time. What a client was
  told under a priority stays the bound while that priority stands: a calendar or a contract that
  changes may bring the due time forward, and never moves it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ivr import sla
from ivr.hours import OpenTime
from ivr.policy import Policy

Name = Literal["response", "correction", "update"]
Run = tuple[datetime, datetime | None]
"""From (inside) to (outside), UTC; none: it runs on."""

ZERO = timedelta()
RESUMES = ("resumed", "handed_back", "reopened")
"""After these nobody waits for the client any more."""
DONE = ("resolved", "closed")
COUNTED_FROM = ("update_agreed", "update_given", "told", "reopened")
"""From each of these the next status update is counted."""
KINDS = frozenset(
    (*RESUMES, *DONE, *COUNTED_FROM, "taken", "untold", "waiting", "promised", "threshold")
)
"""The kinds of events that any of it depends on."""


@dataclass(frozen=True)
class Facts:
    """What is known of an incident beside its events. `window`: its extended service, if any."""

    priority: str
    opened_at: datetime
    window: OpenTime | None = None
    refused: bool = False


@dataclass(frozen=True)
class Happened:
    """An event as a small value; `facts` as the timeline keeps them."""

    at: datetime
    kind: str
    facts: Mapping[str, Any]
    agent: str | None = None


@dataclass(frozen=True)
class Pause:
    """The correction clock stood still, since the client was waited for; `end` none: it does."""

    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True)
class Clock:
    """One run of a clock. Moments are UTC, `within` is time that counts."""

    name: Name
    period: str
    """Which run: the priority, or the moment from which an update is counted."""
    counted: OpenTime
    runs: tuple[Run, ...]
    within: timedelta
    due_at: datetime | None
    """None: it stands still, or ended before it was due."""
    ended_at: datetime | None
    strict: bool = False
    """It is to end before the due moment ("less than"), rather than at it at the latest."""
    told: int = 0
    """The highest of its thresholds, in percent, that people were told of."""
    pauses: tuple[Pause, ...] = ()

    def at(self, used: timedelta) -> datetime | None:
        """The moment when so much of its time has passed; none: not in the runs that are known."""
        left = used
        for start, end in self.runs:
            passed = None if end is None else self.counted.between(start, end)
            if passed is None or left <= passed:
                return self.counted.add(start, left)
            left -= passed
        return None

    def used(self, now: datetime) -> timedelta:
        """How much of its time has passed at `now`."""
        begun = ((start, min(end or now, now)) for start, end in self.runs if start < now)
        return sum((self.counted.between(start, end) for start, end in begun), ZERO)

    def is_late(self, now: datetime) -> bool:
        """Has it missed its due moment, for good or until now?"""
        if self.due_at is None:
            return False
        end = self.ended_at or now
        return end >= self.due_at if self.strict else end > self.due_at

    def threshold(self, percent: int) -> datetime | None:
        """When people are told that so much has passed: in its own hours, never at night."""
        if self.due_at is None:  # it stands still
            return None
        part = self.at(self.within * percent / 100) if percent < 100 else None
        return self.counted.next_open(min(part or self.due_at, self.due_at))

    def reached(self, percents: Sequence[int], now: datetime) -> int | None:
        """The highest threshold that has come and was not told; those below it are left out."""
        fresh = [percent for percent in percents if percent > self.told]
        came = [percent for percent in fresh if (at := self.threshold(percent)) and at <= now]
        return max(came, default=None)

    def warn_at(self, percents: Sequence[int]) -> datetime | None:
        """When the next of its thresholds comes; none: it has no more to tell."""
        fresh = (self.threshold(percent) for percent in percents if percent > self.told)
        return min((at for at in fresh if at), default=None)


@dataclass(frozen=True)
class Owed:
    """All that is owed at present, and what was. `updates`: each run, the last one the present."""

    response: Clock
    correction: Clock | None
    updates: tuple[Clock, ...]
    every: timedelta
    """Between two status updates; zero: none were agreed."""
    promised_at: datetime | None
    """The due time that the client was told, under the present priority; the earliest of them."""
    is_bound: bool
    """That is earlier than today's calendar says, and therefore stands."""
    over: bool
    """Closed, or refused: nobody is told of any threshold."""

    @property
    def clocks(self) -> tuple[Clock, ...]:
        return (self.response, *((self.correction,) if self.correction else ()), *self.updates)

    @property
    def live(self) -> tuple[Clock, ...]:
        """Those that have not ended."""
        return () if self.over else tuple(one for one in self.clocks if one.ended_at is None)

    def due(self, name: Name) -> datetime | None:
        """When the present run of that clock is due; none: nothing is."""
        found = (clock.due_at for clock in self.live if clock.name == name)
        return next((at for at in found if at), None)

    def warn_at(self, percents: Sequence[int]) -> datetime | None:
        found = (clock.warn_at(percents) for clock in self.live)
        return min((at for at in found if at), default=None)


def owed(policy: Policy, facts: Facts, events: Sequence[Happened]) -> Owed:
    """Everything owed, from the facts and the events, whatever order these come in.

    `KeyError` for a priority that §4 does not have, `HoursError` for a naive moment.
    """
    ordered = sorted(events, key=lambda event: event.at)  # stable: the timeline's order within one
    told = _told(ordered)
    promised_at = _promised(ordered, facts.priority)
    response, is_bound = _response(policy, facts, ordered, promised_at, told)
    every, updates = _updates(policy, facts, ordered, told)
    over = facts.refused or _is_closed(ordered)
    return Owed(
        response=response,
        correction=_correction(policy, facts, ordered, told),
        updates=updates,
        every=every,
        promised_at=promised_at,
        is_bound=is_bound,
        over=over,
    )


def met_at(events: Sequence[Happened]) -> datetime | None:
    """The first moment when somebody had it in charge and the client was told; in order."""
    taken: datetime | None = None
    told: datetime | None = None
    met: datetime | None = None
    for event in events:
        match event.kind:
            case "taken":
                taken = taken or event.at
            case "handed_back":
                taken = None
            case "told":
                told = told or event.at
            case "untold":  # nobody was joined after all: it was never met
                told = met = None
        if met is None and taken and told:
            met = max(taken, told)
    return met


def _response(
    policy: Policy,
    facts: Facts,
    events: Sequence[Happened],
    promised_at: datetime | None,
    told: Mapping[tuple[str, str], int],
) -> tuple[Clock, bool]:
    """The clock of §4, and whether a promise holds it earlier than the calendar says today."""
    counted = sla.clock(policy, facts.priority, facts.window)
    within = policy.priorities[facts.priority].taken_within
    due_at = counted.add(facts.opened_at, within)
    is_bound = promised_at is not None and promised_at < due_at
    if is_bound and promised_at is not None:
        due_at = promised_at
        within = max(counted.between(facts.opened_at, due_at), ZERO)
    period = facts.priority
    clock = Clock(
        name="response",
        period=period,
        counted=counted,
        runs=((facts.opened_at, None),),
        within=within,
        due_at=due_at,
        ended_at=met_at(events),
        told=told.get(("response", period), 0),
    )
    return clock, is_bound


def _correction(
    policy: Policy,
    facts: Facts,
    events: Sequence[Happened],
    told: Mapping[tuple[str, str], int],
) -> Clock | None:
    """From the opening until resolved or closed, in business hours, less the pauses (§4, P2)."""
    within = policy.correction.within.get(facts.priority)
    if within is None:
        return None
    runs, pauses, ended_at = _runs(facts.opened_at, events)
    period = facts.priority
    open_ended = Clock("correction", period, policy.hours, runs, within, None, ended_at)
    return Clock(
        name="correction",
        period=period,
        counted=policy.hours,
        runs=runs,
        within=within,
        due_at=open_ended.at(within),
        ended_at=ended_at,
        strict=True,
        told=told.get(("correction", period), 0),
        pauses=pauses,
    )


def _runs(
    opened_at: datetime, events: Sequence[Happened]
) -> tuple[tuple[Run, ...], tuple[Pause, ...], datetime | None]:
    """The stretches in which the correction clock runs, its pauses, and when it ended."""
    runs: list[Run] = []
    pauses: list[Pause] = []
    since: datetime | None = opened_at
    waits: Happened | None = None
    over: datetime | None = None
    for event in events:
        stops = event.kind in DONE or event.kind == "waiting"
        goes_on = event.kind in RESUMES or event.kind in DONE
        if since and stops:
            runs.append((since, event.at))
        if waits and goes_on:
            pauses.append(Pause(waits.at, event.at, str(waits.facts.get("reason", ""))))
        if event.kind == "waiting" and over is None:
            since, waits = None, waits or event
        elif event.kind in DONE:
            since, waits, over = None, None, over or event.at
        elif event.kind == "reopened" or (event.kind in RESUMES and over is None):
            since, waits, over = since or event.at, None, None
    if since:
        runs.append((since, None))
    if waits:
        pauses.append(Pause(waits.at, None, str(waits.facts.get("reason", ""))))
    return tuple(runs), tuple(pauses), over


def _updates(
    policy: Policy,
    facts: Facts,
    events: Sequence[Happened],
    told: Mapping[tuple[str, str], int],
) -> tuple[timedelta, tuple[Clock, ...]]:
    """The interval agreed last, and a run for each update, given or owed.

    They run while the client is waited for, too, and end when it is resolved or closed.
    """
    every, over = ZERO, False
    since: datetime | None = None
    spans: list[tuple[datetime, datetime | None, timedelta]] = []
    for event in events:
        if event.kind not in (*DONE, *COUNTED_FROM):
            continue
        if since is not None:
            spans.append((since, event.at, every))
        if event.kind in (*DONE, "reopened"):
            over = event.kind in DONE
        if event.kind == "update_agreed":
            every = timedelta(seconds=int(event.facts["every"]))
        since = event.at if every and not over else None
    if since is not None:
        spans.append((since, None, every))
    counted = sla.clock(policy, facts.priority, facts.window)
    runs = (_update(counted, since, end, within, told) for since, end, within in spans)
    return every if not over else ZERO, tuple(runs)


def _update(
    counted: OpenTime,
    since: datetime,
    end: datetime | None,
    within: timedelta,
    told: Mapping[tuple[str, str], int],
) -> Clock:
    period = since.isoformat()
    return Clock(
        name="update",
        period=period,
        counted=counted,
        runs=((since, None),),
        within=within,
        due_at=counted.add(since, within),
        ended_at=end,
        told=told.get(("update", period), 0),
    )


def _promised(events: Sequence[Happened], priority: str) -> datetime | None:
    """The earliest due time that the client was told under this priority."""
    told = (
        datetime.fromisoformat(event.facts["due"])
        for event in events
        if event.kind == "promised" and event.facts.get("priority") == priority
    )
    return min(told, default=None)


def _told(events: Sequence[Happened]) -> dict[tuple[str, str], int]:
    """Of each run of each clock, the highest threshold that was told."""
    found: dict[tuple[str, str], int] = {}
    for event in events:
        if event.kind == "threshold":
            key = str(event.facts["clock"]), str(event.facts["period"])
            found[key] = max(found.get(key, 0), int(event.facts["percent"]))
    return found


def _is_closed(events: Sequence[Happened]) -> bool:
    moves = [event.kind for event in events if event.kind in ("closed", "reopened")]
    return moves[-1:] == ["closed"]
