"""When, in what order and how often an incident is called back. The row is the queue (law 5).

`callback_at` says when to look next, `callback_claimed_until` who looks: job and sweep take a row
by the same conditional UPDATE, whose row count says who won. A claim is a lease that expires.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session

from ivr import callers, paging, sla, timeline
from ivr.database import changed
from ivr.hours import OpenTime
from ivr.models import Incident
from ivr.ordering import FIRST
from ivr.scene import Scene

NOBODY_FREE = timedelta(seconds=30)
SHORTEST = timedelta(minutes=1)


# What is owed --------------------------------------------------------------------------------


def plan(scene: Scene, incident: Incident) -> None:
    """The caller has gone: called back from the moment that the policy gives (§4), or at once.

    Nothing where it was refused, where the client has been spoken to, or where agents have been
    rung for it already: a status callback that comes twice changes no schedule.
    """
    if _nothing_owed(incident) or incident.callback_attempts:
        return
    at = max(scene.now, _from(scene, incident))
    if at != owed_at(incident):
        _owe_at(incident, at)
        due_at = incident.due_at.isoformat()
        timeline.record(scene, incident, "callback_planned", at=at.isoformat(), due=due_at)
    if at <= scene.now:
        scene.nudge("call_back", incident.id)


def hold(scene: Scene, incident: Incident) -> None:
    """The caller is on the line: not yet, but a lost status callback still leads to a callback."""
    if not _nothing_owed(incident):
        guard, owed = scene.policy.callbacks.live_call_guard, owed_at(incident)
        if owed is None or owed < scene.now + guard / 2:
            _owe_at(incident, max(scene.now + guard, _from(scene, incident)))


def owe(scene: Scene, incident: Incident) -> None:
    """The caller was told of a call that was not owed yet: somebody who was spoken to and cut
    off, or whose call has joined another. Held like any other while the caller is on the line."""
    if owed_at(incident) is None and incident.state != "refused":
        _owe_at(incident, scene.now + scene.policy.callbacks.live_call_guard)


def sooner(scene: Scene, incident: Incident) -> None:
    """The priority has changed: what is owed is owed from the moment that it gives, never later."""
    if (owed := owed_at(incident)) is not None:
        at = min(owed, max(scene.now, _from(scene, incident)))
        _owe_at(incident, at)
        if at <= scene.now:
            scene.nudge("call_back", incident.id)


def stop(incident: Incident) -> None:
    """The client was reached, or the call refused: nothing is owed any more."""
    incident.callback_at = incident.callback_claimed_until = incident.callback_capped = None
    forget_asked(incident)


def owed_at(incident: Incident) -> datetime | None:
    """When the client is owed a call; none: nothing is.

    While an agent asks to call now, `callback_at` is the moment of that wish (ivr/call_now.py).
    """
    asked = incident.callback_asked_at is not None
    return incident.callback_owed_at if asked else incident.callback_at


def _owe_at(incident: Incident, at: datetime) -> None:
    """A wish that is under way stays as it is: what is owed outlives it."""
    if incident.callback_asked_at is not None:
        incident.callback_owed_at = at
        incident.callback_at = incident.callback_at or at
    else:
        incident.callback_at = at


def forget_asked(incident: Incident) -> None:
    """Nobody asks to call now any more: what is owed is anybody's of the team again."""
    incident.callback_agent = incident.callback_asked_at = incident.callback_owed_at = None


def is_extended(scene: Scene, incident: Incident) -> bool:
    """Is it a P1 of a client with the extended service, whose clock runs after hours too?"""
    return counted_time(scene, incident) is not scene.policy.hours


def counted_time(scene: Scene, incident: Incident) -> OpenTime:
    """The hours in which its clock runs and people are rung for it (§4; a P1 of the extended
    service: the contract's window too)."""
    window = callers.extended_window(scene, incident)
    return sla.clock(scene.policy, incident.priority, window)


def _nothing_owed(incident: Incident) -> bool:
    covered = incident.told_at is not None or incident.linked_to_id is not None
    paid = covered and owed_at(incident) is None
    return paid or incident.state in ("refused", "closed")


def _from(scene: Scene, incident: Incident) -> datetime:
    window = callers.extended_window(scene, incident)
    start = sla.call_from(scene.policy, incident.priority, incident.opened_at, window)
    return max(start, incident.later_at or start)  # an agent asked for five minutes


