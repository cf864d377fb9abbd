"""Why each promise of an incident was or was not kept, step by step, for a client or a judge.

A pure function of what ivr/promise.py derives: which clock, which stretches counted and what lay
between them, the pauses with their reasons, the acts, the verdict, and by how much it is late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivr import promise, sla
from ivr.policy import Policy
from ivr.promise import Clock, Facts, Happened
from ivr.reason import Reason
from ivr.spans import Span

Outcome = Literal["kept", "late", "running", "overdue", "paused", "ended"]
KINDS = promise.KINDS | {"priority_set"}
"""The kinds of events that are told; the others are the timeline's."""
_ACTS = ("taken", "handed_back", "told", "untold")
_CLOSINGS = ("resolved", "closed", "reopened")


@dataclass(frozen=True)
class Account:
    """One clock's story. `late` is real time, `late_counted` the time that counts within it."""

    clock: Clock
    outcome: Outcome
    late: timedelta
    late_counted: timedelta
    why: tuple[Reason, ...]


def accounts(
    policy: Policy, facts: Facts, events: Sequence[Happened], now: datetime
) -> tuple[Account, ...]:
    """The response, then the correction where there is one, then each status update in turn."""
    owed = promise.owed(policy, facts, events)
    ordered = sorted(events, key=lambda event: event.at)
    response = [
        *_priorities(ordered),
        _rule(policy, facts, owed.response),
        *sla.steps(policy, owed.response.counted, facts.opened_at, _due(owed.response)),
        *([_moment("verdict.bound", _due(owed.response))] if owed.is_bound else ()),
        _moment("sla.due", _due(owed.response), "due"),
        *(_act(event) for event in ordered if event.kind in _ACTS),
    ]
    found = [_account(owed.response, response, ordered, now, owed.over)]
    if owed.correction:
        steps = list(_corrected(policy, facts, owed.correction, ordered, now))
        found.append(_account(owed.correction, steps, ordered, now, owed.over))
    for update in owed.updates:
        found.append(_account(update, list(_updated(policy, update)), ordered, now, owed.over))
    return tuple(found)


def _account(
    clock: Clock, why: list[Reason], events: Sequence[Happened], now: datetime, over: bool
) -> Account:
    outcome, end = _outcome(clock, events, now, over), clock.ended_at or now
    late = late_counted = timedelta()
    if outcome in ("late", "overdue") and clock.due_at is not None:
        late, late_counted = end - clock.due_at, clock.counted.between(clock.due_at, end)
    left = clock.within - clock.used(end)
    facts: dict[str, str | int | None] = {
        "end": end.isoformat(),
        "late": int(late.total_seconds()),
        "counted": int(late_counted.total_seconds()),
        "left": int(left.total_seconds()),
    }
    told = [_threshold(event) for event in events if _is_of(event, clock)]
    verdict = Reason(f"verdict.{clock.name}.{outcome}", facts)
    return Account(clock, outcome, late, late_counted, (*why, *told, verdict))


def _outcome(clock: Clock, events: Sequence[Happened], now: datetime, over: bool) -> Outcome:
    if clock.is_late(now):
        return "late" if clock.ended_at else "overdue"
    if clock.ended_at is None:
        return "ended" if over else "running" if clock.due_at else "paused"
    by = {event.kind for event in events if event.at == clock.ended_at}
    met = {
        "response": {"taken", "told"},
        "correction": {"resolved"},
        "update": {"update_given", "told"},
    }
    return "kept" if by & met[clock.name] else "ended"


# The steps -----------------------------------------------------------------------------------


def _priorities(events: Sequence[Happened]) -> Iterator[Reason]:
    """Each priority it was given, where that is more than one: the last one counts."""
    given = [event for event in events if event.kind == "priority_set"]
    if len({event.facts["priority"] for event in given}) < 2:
        return
    for event in given:
        key = "verdict.priority_by" if event.agent else "verdict.priority"
        priority = str(event.facts["priority"])
        facts = {"at": event.at.isoformat(), "priority": priority, "agent": event.agent}
        yield Reason(key, facts)
    yield Reason("verdict.from_opening")


def _rule(policy: Policy, facts: Facts, clock: Clock) -> Reason:
    within = int(policy.priorities[facts.priority].taken_within.total_seconds())
    key = "sla.business" if clock.counted is policy.hours else "sla.extended"
    return Reason(key, {"priority": facts.priority, "within": within})


def _corrected(
    policy: Policy, facts: Facts, clock: Clock, events: Sequence[Happened], now: datetime
) -> Iterator[Reason]:
    within = int(clock.within.total_seconds())
    yield Reason("verdict.correction_rule", {"priority": facts.priority, "within": within})
    pauses = {pause.start: pause for pause in clock.pauses}
    for start, end in _ran(clock, now):
        yield from sla.steps(policy, clock.counted, start, end)
        if pause := pauses.get(end):
            key = "verdict.pause" if pause.end else "verdict.pause_open"
            until = pause.end.isoformat() if pause.end else None
            when: dict[str, str | int | None] = {"start": pause.start.isoformat(), "end": until}
            yield Reason(key, {**when, "reason": pause.reason})
    if clock.due_at:
        yield _moment("verdict.correct_before", clock.due_at, "due")
    yield from (_act(event) for event in events if event.kind in _CLOSINGS)


def _ran(clock: Clock, now: datetime) -> Iterator[Span]:
    """The stretches in which it ran, up to the moment when its time was used up."""
    for start, end in clock.runs:
        if clock.due_at is None or start < clock.due_at:
            until = end or clock.due_at or now
            yield start, min(until, clock.due_at or until)


def _updated(policy: Policy, clock: Clock) -> Iterator[Reason]:
    since = datetime.fromisoformat(clock.period)
    every = int(clock.within.total_seconds())
    yield Reason("verdict.update_rule", {"at": since.isoformat(), "every": every})
    yield from sla.steps(policy, clock.counted, since, _due(clock))
    yield _moment("sla.due", _due(clock), "due")


def _act(event: Happened) -> Reason:
    key = f"verdict.act.{event.kind}"
    if event.agent and event.kind == "taken":
        key = "verdict.act.taken_by"
    return Reason(key, {"at": event.at.isoformat(), "agent": event.agent})


def _threshold(event: Happened) -> Reason:
    percent, people = int(event.facts["percent"]), int(event.facts.get("people", 0))
    facts: dict[str, str | int | None] = {"percent": percent, "people": people}
    return Reason("verdict.threshold", {"at": event.at.isoformat(), **facts})


def _is_of(event: Happened, clock: Clock) -> bool:
    facts = event.facts
    return event.kind == "threshold" and (facts["clock"], facts["period"]) == (
        clock.name,
        clock.period,
    )


def _due(clock: Clock) -> datetime:
    assert clock.due_at is not None  # response and updates never stand still
    return clock.due_at


def _moment(key: str, at: datetime, name: str = "at") -> Reason:
    return Reason(key, {name: at.isoformat()})
