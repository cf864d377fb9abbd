"""Was the agent who accepted really joined with the caller? Twilio's word, or what time tells.

The accept key tells the client (§4) at once, so that nobody else is rung. A caller who hangs up in
that same second was never joined: told then stands no longer, and the callback is owed again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from ivr import callbacks, incidents, legs, timeline
from ivr.models import Call, Leg
from ivr.scene import Scene

TOO_SHORT = timedelta(seconds=5)
"""A caller who is gone so soon after the key, without Twilio's word that the two were joined, has
talked with nobody; if after all they had, one call too many is the lesser harm."""


def proved(scene: Scene, leg: Leg) -> None:
    """Twilio says that the two were joined (DialBridged, or the queue's result)."""
    doubted, leg.bridged = leg.bridged is False, True
    if doubted and leg.agent_id is not None:
        incidents.client_told(scene, leg.incident, how="call", agent=leg.agent)


def failed(scene: Scene, leg: Leg) -> None:
    """They were not: whoever accepted keeps the incident, the client is still to be called."""
    if leg.bridged is not None or leg.accepted_at is None:
        return
    leg.bridged = False
    if leg.agent_id is None:  # whom a caller asked for (§3) has taken nothing, and told nothing
        legs.end(scene, leg, "hung_up")
        return
    incident = leg.incident
    for told in (incident, *incident.linked):
        if told.told_at is not None and told.told_at >= leg.accepted_at:
            incidents.not_told(scene, told)
    timeline.record(scene, incident, "not_joined", leg.agent)
    legs.end(scene, leg, "hung_up")
    if leg.call is None or leg.call.ended_at is not None:
        callbacks.at_once(scene, incident)
    else:
        callbacks.hold(scene, incident)


def unproved(scene: Scene, call: Call, over_at: datetime) -> None:
    """The caller's call ended at `over_at` (UTC), and nobody said that the two were joined."""
    accepted = select(Leg).where(
        Leg.call_id == call.id, Leg.accepted_at.is_not(None), Leg.bridged.is_(None)
    )
    for leg in scene.session.scalars(accepted):
        assert leg.accepted_at is not None
        if min(over_at, leg.ended_at or over_at) - leg.accepted_at < TOO_SHORT:
            failed(scene, leg)
