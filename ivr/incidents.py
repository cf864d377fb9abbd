"""The incident's life: opened, given a priority, taken in charge, the client told (§2.1, §4).

Every act appends to the timeline and stores what follows from it in the same transaction.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import and_, bindparam, exists, or_, select, update

from ivr import (
    callbacks,
    callers,
    clocks,
    closing_signs,
    letters,
    reference,
    rows,
    states,
    timeline,
)
from ivr.models import Agent, Call, Incident
from ivr.reason import Reason
from ivr.scene import Scene

REFERENCE_KEPT = timedelta(days=731)
"""Two years after closing a reference may be given again."""

_IS_HELD = select(exists().where(Incident.live_reference == bindparam("reference")))


class Refused(Exception):
    """A rule forbids the act; `reason` says which, in words that the catalogue has."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.key)
        self.reason = reason


def lock(scene: Scene, incident: Incident) -> None:
    """As it is now, and ours until the transaction ends: of two at once, the second sees."""
    scene.session.flush()
    scene.session.refresh(incident, with_for_update=True)


def may(incident: Incident, act: str, agent: Agent) -> None:
    """Raises `Refused` where the state or the agent's role forbids the act (ivr/states.py)."""
    if refusal := states.refusal(act, incident.state, doer(incident, agent)):
        raise Refused(refusal)


def doer(incident: Incident, agent: Agent) -> states.Doer:
    """What the rules know of an agent who wants to do something."""
    unheld = incident.holder_id is None
    return states.Doer(agent.role, incident.holder_id == agent.id, unheld)


def open_for(scene: Scene, call: Call) -> Incident:
    """The call's incident, of a provisional priority until the impact is known (§2.1.1).

    After hours, for a client with the extended service, that is P1: a caller who hangs up
    half-way may have been about to say so.
    """
    if call.id is None:
        scene.session.flush()
    incident = Incident(
        call_id=call.id,
        client_id=call.client.id if call.client else None,
        language=call.language,
        priority=scene.policy.routing.provisional,
        opened_at=scene.now,
        due_at=scene.now,
        callback_number=call.caller,
        **_fresh_reference(scene),
    )
    rows.add(scene.session, incident)
    rows.points(incident, call=call, client=call.client)
    rows.points(call, incident=incident)
    window = callers.extended_window(scene, incident)
    if window and window.is_open(scene.now) and not scene.policy.hours.is_open(scene.now):
        incident.priority = scene.policy.routing.provisional_extended
    recompute(scene, incident)
    timeline.record(scene, incident, "opened")
    callbacks.hold(scene, incident)
    return incident


def set_product(scene: Scene, incident: Incident, product: str | None) -> None:
    """Which product it is about: the contract may hold the extended service for it, or not."""
    incident.product = product
    recompute(scene, incident)


def set_priority(scene: Scene, incident: Incident, priority: str, *, claimed: str) -> None:
    """The priority that the impact gives; the due time counts from the opening (§4)."""
    incident.priority = priority
    incident.claimed_priority = claimed
    recompute(scene, incident)
    timeline.record(scene, incident, "priority_set", priority=priority, claimed=claimed)


def recompute(scene: Scene, incident: Incident) -> None:
    """Stores what follows from the facts and the events, in their transaction (law 11)."""
    clocks.store(scene, incident)
    proposal = closing_signs.proposal(scene, incident)
    incident.closing_at = proposal.at if proposal else None


def take_in_charge(scene: Scene, incident: Incident, agent: Agent, *, how: str) -> None:
    """A person's explicit act, by "key" or "click" (§2.1.2, law 7), or by one that covers it:
    taking what it has "joined", switching on the "outage" by which the client is affected.

    Raises `Refused` where another agent holds it already, or the call was refused.
    """
    lock(scene, incident)
    if incident.state in states.HELD and incident.holder is agent:
        return
    if incident.state in states.HELD and incident.holder is not None:
        raise Refused(Reason("incidents.taken", {"agent": incident.holder.name}))
    may(incident, "take", agent)
    incident.state = "taken"
    incident.holder, incident.held_since = agent, scene.now
    incident.taken_at = incident.taken_at or scene.now  # a promise that was kept stays kept
    timeline.record(scene, incident, "taken", agent, how=how)
    recompute(scene, incident)
    if how != "outage":  # its own letter tells the news
        again = f"_{int(incident.reopened_at.timestamp())}" if incident.reopened_at else ""
        letters.write(scene, incident, f"taken{again}", "taken")
    for joined in incident.linked:
        if joined.state in states.UNHELD:
            take_in_charge(scene, joined, agent, how="joined")


def hand_back(scene: Scene, incident: Incident) -> None:
    """Its holder is not to be reached: nobody has it in charge any more, and it is as new.

    What has joined it, and came to the same person with it, goes the same way.
    """
    holder, incident.holder = incident.holder, None
    incident.state = "reopened" if incident.reopened_at else "new"
    incident.taken_at = incident.held_since = incident.waiting_reason = None
    timeline.record(scene, incident, "handed_back", holder)
    recompute(scene, incident)
    for joined in incident.linked:
        if joined.state in states.HELD and joined.holder is holder:
            hand_back(scene, joined)


def client_told(scene: Scene, incident: Incident, *, how: str, agent: Agent | None = None) -> None:
    """The client knows: by a "call" that a person accepted, by "mail", or "spoken" to (§4).

    A letter tells, but the call that was promised is still owed; speaking pays it. What has
    "joined" it is told with it: the client is the same.
    """
    if how != "mail":
        callbacks.stop(incident)
    elif incident.told_at is not None:
        return
    if incident.told_at is None:
        incident.told_at = scene.now
    timeline.record(scene, incident, "told", agent, how=how)
    recompute(scene, incident)
    for joined in incident.linked:
        if joined.told_at is None:
            client_told(scene, joined, how="joined")


def not_told(scene: Scene, incident: Incident) -> None:
    """Whoever accepted was never joined with the client, who knows nothing but by a letter."""
    incident.told_at = None
    timeline.record(scene, incident, "untold")
    if letters.has_told(scene, incident):
        client_told(scene, incident, how="mail")
    recompute(scene, incident)


def refuse(scene: Scene, incident: Incident) -> None:
    """The caller is no super user: a refused call, and no incident to work on (§1.2)."""
    incident.state = "refused"
    callbacks.stop(incident)
    timeline.record(scene, incident, "refused")
    recompute(scene, incident)


def readmit(scene: Scene, incident: Incident) -> None:
    """A refused caller says that it is critical: the incident stands, marked not recognised."""
    incident.state = "new"
    timeline.record(scene, incident, "readmitted")
    recompute(scene, incident)
    callbacks.hold(scene, incident)


def free_references(scene: Scene) -> None:
    """Lets go of the references of what was closed, or refused, more than two years ago."""
    before = scene.now - REFERENCE_KEPT
    refused = and_(Incident.state == "refused", Incident.opened_at < before)
    closed = and_(Incident.state == "closed", Incident.closed_at < before)
    scene.session.execute(
        update(Incident)
        .where(Incident.live_reference.is_not(None), or_(closed, refused))
        .values(live_reference=None)
        .execution_options(synchronize_session=False)
    )


def _fresh_reference(scene: Scene) -> dict[str, str]:
    """A reference that no incident holds that is open, or was closed in the last two years."""
    while True:
        drawn = reference.draw(secrets.SystemRandom())
        if not rows.run(scene.session, _IS_HELD, reference=drawn).scalar():
            return {"reference": drawn, "live_reference": drawn}
