"""The response clock of §4: from priority, contract and moment to a due time, with the reasons.

A P1 of a client with the extended service counts over regular hours and the contract's window
together (with the default window that is real time); everything else counts business hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ivr.hours import OpenTime
from ivr.policy import Policy
from ivr.reason import Reason
from ivr.spans import Span
from ivr.zones import DAY, instant


@dataclass(frozen=True)
class Due:
    """When an incident must be taken in charge at the latest (UTC), and why, step by step."""

    at: datetime
    why: tuple[Reason, ...]


def clock(policy: Policy, priority: str, window: OpenTime | None = None) -> OpenTime:
    """The time that counts. `window` is the client's extended service for the product, if any."""
    if window is not None and priority in policy.extended_priorities:
        return policy.hours.union(window)
    return policy.hours


def due(policy: Policy, priority: str, opened_at: datetime, window: OpenTime | None = None) -> Due:
    """When an incident opened then must be taken in charge: 16:10 is due 17:10 in real time.

    `KeyError` for a priority that §4 does not have, `HoursError` for a naive moment.
    """
    counted = clock(policy, priority, window)
    within = policy.priorities[priority].taken_within
    at = counted.add(opened_at, within)
    extended = counted is not policy.hours
    first = Reason(
        "sla.extended" if extended else "sla.business",
        {"priority": priority, "within": int(within.total_seconds())},
    )
    why = steps(policy, counted, opened_at, at)
    return Due(at, (first, *why, Reason("sla.due", {"due": at.isoformat()})))


def call_from(
    policy: Policy, priority: str, opened_at: datetime, window: OpenTime | None = None
) -> datetime:
    """The moment from which agents are rung for the callback: a part of §4's time has passed."""
    part = policy.priorities[priority].taken_within * policy.callbacks.start[priority]
    return clock(policy, priority, window).add(opened_at, part)


def left(
    policy: Policy, priority: str, due_at: datetime, now: datetime, window: OpenTime | None = None
) -> timedelta:
    """The time left on the incident's own clock; negative when overdue."""
    return clock(policy, priority, window).between(now, due_at)


def steps(
    policy: Policy, counted: OpenTime, opened_at: datetime, due_at: datetime
) -> Iterator[Reason]:
    """Why the clock does not run yet, then each stretch that counts and the days between them."""
    opened_at = opened_at.astimezone(UTC)
    told: Reason | None = None
    if not counted.is_open(opened_at):
        told = counted.opening_at(opened_at).why
        yield told
    since = opened_at
    for start, end in counted.openings(opened_at, due_at):
        for why in _days_off(policy, counted, since, start):
            if not _same(why, told):
                yield why
            told = why
        yield _counted((start, end))
        since, told = end, None


def _counted(span: Span) -> Reason:
    start, end = span
    facts = {"start": start.isoformat(), "end": end.isoformat()}
    return Reason("sla.counted", {**facts, "seconds": int((end - start).total_seconds())})


def _days_off(
    policy: Policy, counted: OpenTime, since: datetime, until: datetime
) -> Iterator[Reason]:
    """Why nothing counts on each whole day between two moments."""
    day = since.astimezone(policy.zone).date() + DAY
    while day < until.astimezone(policy.zone).date():
        noon = instant(datetime.combine(day, time(12)), policy.zone)
        yield counted.opening_at(noon).why
        day += DAY


def _same(why: Reason, told: Reason | None) -> bool:
    """A week-end is one reason and not two; two holidays in a row are two."""
    name = "name_fr"
    return told is not None and (why.key, why.facts.get(name)) == (told.key, told.facts.get(name))
