"""Which level of escalation a client may ask for, and from when (§3): a pure rule.

Level by level, each only after the one before, and after a time that is data, which runs on the
incident's own clock: a director is not asked on Saturday for what the team lead heard of on Friday
at closing time, unless the contract counts that night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.hours import OpenTime
from ivr.reason import Reason

LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Asked:
    """The client asked for a level, at a UTC moment."""

    level: int
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Where a client's escalation stands, and what may follow."""

    level: int
    """The highest level that was asked for; 0: none."""
    next_level: int | None
    """None: the last level stands already."""
    next_from: datetime | None
    """When the next level may be asked for (UTC); none: at once, or there is no next one."""

    def is_next_open(self, now: datetime) -> bool:
        if self.next_level is None:
            return False
        return self.next_from is None or self.next_from <= now


def standing(asked: Sequence[Asked], after: timedelta, counted: OpenTime) -> Standing:
    """`after` is what passes between two levels, on the clock `counted`."""
    if not asked:
        return Standing(0, LEVELS[0], None)
    highest = max(asked, key=lambda each: (each.level, -each.at.timestamp()))
    if highest.level >= LEVELS[-1]:
        return Standing(highest.level, None, None)
    return Standing(highest.level, highest.level + 1, counted.add(highest.at, after))


def refusal(stands: Standing, level: int, now: datetime, *, senior: bool = False) -> Reason | None:
    """Why the level may not be asked for at `now`; none: it may.

    A `senior` (a team lead or a manager) need not wait for the time: the client may find that the
    action plan does not satisfy. Nobody leaves a level out.
    """
    if level not in LEVELS:
        return Reason("escalation.no_level", {"level": level})
    if level <= stands.level:
        return Reason("escalation.asked_already", {"level": level})
    if level != stands.next_level:
        return Reason("escalation.level_before", {"level": level, "before": level - 1})
    if not senior and not stands.is_next_open(now):
        assert stands.next_from is not None
        return Reason(
            "escalation.too_soon", {"level": level, "opens": stands.next_from.isoformat()}
        )
    return None
