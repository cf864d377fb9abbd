"""What others are told of an incident's events: by which name, and how much of it.

The rows of the messages are written here, by `ivr/timeline.record`, in the event's transaction;
ivr/deliveries.py has their life, jobs/deliver.py sends them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, insert, literal, null, select

from ivr.models import (
    Event,
    Incident,
    Json,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTarget,
)
from ivr.rows import run
from ivr.scene import Scene

TYPES: Mapping[str, str] = {
    "opened": "incident.opened",
    "refused": "incident.refused",
    "readmitted": "incident.readmitted",
    "priority_set": "incident.priority_set",
    "taken": "incident.taken",
    "handed_over": "incident.handed_over",
    "handed_back": "incident.handed_back",
    "told": "incident.told",
    "untold": "incident.untold",
    "started": "incident.started",
    "waiting": "incident.waiting",
    "resumed": "incident.resumed",
    "note": "incident.note_added",
    "escalated": "incident.paged_further",
    "escalated_client": "incident.escalated_by_client",
    "escalated_internally": "incident.escalated",
    "threshold": "incident.threshold",
    "security_marked": "incident.security_marked",
    "security_lifted": "incident.security_lifted",
    "documented": "incident.documented",
    "resolved": "incident.resolved",
    "approved": "incident.approved",
    "closed": "incident.closed",
    "reopened": "incident.reopened",
}
"""By the kind of event; what is not here stays within."""
BREACHED = "incident.breached"
"""A threshold of 100 %: the promise is broken."""
_FIRST = tuple(TYPES.values()).index(TYPES["threshold"]) + 1
ALL = (*tuple(TYPES.values())[:_FIRST], BREACHED, *tuple(TYPES.values())[_FIRST:])
"""In the order of an incident's life."""
TEST = "webhook.test"

_PLAIN = frozenset(
    ("how", "priority", "was", "claimed", "clock", "percent", "due", "level", "people", "every")
)
"""Facts that name nobody, and that nobody has typed."""
_WRITE = insert(WebhookDelivery).from_select(
    [
        "target_id",
        "type",
        "event_id",
        "incident_id",
        "created_at",
        "send_at",
        "attempts",
        "failure",
    ],
    select(
        WebhookTarget.id,
        bindparam("type", type_=WebhookDelivery.type.type),
        bindparam("event", type_=WebhookDelivery.event_id.type),
        bindparam("incident", type_=WebhookDelivery.incident_id.type),
        bindparam("now", type_=WebhookDelivery.created_at.type),
        bindparam("now", type_=WebhookDelivery.created_at.type),
        literal(0),
        literal(""),
    )
    .join(WebhookSubscription)
    .where(
        WebhookSubscription.type == bindparam("type", type_=WebhookDelivery.type.type),
        WebhookTarget.paused_at.is_(null()),
        WebhookTarget.removed_at.is_(null()),
    ),
)


def write(scene: Scene, incident: Incident, event_id: int, kind: str, facts: Json) -> None:
    """A row for each target that wants to hear of it; one statement, for a caller may wait."""
    if (type_ := type_of(kind, facts)) is not None:
        now = scene.now
        run(scene.session, _WRITE, type=type_, event=event_id, incident=incident.id, now=now)


def type_of(kind: str, facts: Json) -> str | None:
    """What others call it; none: they are not told."""
    if kind == "threshold" and facts.get("percent") == 100:
        return BREACHED
    return TYPES.get(kind)


def body(message: WebhookDelivery) -> Json:
    """What is sent: the event as it was, and the incident as it is now.

    Who called and who acted, and what people typed, go to a target with the right "incidents";
    which client it is, to one with "clients". Without them there are references and moments only.
    """
    event, incident = message.event, message.incident
    at = event.at if event else message.created_at
    data: Json = {}
    if incident is not None:
        data["incident"] = _incident(incident, message.target.rights)
    if event is not None:
        data["event"] = _event(event, message.target.rights)
    return {"type": message.type, "timestamp": at.isoformat(), "data": data}


def _incident(incident: Incident, rights: list[str]) -> Json:
    told: Json = {
        "id": incident.id,
        "reference": incident.reference,
        "state": incident.state,
        "priority": incident.priority,
        "product": incident.product,
        "environment": incident.environment,
        "extended": incident.extended,
        "opened_at": _written(incident.opened_at),
        "due_at": _written(incident.due_at),
        "taken_at": _written(incident.taken_at),
        "told_at": _written(incident.told_at),
        "resolved_at": _written(incident.resolved_at),
        "closed_at": _written(incident.closed_at),
    }
    if "clients" in rights:
        client = incident.client
        told["client"] = {"number": client.number, "name": client.name} if client else None
    if "incidents" in rights:
        told["caller"] = incident.super_user.name if incident.super_user else None
        told["callback_number"] = incident.callback_number
        told["callback_extension"] = incident.callback_extension
        told["holder"] = incident.holder.name if incident.holder else None
    return told


def _event(event: Event, rights: list[str]) -> Json:
    told: Json = {"id": event.id, "kind": event.kind}
    if "incidents" in rights:
        told["agent"] = event.agent.name if event.agent else None
        told["facts"] = dict(event.facts)
    else:
        told["facts"] = {name: fact for name, fact in event.facts.items() if name in _PLAIN}
    return told


def _written(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
