"""An agent asks for five minutes: the promise of a call, while the search goes on.

The clinic is down and its caller holds, so the next free agent is rung all the same, and hears of
it by SMS before the phone rings: an answer now is better than one in five minutes, and a voicemail
whose greeting plays this key can send nobody away. Only where nobody else accepts is the caller
let go, with the promise; that agent is then the first to be rung, when the five minutes are over.
"""

from __future__ import annotations

from ivr import alerts, legs, timeline
from ivr.models import Leg
from ivr.scene import Scene


def ask(scene: Scene, leg: Leg) -> None:
    """The agent of `leg` is ready in policy.toml's `later`; the first to ask is called back first.

    It takes nothing in charge (law 7): asking for time is no promise kept.
    """
    if not legs.end(scene, leg, "later"):
        return
    incident = leg.incident
    if incident.later_at is None:
        incident.later_agent = leg.agent
        incident.later_at = scene.now + scene.policy.ringing.later
        at = incident.later_at.isoformat()
        timeline.record(scene, incident, "asked_later", leg.agent, at=at)
    alerts.warn_next_level(scene, leg)
