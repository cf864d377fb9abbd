"""The incident's life: opened, given a priority, taken in charge, the client told (§2.1, §4).

Every act appends to the timeline and stores what follows from it in the same transaction.
"""

from __future__ import annotations

import secrets

from sqlalchemy import exists, select

from ivr import callbacks, callers, letters, reference, sla, timeline
from ivr.models import Agent, Call, Incident
from ivr.reason import Reason
from ivr.scene import Scene


class Refused(Exception):
    """A rule forbids the act; `reason` says which, in words that the catalogue has."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.key)
        self.reason = reason


def open_for(scene: Scene, call: Call) -> Incident:
    """The call's incident, of a provisional priority until the impact is known (§2.1.1).

    After hours, for a client with the extended service, that is P1: a caller who hangs up
    half-way may have been about to say so.
    """
    incident = Incident(
        call=call,
        client=call.client,
        language=call.language,
        priority=scene.policy.routing.provisional,
        opened_at=scene.now,
        due_at=scene.now,
        callback_number=call.caller,
        **_fresh_reference(scene),
    )
    scene.session.add(incident)
    scene.session.flush()
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
    """Stores what follows from priority, contract and opening: the due time (law 11)."""
    window = callers.extended_window(scene, incident)
    incident.extended = window is not None
    due = sla.due(scene.policy, incident.priority, incident.opened_at, window)
    incident.due_at = due.at


def take_in_charge(scene: Scene, incident: Incident, agent: Agent, *, how: str) -> None:
    """A person's explicit act, by "key" or "click" (§2.1.2, law 7), or by one that covers it:
    taking what it has "joined", switching on the "outage" by which the client is affected.

    Raises `Refused` where another agent holds it already, or the call was refused.
    """
    scene.session.flush()
    scene.session.refresh(incident, with_for_update=True)  # of two at once, the second sees
    if incident.state == "refused":
        raise Refused(Reason("incidents.refused"))
    if incident.holder is agent:
        return
    if incident.holder is not None:
        raise Refused(Reason("incidents.taken", {"agent": incident.holder.name}))
    incident.state = "taken"
    incident.holder = agent
    incident.taken_at = scene.now
    timeline.record(scene, incident, "taken", agent, how=how)
    if how != "outage":  # its own letter tells the news
        letters.write(scene, incident, "taken")
    for joined in incident.linked:
        if joined.holder is None:
            take_in_charge(scene, joined, agent, how="joined")


def hand_back(scene: Scene, incident: Incident) -> None:
    """Its holder is not to be reached: nobody has it in charge any more, and it is as new.

    What has joined it, and came to the same person with it, goes the same way.
    """
    holder, incident.holder = incident.holder, None
    incident.state, incident.taken_at = "new", None
    timeline.record(scene, incident, "handed_back", holder)
    for joined in incident.linked:
        if joined.holder is holder:
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
    for joined in incident.linked:
        if joined.told_at is None:
            client_told(scene, joined, how="joined")


def refuse(scene: Scene, incident: Incident) -> None:
    """The caller is no super user: a refused call, and no incident to work on (§1.2)."""
    incident.state = "refused"
    callbacks.stop(incident)
    timeline.record(scene, incident, "refused")


def readmit(scene: Scene, incident: Incident) -> None:
    """A refused caller says that it is critical: the incident stands, marked not recognised."""
    incident.state = "new"
    timeline.record(scene, incident, "readmitted")
    callbacks.hold(scene, incident)


def _fresh_reference(scene: Scene) -> dict[str, str]:
    """A reference that no incident holds that is open, or was closed in the last two years."""
    while True:
        drawn = reference.draw(secrets.SystemRandom())
        held = select(exists().where(Incident.live_reference == drawn))
        if not scene.session.scalar(held):
            return {"reference": drawn, "live_reference": drawn}
