"""Escalation (§2.1.4, §3): a client asks for the next level, a specialist for help.

A client's escalation is an event of the incident, by phone or told to an agent: which level may be
asked for stands in ivr/escalation_levels.py, who answers at it is data. It takes the incident out
of nobody's hands: only a manager who steps in does that, as a person's act.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from ivr import (
    callbacks,
    escalation_letters,
    escalation_levels,
    incidents,
    staff,
    timeline,
    working,
)
from ivr.escalation_levels import Asked, Standing
from ivr.incidents import Refused
from ivr.models import Agent, EscalationContact, Event, Incident
from ivr.reason import Reason
from ivr.scene import Scene

Target = Literal["lead", "manager"]
TARGETS: tuple[Target, ...] = ("lead", "manager")
"""Whom a specialist asks: the higher technical level, which the team lead is, or the manager."""
HOWS = ("call", "mail", "portal", "person")
"""How a client asked whose escalation an agent records; the line itself says "phone"."""


@dataclass(frozen=True)
class Answer:
    """What a caller who asks for a manager is told."""

    contact: EscalationContact | None
    """Of the level that stands now; none: nobody is on file for it."""
    stands: Standing
    is_new: bool
    """The level was asked for just now."""


# A client's escalation (§3) -------------------------------------------------------------------


def contact_for(
    scene: Scene, incident: Incident, level: int, service: str = ""
) -> EscalationContact | None:
    """Who answers at the level: for the service that is asked for; else for the incident's product,
    for technical assistance, or for all that has nobody of its own, in this order.
    """
    at_level = select(EscalationContact).where(EscalationContact.level == level)
    found = {(c.product, c.service): c for c in scene.session.scalars(at_level)}
    wanted = [("", service)] if service else [(incident.product or "", "")]
    wanted += [("", scene.policy.escalation.services[0]), ("", "")]
    return next((found[key] for key in wanted if key in found), None)


def standing(scene: Scene, incident: Incident) -> Standing:
    """Where the client's escalation stands, derived from the timeline."""
    scene.session.flush()
    events = select(Event).where(Event.incident_id == incident.id, Event.kind == "escalated_client")
    asked = [Asked(event.facts["level"], event.at) for event in scene.session.scalars(events)]
    after = scene.policy.escalation.next_level_after[incident.priority]
    return escalation_levels.standing(asked, after, callbacks.counted_time(scene, incident))


def ask(scene: Scene, incident: Incident) -> Answer:
    """A caller asks for a manager: the next level, where its time has come; else who stands."""
    incidents.lock(scene, incident)
    stands = standing(scene, incident)
    if stands.next_level is None or not stands.is_next_open(scene.now):
        return Answer(contact_for(scene, incident, stands.level), stands, is_new=False)
    contact = contact_for(scene, incident, stands.next_level)
    _record(scene, incident, stands.next_level, "phone", contact)
    return Answer(contact, standing(scene, incident), is_new=True)


def record_client(
    scene: Scene, incident: Incident, agent: Agent, level: int, how: str, service: str = ""
) -> None:
    """A client's escalation that came otherwise, by one of `HOWS`; an agent records it.

    Raises `Refused` where the level may not be asked for yet (a team lead or a manager need not
    wait for its time), or the incident is no longer open.
    """
    working.begin(scene, incident, "record_escalation", agent)
    if how not in HOWS:
        raise Refused(Reason("escalation.no_how"))
    if service and service not in scene.policy.escalation.services:
        raise Refused(Reason("escalation.no_service"))
    senior = incidents.doer(incident, agent).is_at_least("lead")
    stands = standing(scene, incident)
    if refusal := escalation_levels.refusal(stands, level, scene.now, senior=senior):
        raise Refused(refusal)
    _record(scene, incident, level, how, contact_for(scene, incident, level, service), agent)


def _record(
    scene: Scene,
    incident: Incident,
    level: int,
    how: str,
    contact: EscalationContact | None,
    agent: Agent | None = None,
) -> None:
    incident.escalation_level = level
    name = contact.name if contact else ""
    facts = {"level": level, "contact": name, "how": how}
    timeline.record(scene, incident, "escalated_client", agent, **facts)
    incidents.recompute(scene, incident)
    if contact:
        escalation_letters.tell_contact(scene, incident, contact, level)
    else:
        escalation_letters.tell_agents(
            scene, incident, staff.of_role(scene, "manager"), f"vacant_{level}", level=level
        )


# A specialist's (§2.1.4, §3) ------------------------------------------------------------------


def escalate_internally(
    scene: Scene, incident: Incident, agent: Agent, to: str, reason: str
) -> None:
    """The specialist cannot resolve it in time: the "lead" or the "manager" is asked for, with why.

    Whoever holds it keeps it until somebody takes it over. Raises `Refused`.
    """
    working.begin(scene, incident, "escalate", agent)
    if to not in TARGETS:
        raise Refused(Reason("escalation.no_target"))
    why = working.typed(reason, "escalation.no_reason")
    if not (asked := _asked(scene, to, agent)):
        raise Refused(Reason(f"escalation.no_{to}"))
    timeline.record(scene, incident, "escalated_internally", agent, to=to, reason=why)
    incidents.recompute(scene, incident)
    number = working.times(scene, incident, "escalated_internally")
    purpose = f"internal_{number}"
    escalation_letters.tell_agents(scene, incident, asked, purpose, agent=agent.name, reason=why)


def step_in(scene: Scene, incident: Incident, manager: Agent, reason: str) -> None:
    """The manager takes it over, and says why; whoever held it holds it no more.

    Raises `Refused` for anybody else, and where the manager holds it already.
    """
    working.begin(scene, incident, "step_in", manager)
    why = working.typed(reason, "escalation.no_reason")
    if incident.holder_id == manager.id:
        raise Refused(Reason("working.holds_already", {"agent": manager.name}))
    timeline.record(scene, incident, "escalated_internally", manager, to="stepped_in", reason=why)
    if incident.holder is None:
        incidents.take_in_charge(scene, incident, manager, how="click")
    else:
        working.hand_over(scene, incident, manager, manager)
    incidents.recompute(scene, incident)


def _asked(scene: Scene, to: str, by: Agent) -> list[Agent]:
    """Those of the role, without who asks; where that is nobody, the managers."""
    wanted = (staff.of_role(scene, to), staff.of_role(scene, "manager"))
    others = ([agent for agent in agents if agent.id != by.id] for agents in wanted)
    return next((agents for agents in others if agents), [])
