"""In what order clients are called back, whose phone rings for which of them, and why (§4).

P1 first, then by the time that is left: the moment at which the incident's own clock runs out,
whichever hours count for it. Never by arrival. The engine (callback_queue.py) and the screen
decide and explain by the same functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.reason import Fact, Reason

FIRST = "P1"
"""The priority that goes before all others, however much time they have left."""


@dataclass(frozen=True)
class Owed:
    """A callback that is owed to a client. Moments are UTC."""

    id: int
    priority: str
    due_at: datetime


def rank(owed: Owed) -> tuple[bool, datetime, int]:
    """What callbacks are sorted by; of two that are due together, the one opened first."""
    return owed.priority != FIRST, owed.due_at, owed.id


def spread(wanted: Iterable[tuple[int, Sequence[int]]], free: Collection[int]) -> dict[int, int]:
    """Whose phone rings for which callback: the agent's id by the callback's.

    `wanted` is each callback with the agents whom it may ring, both in order, and is read no
    further than there are agents left in `free`: nobody is rung for two things.
    """
    left, chosen = set(free), dict[int, int]()
    if not left:
        return chosen
    for callback, agents in wanted:
        agent = next((agent for agent in agents if agent in left), None)
        if agent is not None:
            chosen[callback] = agent
            left.discard(agent)
        if not left:
            break
    return chosen


# Why it stands where it stands ----------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What the screen knows of one callback at a moment."""

    owed: Owed
    at: datetime
    """From when on agents are rung for it."""
    left: timedelta
    """On the incident's own clock; less than nothing: overdue by so much."""
    attempts: int
    rung: str = ""
    """The agent whose phone rings for it, or who talks with the client."""
    client_talks: bool = False
    """The client's phone rings, or is engaged, for another incident of ours."""
    capped: str = ""
    """The cap that holds it back: "number", "client", "day" or "spend"."""


def places(standings: Iterable[Standing], now: datetime, there: int) -> Mapping[int, Reason]:
    """Why each callback is where it is, as a reason by its id; `there`: how many agents there are.

    Those whose moment has come stand in line, the others have a moment of their own.
    """
    ordered = sorted(standings, key=lambda standing: rank(standing.owed))
    line = [each for each in ordered if each.at <= now and not each.rung]
    place = {each.owed.id: number for number, each in enumerate(line, 1)}
    return {each.owed.id: _why(each, place.get(each.owed.id), there) for each in ordered}


def _why(standing: Standing, place: int | None, there: int) -> Reason:
    if standing.rung:
        return Reason("ordering.rung", {"agent": standing.rung})
    if place is None:
        return _later(standing)
    facts: dict[str, Fact] = {"place": place, "priority": standing.owed.priority, "there": there}
    seconds = int(abs(standing.left).total_seconds())
    if standing.client_talks:
        return Reason("ordering.client_talks", {"place": place})
    if not there:
        return Reason("ordering.nobody", {"place": place})
    if standing.left < timedelta():
        return Reason("ordering.late", {**facts, "late": seconds})
    return Reason("ordering.next", {**facts, "left": seconds})


def _later(standing: Standing) -> Reason:
    at = standing.at.isoformat()
    if standing.capped:
        return Reason(f"ordering.capped_{standing.capped}", {"at": at})
    if standing.attempts:
        return Reason("ordering.again", {"at": at, "attempts": standing.attempts})
    return Reason("ordering.planned", {"at": at})
