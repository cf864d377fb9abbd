"""Resolving, the client's word on it, closing and reopening (§2.1.3, §2.1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ivr import callbacks, closing, closing_signs, finding, incidents, letters, states, timeline
from ivr.incidents import Refused
from ivr.models import Agent, Incident
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.working import LONGEST, begin, resumed, times, typed, with_joined

CHANNELS = ("voicemail", "mail")
"""How a message is left (§2.1.5)."""


@dataclass(frozen=True)
class Findings:
    """What the specialist documents; ivr/states.py says which of it each priority needs."""

    nature: str | None = None
    diagnosis: str = ""
    solution: str = ""
    workaround: str = ""
    version: str = ""
    backlog: bool = False


def document(scene: Scene, incident: Incident, agent: Agent, findings: Findings) -> None:
    """What the specialist knows so far: nature, diagnosis, what solves it (§2.1.2)."""
    begin(scene, incident, "document", agent)
    before = _known(incident)
    _document(scene, incident, findings)
    if _known(incident) != before:
        timeline.record(scene, incident, "documented", agent)
        incidents.recompute(scene, incident)


def resolve(scene: Scene, incident: Incident, agent: Agent, findings: Findings) -> None:
    """The specialist holds it to be resolved, and the client is told (§2.1.3)."""
    begin(scene, incident, "resolve", agent)
    _document(scene, incident, findings)
    if lacking := states.missing(incident.priority, incident):
        raise Refused(lacking)
    incident.state, incident.resolved_at = "resolved", scene.now
    incident.waiting_reason = None
    timeline.record(scene, incident, "resolved", agent, how=_how(incident))
    template = "backlog" if incident.backlog else "resolved"
    letters.write(scene, incident, _numbered(scene, incident, "resolved"), template)
    incidents.recompute(scene, incident)
    with_joined(incident, "resolve", lambda joined: resolve(scene, joined, agent, findings))


def approve(scene: Scene, incident: Incident, agent: Agent) -> None:
    """The client has said to us that the solution is good."""
    begin(scene, incident, "approve", agent)
    if closing_signs.case_of(scene, incident).approvals:
        raise Refused(Reason("closing.approved_already"))
    if incident.told_at is None or incident.callback_at is not None:
        incidents.client_told(scene, incident, how="spoken", agent=agent)
    timeline.record(scene, incident, "approved", agent)
    incidents.recompute(scene, incident)


def message_left(scene: Scene, incident: Incident, agent: Agent, channel: str) -> None:
    """A message was left for the client, by "voicemail" or "mail"; two of them may close it."""
    begin(scene, incident, "message_left", agent)
    if channel not in CHANNELS:
        raise Refused(Reason("closing.no_channel"))
    timeline.record(scene, incident, "message_left", agent, channel=channel)
    incidents.recompute(scene, incident)


def replied(scene: Scene, incident: Incident, agent: Agent) -> None:
    """The client was heard: the count of messages begins anew, and a wait is over."""
    begin(scene, incident, "replied", agent)
    timeline.record(scene, incident, "replied", agent)
    incidents.recompute(scene, incident)
    if incident.state == "waiting":
        resumed(scene, incident, agent)


def follow_up(scene: Scene, incident: Incident, agent: Agent) -> None:
    """The client was asked once more for what is missing (§2.1.5, 2)."""
    begin(scene, incident, "follow_up", agent)
    timeline.record(scene, incident, "follow_up", agent)
    incidents.recompute(scene, incident)


def close(scene: Scene, incident: Incident, agent: Agent, how: str, reason: str = "") -> None:
    """Closes it, in one of the ways of `closing.HOWS`; `reason` goes with a "reasonable" delay."""
    begin(scene, incident, "close", agent)
    rules, hours = scene.policy.closing, scene.policy.hours
    case, doer = closing_signs.case_of(scene, incident), incidents.doer(incident, agent)
    if refusal := closing.refusal(rules, hours, case, how, scene.now, doer, reason):
        raise Refused(refusal)
    found = [way.evidence for way in closing.ways(rules, hours, case) if way.how == how]
    facts = {"reason": typed(reason, "closing.no_reason")} if how == "reasonable" else {}
    holder = incident.holder_id
    _closed(scene, incident, agent, how, found[0] if found else (), facts)
    for joined in incident.linked:
        if joined.state in states.MOVES["close"].sources and joined.holder_id == holder:
            _closed(scene, joined, agent, how, (), facts)


def reopen(scene: Scene, incident: Incident, agent: Agent, reason: str) -> None:
    """It is not resolved after all: it waits for somebody who takes it, and a call is owed."""
    _reopened(scene, incident, agent, reason)
    if incident.linked_to_id is None:
        callbacks.owe(scene, incident)
    for joined in incident.linked:
        if joined.state in states.DONE and joined.live_reference is not None:
            _reopened(scene, joined, agent, reason)


def _document(scene: Scene, incident: Incident, findings: Findings) -> None:
    if findings.nature is not None and findings.nature not in states.NATURES:
        raise Refused(Reason("states.no_nature", {"priority": incident.priority}))
    incident.nature, incident.backlog = findings.nature, findings.backlog
    for name in ("diagnosis", "solution", "workaround", "version"):
        text = getattr(findings, name).replace("\r\n", "\n").strip()
        if len(text) > LONGEST:
            raise Refused(Reason("working.too_long", {"longest": LONGEST}))
        setattr(incident, name, text)
    texts = (incident.diagnosis, incident.solution, incident.workaround, incident.version)
    finding.remember(scene, incident, *texts)


def _known(incident: Incident) -> tuple[str | bool | None, ...]:
    texts = incident.diagnosis, incident.solution, incident.workaround, incident.version
    return (incident.nature, incident.backlog, *texts)


def _how(incident: Incident) -> str:
    """What the client has now, as the timeline says it."""
    if incident.backlog:
        return "backlog"
    return "solution" if incident.solution else "workaround"


def _closed(
    scene: Scene,
    incident: Incident,
    agent: Agent,
    how: str,
    found: Sequence[Reason],
    facts: dict[str, str],
) -> None:
    incident.state, incident.closed_at, incident.closed_how = "closed", scene.now, how
    incident.waiting_reason = None
    callbacks.stop(incident)
    why = [reason.as_json() for reason in found]
    timeline.record(scene, incident, "closed", agent, how=how, why=why, **facts)
    letters.write(scene, incident, _numbered(scene, incident, "closed"), "closed")
    incidents.recompute(scene, incident)


def _reopened(scene: Scene, incident: Incident, agent: Agent, reason: str) -> None:
    begin(scene, incident, "reopen", agent)
    why = typed(reason, "working.no_reopen_reason")
    if incident.closed_how == "joined":
        raise Refused(Reason("states.was_about_another"))
    if incident.live_reference is None:
        raise Refused(Reason("states.too_old"))
    incident.state, incident.reopened_at = "reopened", scene.now
    incident.holder = incident.held_since = None
    incident.resolved_at = incident.closed_at = incident.closed_how = None
    incident.callback_attempts = 0
    timeline.record(scene, incident, "reopened", agent, reason=why)
    incidents.recompute(scene, incident)


def _numbered(scene: Scene, incident: Incident, purpose: str) -> str:
    """Its purpose is new each time: the same letter is never written twice to one address."""
    number = times(scene, incident, purpose)
    return purpose if number < 2 else f"{purpose}_{number}"
