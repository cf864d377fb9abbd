"""Why a promise was not kept: one cause, out of a closed list, from what happened (§4).

Pure: it reads stretches of time and tries, and knows neither tables nor a clock. The cause is what
the time before the due moment was lost to; where people were there and free and nobody was rung,
it says so, and that is our own fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.spans import Span, gaps, merged


class Cause(StrEnum):
    """The closed list, from what nobody could help to what we answer for."""

    NO_NUMBER = "no_number"
    """The caller gave no number that may be called, and no address is on file."""
    OUTAGE = "outage"
    """A part of ours was down for what was left of the time."""
    NOBODY_PRESENT = "nobody_present"
    """No agent who may be rung was there."""
    ALL_BUSY = "all_busy"
    """Those who were there were on the phone."""
    NOBODY_ACCEPTED = "nobody_accepted"
    """The last try before the due moment ended with no agent who accepts."""
    CLIENT_UNREACHABLE = "client_unreachable"
    """The last try ended at the client's phone, or that phone was taken by another call of ours."""
    NOT_CALLED = "not_called"
    """Somebody was there and free, and nobody was rung: a fault of the product."""


@dataclass(frozen=True)
class Ring:
    """A phone that we rang for the incident; `agent` is none for the client's."""

    agent: int | None
    start: datetime
    end: datetime
    accepted: bool


@dataclass(frozen=True)
class Outage:
    """A part of ours that was down: "web", "worker", "sweep", "redis", "database"."""

    part: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Patience:
    """How long somebody may be there and free without being rung: before the first try, and
    between two (the longest pause of the policy, and a margin)."""

    first: timedelta = timedelta(minutes=2)
    again: timedelta = timedelta(minutes=32)


@dataclass(frozen=True)
class Evidence:
    """What is known of one broken promise. Moments are aware UTC."""

    start: datetime
    """From when people may be rung for it."""
    due_at: datetime
    taken_at: datetime | None
    reachable: bool
    """Is there a number to call, or an address to write to?"""
    open: Sequence[Span]
    """The hours that count, between the two."""
    there: Mapping[int, Sequence[Span]]
    """When each agent who may be rung for it was there."""
    busy: Mapping[int, Sequence[Span]]
    """When an agent's phone was taken, by whatever call of ours."""
    client_busy: Sequence[Span]
    """When the client was on the phone with us about something else."""
    rings: Sequence[Ring]
    outages: Sequence[Outage] = ()


@dataclass(frozen=True)
class Found:
    cause: Cause
    parts: tuple[str, ...] = ()
    """Of an outage: which parts of ours were down."""


ENOUGH = timedelta(minutes=2)
"""One try: an agent's phone, the whisper, the client's phone. With less left nothing was
possible."""


def cause(evidence: Evidence, patience: Patience | None = None) -> Found:
    """The cause of a promise that was not kept by `due_at`."""
    patience = patience or Patience()
    possible = _without(evidence.open, ((down.start, down.end) for down in evidence.outages))
    lost = [down for down in evidence.outages if _overlap(evidence.open, (down.start, down.end))]
    tries = _tries(evidence, lost)
    if lost and not tries and _total(possible) < ENOUGH:
        return Found(Cause.OUTAGE, tuple(sorted({down.part for down in lost})))
    if not evidence.reachable:
        return Found(Cause.NO_NUMBER)
    if _was_left_alone(evidence, possible, tries, patience):
        return Found(Cause.NOT_CALLED)
    if tries:
        last = tries[-1]
        return Found(Cause.CLIENT_UNREACHABLE if last.agent is None else Cause.NOBODY_ACCEPTED)
    return Found(_nobody_rung(evidence, possible))


def _tries(evidence: Evidence, lost: Sequence[Outage]) -> list[Ring]:
    """The tries before the due moment that failed by themselves, and not by an outage."""
    failed = (
        ring
        for ring in evidence.rings
        if not (ring.agent is not None and ring.accepted)
        and ring.start < evidence.due_at
        and not any(down.start < ring.end and ring.start < down.end for down in lost)
    )
    return sorted(failed, key=lambda ring: ring.start)


def _was_left_alone(
    evidence: Evidence, possible: list[Span], tries: Sequence[Ring], patience: Patience
) -> bool:
    """Was somebody there and free for longer than the policy waits, and nobody rung?"""
    free = _free(evidence, possible)
    rung = list(merged(sorted((ring.start, ring.end) for ring in evidence.rings)))
    first = rung[0][0] if rung else evidence.due_at
    for start, end in gaps(rung, evidence.start, evidence.due_at):
        longest = patience.first if end <= first else patience.again
        if any(_total([span]) > longest for span in _within(free, (start, end))):
            return True
    return False


def _nobody_rung(evidence: Evidence, possible: list[Span]) -> Cause:
    there = _union(evidence.there.values())
    if _total(common(possible, there)) < ENOUGH:
        return Cause.NOBODY_PRESENT
    free = _union(
        _without(spans, evidence.busy.get(agent, ())) for agent, spans in evidence.there.items()
    )
    left = common(possible, free)
    if any(_total([span]) >= ENOUGH for span in left):
        return Cause.CLIENT_UNREACHABLE  # it was the client's phone that was taken
    return Cause.ALL_BUSY


def _free(evidence: Evidence, possible: list[Span]) -> list[Span]:
    """When a try was possible: somebody there whose phone is free, and the client's is too."""
    free = _union(
        _without(spans, evidence.busy.get(agent, ())) for agent, spans in evidence.there.items()
    )
    return _without(common(possible, free), evidence.client_busy)


# Stretches of time ---------------------------------------------------------------------------


def _union(many: Iterable[Iterable[Span]]) -> list[Span]:
    return list(merged(sorted(span for spans in many for span in spans)))


def _without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    away = list(merged(sorted(taken)))
    return [left for start, end in spans for left in _cut(away, start, end)]


def _cut(away: Sequence[Span], start: datetime, end: datetime) -> Iterator[Span]:
    inside = [(max(a, start), min(b, end)) for a, b in away if a < end and start < b]
    return gaps(inside, start, end)


def common(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    """What lies in both; each in order."""
    return [part for span in one for part in _within(other, span)]


def _within(spans: Iterable[Span], limits: Span) -> list[Span]:
    start, end = limits
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and start < b]


def _overlap(spans: Iterable[Span], other: Span) -> bool:
    return bool(_within(spans, other))


def _total(spans: Iterable[Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta())
