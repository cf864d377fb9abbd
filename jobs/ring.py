"""Rings one phone of a level that is rung at once, and ends the calls that are wanted no more."""

from __future__ import annotations

import logging

from ivr import legs, level_ring
from ivr.database import reading
from ivr.models import Leg
from jobs.phone import PhoneError
from line import Line

log = logging.getLogger(__name__)


def ring(line: Line, leg_id: int) -> None:
    """Places the leg's call, once: what fails here is rung in order, by the caller's own call."""
    with line.scene() as scene:
        leg = level_ring.claim(scene, leg_id)
    if leg is None:
        return
    url = f"{line.settings.public_url}/leg"
    try:
        sid = line.phone.ring(
            leg.number,
            url=f"{url}/whisper?asked=0&leg={leg.id}",
            status_url=f"{url}/status?leg={leg.id}",
            seconds=line.policy.ringing.seconds,
        )
    except PhoneError as error:
        log.warning("incident %s, leg %s: not placed: %s", leg.incident_id, leg.id, error)
        _not_placed(line, leg_id, error)
        return
    if not _still_wanted(line, leg_id, sid):
        line.phone.hang_up(sid)


def hang_up(line: Line, leg_id: int) -> None:
    """Ends the leg's call, never a talk; one that is being placed is ended by whoever places it."""
    with reading(line.sessions) as session:
        leg = session.get(Leg, leg_id)
    if leg is None or leg.sid is None or (leg.accepted_at and not leg.ended_at):
        return
    try:
        line.phone.hang_up(leg.sid)
    except PhoneError as error:  # it rings out, and whoever picks up hears that it is taken
        log.warning("incident %s, leg %s: not hung up: %s", leg.incident_id, leg_id, error)


def _still_wanted(line: Line, leg_id: int, sid: str) -> bool:
    """Stores the sid; false where the leg is over meanwhile, or is another call's."""
    with line.scene() as scene:
        leg = scene.session.get_one(Leg, leg_id)
        return legs.adopt(scene, leg, sid) and leg.ended_at is None


def _not_placed(line: Line, leg_id: int, error: PhoneError) -> None:
    """An answer that was lost may be a phone that rings: its own news, or the 8 s, will tell."""
    if error.unknown:
        return
    with line.scene() as scene:
        leg = scene.session.get_one(Leg, leg_id)
        legs.end(scene, leg, "failed" if error.permanent else legs.NEVER_RANG)
