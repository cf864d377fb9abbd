"""What the timeline holds for or against closing an incident, for ivr/closing.py to judge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ivr import closing
from ivr.closing import ANEW, APPROVED, FOLLOW_UP, LEFT, REPLIED, Case, Sign, Way
from ivr.models import Event, Incident
from ivr.scene import Scene

_KINDS: Mapping[str, str] = {
    "message_left": LEFT,
    "client_missed": LEFT,
    "message_sent": LEFT,
    "follow_up": FOLLOW_UP,
    "approved": APPROVED,
    "replied": REPLIED,
    "called_again": REPLIED,
    "joined_by": REPLIED,
    "client_reached": REPLIED,
    "told": REPLIED,
    "escalated_client": REPLIED,
    "resolved": ANEW,
    "reopened": ANEW,
}
"""The kinds of events that may count, and as what."""


def case_of(scene: Scene, incident: Incident) -> Case:
    """The incident as the rules of closing see it, with what this transaction has added."""
    told = select(Event.kind, Event.at, Event.facts).where(
        Event.incident_id == incident.id, Event.kind.in_(_KINDS)
    )
    rows = scene.session.execute(told.order_by(Event.id))
    signs = [_sign(kind, at, facts) for kind, at, facts in rows if _counts(kind, facts)]
    return Case(incident.state, incident.priority, incident.security, signs)


def proposal(scene: Scene, incident: Incident) -> Way | None:
    """How it may be closed first, and from when on; none: nothing leads there yet."""
    if incident.state not in ("waiting", "resolved"):
        return None
    return closing.proposal(scene.policy.closing, scene.policy.hours, case_of(scene, incident))


def _sign(kind: str, at: datetime, facts: Mapping[str, Any]) -> Sign:
    channel = "voicemail" if kind == "client_missed" else str(facts.get("channel", ""))
    return Sign(_KINDS[kind], at, channel)


def _counts(kind: str, facts: Mapping[str, Any]) -> bool:
    """A callback that a voicemail took leaves a message; so does the letter that it is resolved."""
    match kind:
        case "client_missed":
            return facts.get("outcome") == "voicemail"
        case "message_sent":
            purpose = str(facts.get("purpose", ""))
            return purpose.startswith("resolved") and facts.get("channel") == "mail"
        case "told":
            return facts.get("how") in ("call", "spoken")
    return True
