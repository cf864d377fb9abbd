"""A phone as the page shows it: whose it is, what it does, and the incident that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from console.phone.people import Person
from console.phone.story import Call
from console.words import Words
from ivr.models import Call as CallRow
from ivr.models import Incident, Leg
from ivr.scene import Scene

ON_THE_PHONE = ("ringing", "in-progress")


def far(call: Call) -> str:
    """The number of the phone at the far end."""
    return str(call["from"] if call["direction"] == "inbound" else call["to"])


def phone(t: Words, person: Person, seen: Mapping[str, Any], scene: Scene) -> dict[str, Any]:
    calls = [call for call in seen["calls"] if far(call) == person.number]
    call = next((call for call in calls if call["status"] in ON_THE_PHONE), None)
    return {
        "number": person.number,
        "written": t.phone(person.number) if t.dialable(person.number) else "",
        "name": person.name,
        "detail": person.detail or (t.named("handsets.duty", person.duty) if person.duty else ""),
        "agent": person.is_agent,
        "does": seen["does"].get(person.number, "no-answer"),
        **_state(t, call),
        "call": call and _call(call),
        "file": _file(scene, t, call or next(iter(calls), None)) if calls else None,
    }


def _state(t: Words, call: Call | None) -> dict[str, str]:
    """What the phone is doing, as a name for the style sheet and in words."""
    if call is None:
        state = "idle"
    elif call["connected_with"]:
        state = "talks"
    elif call["waits_for"] == "record":
        state = "records"
    elif call["status"] == "in-progress":
        state = "answered"
    else:
        state = "calling" if call["direction"] == "inbound" else "rings"
    return {"state": state, "said": t.named("handsets.phone", state)}


def _call(call: Call) -> dict[str, Any]:
    """`talks`: connected with the other party; `records`: the line listens to words."""
    return {
        "sid": call["sid"],
        "rings": call["direction"] != "inbound" and call["status"] == "ringing",
        "answered": call["status"] == "in-progress",
        "talks": call["connected_with"] is not None,
        "records": call["waits_for"] == "record",
    }


def _file(scene: Scene, t: Words, call: Call | None) -> dict[str, Any] | None:
    """The incident that a call is about, as a link."""
    incident = call and _about(scene, call["sid"])
    if not incident:
        return None
    return {
        "url": url_for("console.incident_page", incident_id=incident.id),
        "text": t(
            "handsets.file",
            reference=t.reference(incident.reference),
            priority=incident.priority or "",
            state=t.named("states", incident.state),
        ),
    }


def _about(scene: Scene, sid: str) -> Incident | None:
    call = row(scene, sid)
    if call is not None:
        return call.about
    of_leg = select(Incident).join(Leg, Leg.incident_id == Incident.id).where(Leg.sid == sid)
    return scene.session.scalars(of_leg).first()


def row(scene: Scene, sid: str) -> CallRow | None:
    return scene.session.scalar(
        select(CallRow).options(joinedload(CallRow.incident)).where(CallRow.sid == sid)
    )
