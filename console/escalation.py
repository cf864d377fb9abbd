"""Escalation on an incident's page: where it stands, who answers, what an agent adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr import escalation, states
from ivr.escalation_levels import Standing
from ivr.models import Agent, EscalationContact, Incident
from ivr.scene import Scene

Form = Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """What the card tells."""

    stands: Standing
    contact: EscalationContact | None
    """Of the level that stands."""
    next_contact: EscalationContact | None
    services: tuple[str, ...]
    hows: tuple[str, ...]
    targets: tuple[str, ...]


def shown(scene: Scene, incident: Incident) -> Shown | None:
    """None where the incident is over and nothing was ever escalated."""
    if incident.state not in states.OPEN and not incident.escalation_level:
        return None
    stands = escalation.standing(scene, incident)
    at = escalation.contact_for
    return Shown(
        stands,
        at(scene, incident, stands.level) if stands.level else None,
        at(scene, incident, stands.next_level) if stands.next_level else None,
        scene.policy.escalation.services,
        escalation.HOWS,
        escalation.TARGETS,
    )


def _escalate(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    reason = form.get("reason", "")
    escalation.escalate_internally(scene, incident, agent, form.get("to", ""), reason)


def _step_in(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    escalation.step_in(scene, incident, agent, form.get("reason", ""))


def _record(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    typed = form.get("level", "")
    level = int(typed) if typed in ("1", "2", "3") else 0
    how, service = form.get("how", ""), form.get("service", "")
    escalation.record_client(scene, incident, agent, level, how, service)


ACTS: Mapping[str, Callable[[Scene, Incident, Agent, Form], None]] = {
    "escalate": _escalate,
    "step_in": _step_in,
    "record_escalation": _record,
}
KINDS: Mapping[str, str] = {
    "escalate": "escalated_internally",
    "step_in": "escalated_internally",
    "record_escalation": "escalated_client",
}
"""The event that each act records."""