# Who works on it -----------------------------------------------------------------------------


def claim(scene: Scene, incident_id: int) -> Incident | None:
    """The incident, where its callback is due and nobody else works on it: ours for the lease."""
    ours = (
        update(Incident)
        .where(Incident.id == incident_id, *_due_at(scene.now))
        .values(
            callback_claimed_until=scene.now + scene.policy.callbacks.lease,
            callback_waits=False,
            callback_capped=None,
        )
        .execution_options(synchronize_session=False)
    )
    if not changed(scene.session, ours):
        return None
    return scene.session.get(Incident, incident_id, populate_existing=True)


def keep(scene: Scene, incident: Incident, lease: timedelta | None = None) -> None:
    """Somebody is still at it: the claim lasts a lease from now, or as long as is given."""
    incident.callback_claimed_until = scene.now + (lease or scene.policy.callbacks.lease)


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """The incidents to call back now: P1 first, then by the time that is left."""
    return session.scalars(
        select(Incident.id).where(*_due_at(now)).order_by(*urgency()).limit(limit)
    ).all()


def upcoming(session: Session, now: datetime) -> datetime | None:
    """The next moment at which a callback falls due, after `now`; none: none is planned."""
    planned = Incident.callback_at
    first: datetime | None = session.scalar(select(func.min(planned)).where(planned > now))
    return first


def next_due(session: Session) -> datetime | None:
    """The first moment at which a callback is to be looked at; none: nothing is owed."""
    claimed, planned = Incident.callback_claimed_until, Incident.callback_at
    looked_at = case((claimed > planned, claimed), else_=planned)
    first: datetime | None = session.scalar(select(func.min(looked_at)).where(planned.is_not(None)))
    return first


def _due_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    claimed = Incident.callback_claimed_until
    return Incident.callback_at <= now, or_(claimed.is_(None), claimed <= now)


def urgency() -> tuple[ColumnElement[Any], ...]:
    """The order of ivr/ordering.py, for the database."""
    p1_first = case((Incident.priority == FIRST, 0), else_=1)
    return p1_first, Incident.due_at.expression, Incident.id.expression


# When again ----------------------------------------------------------------------------------


def retry(scene: Scene, incident: Incident) -> None:
    """Nobody accepted, or the client was not reached: counted, and tried again in what is left.

    The pauses are the policy's, the last one repeats, and none is longer than what is left of
    §4's time; outside the hours in which people are rung it is the next opening.
    """
    forget_asked(incident)
    incident.callback_attempts += 1
    timeline.record(scene, incident, "callback_tried", attempt=incident.callback_attempts)
    if paging.is_paged(incident):
        counted = counted_time(scene, incident)
        later(scene, incident, paging.next_round(scene, incident, counted) - scene.now)
        return
    pause = scene.policy.callbacks.retry_after(incident.callback_attempts)
    left = incident.due_at - scene.now
    if timedelta(0) < left < pause:
        pause = max(left / 2, SHORTEST)
    later(scene, incident, pause)


def later(scene: Scene, incident: Incident, pause: timedelta) -> None:
    """Looked at again after `pause`, in the hours in which people are rung for it."""
    incident.callback_at = counted_time(scene, incident).next_open(scene.now + pause)
    incident.callback_claimed_until = None


def at_once(scene: Scene, incident: Incident) -> None:
    """Owed from now on; while somebody asks to call, once that is over."""
    owed = owed_at(incident)
    _owe_at(incident, min(owed or scene.now, scene.now))
    if incident.callback_asked_at is None:
        look_again(scene, incident)


def look_again(scene: Scene, incident: Incident) -> None:
    """Looked at again now: an agent did not take it, and the next one is rung."""
    incident.callback_at = min(incident.callback_at or scene.now, scene.now)
    incident.callback_claimed_until = scene.now  # free to be claimed, from this moment on
    scene.nudge("call_back", incident.id)


def wait_for_agent(scene: Scene, incident: Incident) -> None:
    """Nobody is free: no attempt. It stays due; a phone that is free, or time, ends the wait."""
    keep(scene, incident, NOBODY_FREE)
    incident.callback_waits = True
