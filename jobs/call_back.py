"""One look at an incident that is to be called back: an agent's phone is rung, once.

1. One transaction claims the incident, chooses the agent and writes the leg.
2. After its commit one REST request rings the agent; the leg's TwiML dials the client.
3. The call's sid is stored. Whoever is killed in between leaves a leg without one: when the lease
   has run out, the leg is looked up at Twilio before anything is placed again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ivr import callback_legs, callback_queue, callbacks, legs
from ivr.models import Leg
from ivr.scene import Scene
from jobs.look_up import settle_leg
from jobs.phone import PhoneError
from line import Line

log = logging.getLogger(__name__)

PLACING = timedelta(seconds=20)
"""What placing may take: a request with less of the lease left is not made at all."""
LOOK_UP_AFTER = timedelta(seconds=10)
"""When the answer was lost: Twilio's list has the call by then, if there is one."""
TROUBLE = timedelta(minutes=10)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 15, 30, 60))  # while Twilio places nothing


def call_back(line: Line, incident_id: int) -> None:
    """Looks at the incident, where its callback is due and nobody else does; twice does no harm."""
    with line.scene() as scene:
        incident = callbacks.claim(scene, incident_id)
        if incident is None:
            return
        unsettled = [leg.id for leg in callback_legs.live(scene, incident)]
        leg = None if unsettled else callback_legs.ring_next(scene, incident)
        until = incident.callback_claimed_until or scene.now
    for leg_id in unsettled:
        settle_leg(line, leg_id)
    if leg:
        _place(line, leg, until)


def wake(line: Line, agent_id: int) -> None:
    """The agent's phone is free: the callback that it may ring for waits no longer."""
    with line.scene() as scene:
        callback_queue.wake(scene, agent_id)


def _place(line: Line, leg: Leg, until: datetime) -> None:
    lease = line.policy.callbacks.lease
    if until - line.clock() < min(PLACING, lease / 2):
        log.warning("incident %s, leg %s: too slow to place it", leg.incident_id, leg.id)
        _not_placed(line, leg.id)
        return
    url = f"{line.settings.public_url}/callback"
    try:
        sid = line.phone.ring(
            leg.number,
            url=f"{url}/agent?leg={leg.id}",
            status_url=f"{url}/status?leg={leg.id}",
            seconds=line.policy.callbacks.agent_ring_seconds,
        )
    except PhoneError as error:
        log.warning("incident %s, leg %s: not placed: %s", leg.incident_id, leg.id, error)
        _refused(line, leg.id, error)
        return
    if not _placed(line, leg.id, sid):
        log.warning("incident %s, leg %s: a call too many, ended", leg.incident_id, leg.id)
        line.phone.hang_up(sid)


def _placed(line: Line, leg_id: int, sid: str) -> bool:
    """Stores the sid; false where the leg was given up or taken meanwhile, or is another's."""
    with line.scene() as scene:
        leg = callback_legs.find(scene, leg_id)
        if leg is None or not legs.adopt(scene, leg, sid):
            return False
        return leg.outcome not in (legs.NEVER_RANG, legs.GAVE_WAY)


def _refused(line: Line, leg_id: int, error: PhoneError) -> None:
    """A number that cannot be called: the next agent. An answer that was lost: looked up soon."""
    if not error.permanent and not error.unknown:
        _not_placed(line, leg_id)
        return
    with line.scene() as scene:
        leg = callback_legs.find(scene, leg_id)
        if leg is None or leg.ended_at is not None:
            return
        if error.permanent:
            callback_legs.over(scene, leg, "failed")
        else:
            callbacks.keep(scene, leg.incident, LOOK_UP_AFTER)


def _not_placed(line: Line, leg_id: int) -> None:
    """Nothing rang, and it is not the number's fault: the same agents again after a pause."""
    with line.scene() as scene:
        leg = callback_legs.find(scene, leg_id)
        if leg and legs.end(scene, leg, legs.NEVER_RANG):
            pause = PAUSES[min(_recent_trouble(scene, leg), len(PAUSES)) - 1]
            callbacks.keep(scene, leg.incident, pause)


def _recent_trouble(scene: Scene, leg: Leg) -> int:
    """How many of the incident's legs could not be placed lately, this one included."""
    unplaced = select(func.count()).where(
        Leg.incident_id == leg.incident_id,
        Leg.outcome == legs.NEVER_RANG,
        Leg.created_at > scene.now - TROUBLE,
    )
    return scene.session.scalar(unplaced) or 1
