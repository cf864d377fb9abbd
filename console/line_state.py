"""The state of the line, above the list: open or closed, who is on call, and what does not work.

Nothing here asks Twilio: what the processes last said of themselves is in the database, the last
rota in a file, and the queue answers at once or is left alone for a while (jobs/queue.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from console.health import is_dead
from console.measures import heartbeat_ages
from ivr import last_rota, listing, outages
from ivr.days import DayName
from ivr.hours import Opening
from ivr.models import Agent, Outage
from ivr.rota.stretches import next_changes
from ivr.scene import Scene
from ivr.staff import Staff
from line import Line

AHEAD = timedelta(days=8)
"""As far as the next handover is looked for: a rotation by the week has one."""
HOLIDAYS = timedelta(days=366)
OLD_ROTA = 600.0
"""Seconds: the sweep keeps the last rota each half minute; an older one is not kept any more."""


@dataclass(frozen=True)
class Handover:
    """From `at` (UTC) on, these are on call."""

    at: datetime
    agents: Sequence[Agent]


@dataclass(frozen=True)
class Holiday:
    day: date
    name: DayName


@dataclass(frozen=True)
class Part:
    """A part of the line that works or does not; `state` has its words."""

    name: Literal["line", "queue", "fallback"]
    state: str
    good: bool


@dataclass(frozen=True)
class Strip:
    opening: Opening
    holiday: Holiday | None
    on_call: Sequence[Agent]
    handover: Handover | None
    overdue: int
    """Broken promises, counted up to `listing.MOST_COUNTED`."""
    outage: Outage | None
    """Known, and told to callers."""
    outage_overdue: bool
    parts: Sequence[Part]


def strip(line: Line, scene: Scene) -> Strip:
    outage = outages.current(scene)
    staff = Staff.read(scene, scene.now + AHEAD)
    return Strip(
        scene.policy.hours.opening_at(scene.now),
        _next_holiday(scene),
        staff.on_call(scene.now),
        _handover(staff, scene.now),
        listing.overdue(scene.session, scene.now),
        outage,
        outage is not None and outages.is_overdue(scene, outage),
        (_line(scene), _queue(line), _fallback(line, scene)),
    )


def _handover(staff: Staff, now: datetime) -> Handover | None:
    """When other people are next on call than now, backups and all; none: not in these days."""
    present = staff.on_call(now)
    for change in next_changes(staff.rota, now, now + AHEAD):
        agents = staff.on_call(change.at)
        if agents != present:
            return Handover(change.at, agents)
    return None


def _next_holiday(scene: Scene) -> Holiday | None:
    """The next day that has a name, today's too; closed all day or half of it."""
    today = scene.now.astimezone(scene.policy.zone).date()
    for ahead in range(HOLIDAYS.days):
        day = today + timedelta(days=ahead)
        special = scene.policy.hours.special_day(day)
        if special is not None and special.name is not None:
            return Holiday(day, special.name)
    return None


def _line(scene: Scene) -> Part:
    """The way of a call needs the web alone; callbacks need one of the two that do them."""
    dead = [name for name, age in heartbeat_ages(scene.session, scene.now).items() if is_dead(age)]
    if len(dead) > 1:
        return Part("line", "nobody_works", good=False)
    return Part("line", f"no_{dead[0]}" if dead else "good", good=not dead)


def _queue(line: Line) -> Part:
    answers = line.queue.answers()
    return Part("queue", "good" if answers else "away", good=answers)


def _fallback(line: Line, scene: Scene) -> Part:
    folder = line.settings.fallback_dir
    if not last_rota.is_kept(folder) or (age := last_rota.age(folder, scene.now)) is None:
        return Part("fallback", "never", good=False)
    old = abs(age) > OLD_ROTA
    return Part("fallback", "old" if old else "good", good=not old)
