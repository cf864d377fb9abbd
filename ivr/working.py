"""Working on an incident that is in charge: started, waited for, handed over, spoken of (§2.1.2).

Each act locks the row, asks ivr/states.py, appends to the timeline and stores what follows; it
raises `Refused` with the rule where it may not be done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from ivr import alerts, callbacks, finding, incidents, states, timeline
from ivr.incidents import Refused
from ivr.models import Agent, Event, Incident
from ivr.reason import Reason
from ivr.scene import Scene

LONGEST = 4000
"""Characters of a note or a reason: what an agent types, not what a machine pastes."""


def start(scene: Scene, incident: Incident, agent: Agent) -> None:
    """The work on it begins."""
    begin(scene, incident, "start", agent)
    incident.state = "in_progress"
    timeline.record(scene, incident, "started", agent)
    incidents.recompute(scene, incident)
    with_joined(incident, "start", lambda joined: start(scene, joined, agent))


def hand_over(scene: Scene, incident: Incident, agent: Agent, to: Agent | None) -> None:
    """Somebody else has it in charge from now on, and is told by SMS and e-mail."""
    begin(scene, incident, "hand_over", agent)
    if to is None:
        raise Refused(Reason("working.nobody"))
    if to.id == incident.holder_id:
        raise Refused(Reason("working.holds_already", {"agent": to.name}))
    if not to.active:
        raise Refused(Reason("working.inactive", {"agent": to.name}))
    before = incident.holder_id
    incident.holder, incident.held_since = to, scene.now
    timeline.record(scene, incident, "handed_over", agent, to=to.name)
    if incident.linked_to_id is None and to.id != agent.id:
        alerts.alert(scene, incident, [to], f"handed_{times(scene, incident, 'handed_over')}")
    incidents.recompute(scene, incident)
    for joined in incident.linked:
        if joined.state in states.HELD and joined.holder_id == before:
            hand_over(scene, joined, agent, to)


def wait(scene: Scene, incident: Incident, agent: Agent, reason: str) -> None:
    """The client is waited for, and `reason` says what for: the correction clock stands still."""
    begin(scene, incident, "wait", agent)
    incident.waiting_reason = typed(reason, "working.no_waiting_reason")
    incident.state = "waiting"
    timeline.record(scene, incident, "waiting", agent, reason=incident.waiting_reason)
    incidents.recompute(scene, incident)
    with_joined(incident, "wait", lambda joined: wait(scene, joined, agent, reason))


def resume(scene: Scene, incident: Incident, agent: Agent) -> None:
    """There is nothing to wait for any more."""
    begin(scene, incident, "resume", agent)
    resumed(scene, incident, agent)
    with_joined(incident, "resume", lambda joined: resume(scene, joined, agent))


def resumed(scene: Scene, incident: Incident, agent: Agent) -> None:
    """The wait is over, in an act that has asked already whether it may."""
    incident.state, incident.waiting_reason = "in_progress", None
    timeline.record(scene, incident, "resumed", agent)
    incidents.recompute(scene, incident)


def note(scene: Scene, incident: Incident, agent: Agent, text: str) -> None:
    """Something to remember, for whoever works on it (§2.1.2: documents)."""
    begin(scene, incident, "note", agent)
    written = typed(text, "working.no_note")
    timeline.record(scene, incident, "note", agent, text=written)
    finding.remember(scene, incident, written)
    incidents.recompute(scene, incident)


def agree_updates(scene: Scene, incident: Incident, agent: Agent, every: timedelta) -> None:
    """How often the client hears how it goes (§2.1.3), in time that counts; zero: no more."""
    begin(scene, incident, "agree_updates", agent)
    if every < timedelta():
        raise Refused(Reason("working.no_interval"))
    seconds = int(every.total_seconds())
    timeline.record(scene, incident, "update_agreed", agent, every=seconds)
    incidents.recompute(scene, incident)


def give_update(scene: Scene, incident: Incident, agent: Agent) -> None:
    """The client has heard how it goes: the next update is counted from now."""
    begin(scene, incident, "update_given", agent)
    timeline.record(scene, incident, "update_given", agent)
    incidents.recompute(scene, incident)


def change_priority(
    scene: Scene, incident: Incident, agent: Agent, priority: str, reason: str
) -> None:
    """The impact is not what it seemed; the clock counts from the opening all the same (§4)."""
    begin(scene, incident, "change_priority", agent)
    if priority not in scene.policy.priorities:
        raise Refused(Reason("working.no_such_priority"))
    if (was := incident.priority) == priority:
        raise Refused(Reason("working.same_priority", {"priority": priority}))
    why = typed(reason, "working.no_priority_reason")
    incident.priority = priority
    facts = {"priority": priority, "claimed": incident.claimed_priority, "was": was, "reason": why}
    timeline.record(scene, incident, "priority_set", agent, **facts)
    incidents.recompute(scene, incident)
    callbacks.sooner(scene, incident)
    for joined in incident.linked:
        if joined.state in states.OPEN and joined.priority == was:
            change_priority(scene, joined, agent, priority, reason)


def mark_security(scene: Scene, incident: Incident, agent: Agent) -> None:
    """A security matter: it is closed like a P1 (§2.1.5)."""
    begin(scene, incident, "mark_security", agent)
    if incident.security:
        raise Refused(Reason("working.security_already"))
    incident.security = True
    timeline.record(scene, incident, "security_marked", agent)
    incidents.recompute(scene, incident)


def lift_security(scene: Scene, incident: Incident, agent: Agent, reason: str) -> None:
    """It was no security matter after all: a manager says why."""
    begin(scene, incident, "lift_security", agent)
    if not incident.security:
        raise Refused(Reason("working.no_security"))
    why = typed(reason, "working.no_reason")
    incident.security = False
    timeline.record(scene, incident, "security_lifted", agent, reason=why)
    incidents.recompute(scene, incident)


# What the acts share -------------------------------------------------------------------------


def begin(scene: Scene, incident: Incident, act: str, agent: Agent) -> None:
    """Locks the incident and asks the rules. Raises `Refused`."""
    incidents.lock(scene, incident)
    incidents.may(incident, act, agent)


def typed(text: str, missing: str) -> str:
    """What an agent typed, without the space around it. Raises `Refused` where it is nothing."""
    found = text.replace("\r\n", "\n").strip()
    if not found:
        raise Refused(Reason(missing))
    if len(found) > LONGEST:
        raise Refused(Reason("working.too_long", {"longest": LONGEST}))
    return found


def with_joined(incident: Incident, act: str, do: Callable[[Incident], None]) -> None:
    """What has joined it, and is in the same hands and the same state, goes the same way."""
    for joined in incident.linked:
        if joined.state in states.MOVES[act].sources and joined.holder_id == incident.holder_id:
            do(joined)


def times(scene: Scene, incident: Incident, kind: str) -> int:
    """How often it has happened, this time included."""
    scene.session.flush()
    found = select(func.count()).where(Event.incident_id == incident.id, Event.kind == kind)
    return scene.session.scalar(found) or 0
