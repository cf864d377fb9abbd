"""A call that went on without us becomes, or joins, an incident all the same (§2.1.1).

Told by the spool (ivr/taken_in.py) or by Twilio's list of calls (ivr/reconciled.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from ivr import callbacks, callers, incidents, numbers, recordings, timeline
from ivr.models import Call, Client, Incident
from ivr.scene import Scene

LAST = "goodbye"
"""The step of a call whose menu we never heard: it has nothing left to ask."""


@dataclass(frozen=True)
class Recorded:
    """A recording by its sid; whole seconds."""

    sid: str
    seconds: int


def found(scene: Scene, sid: str, caller: str, at: datetime, source: str) -> tuple[Call, Incident]:
    """The call and its incident; opened as at that moment where there is none yet."""
    then = replace(scene, now=at)
    call = by_sid(scene, sid) or _new_call(then, sid, caller)
    if call.incident is None:
        if call.client is None:
            call.client = _only(callers.clients_of(scene, call.caller))
        incident = incidents.open_for(then, call)
        timeline.record(then, incident, "recovered", source=source)
        _recognise(then, call, incident)
    assert call.incident is not None
    locked = select(Incident).where(Incident.id == call.incident.id).with_for_update()
    return call, scene.session.scalars(locked).one()


def _new_call(scene: Scene, sid: str, caller: str) -> Call:
    phone = None if numbers.withheld(caller) else numbers.canonical(caller)
    call = Call(
        sid=sid,
        caller=phone,
        language="en" if callers.prefers_english(scene, phone) else "fr",
        started_at=scene.now,
        touched_at=scene.now,
        step=LAST,
        turn=1,
        tries=0,
        answers={},
    )
    scene.session.add(call)
    scene.session.flush()
    return call


def _only(clients: Sequence[Client]) -> Client | None:
    """A number that several clinics share says of none of them that it calls."""
    return clients[0] if len(clients) == 1 else None


def _recognise(scene: Scene, call: Call, incident: Incident) -> None:
    """By the number alone, as the menu does it too (§1.2)."""
    if call.client is None or call.recognised_by:
        return
    if matched := callers.match(call, call.client):
        how, user = matched
        call.recognised_by = incident.recognised_by = how
        call.super_user = incident.super_user = user
        timeline.record(scene, incident, "identified", by=how)


def owe(scene: Scene, call: Call, incident: Incident) -> None:
    """Called back by what is known of it now, or, while the call lives, should it get lost."""
    if call.ended_at is None:
        callbacks.hold(scene, incident)
    else:
        callbacks.plan(scene, incident)


def keep(scene: Scene, call: Call, recorded: Recorded) -> None:
    recordings.end(scene, recordings.keep(scene, call, recorded.sid, recorded.seconds), "completed")


def by_sid(scene: Scene, sid: str) -> Call | None:
    return scene.session.scalar(select(Call).where(Call.sid == sid))


def make_critical(scene: Scene, incident: Incident) -> None:
    if incident.state == "refused":
        incidents.readmit(scene, incident)
    if (incident.priority, incident.claimed_priority) != ("P1", "P1"):
        incidents.set_priority(scene, incident, "P1", claimed="P1")
