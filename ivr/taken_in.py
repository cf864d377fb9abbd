"""What was spooled while the database was away, taken in: each line once, known by its id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from ivr import calls, incidents, legs, recovered, timeline
from ivr.models import Agent, Incident, Leg
from ivr.recovered import Recorded
from ivr.scene import Scene
from ivr.spool import Happened


def take_in(scene: Scene, happened: Sequence[Happened]) -> None:
    """What happened to one call while the database was away, oldest first.

    An accepted leg belongs to its own incident: it may be a callback's, which has no caller's call.
    """
    for each in happened:
        if each.what == "leg_accepted":
            _leg_accepted(scene, each)
    others = [each for each in happened if each.what != "leg_accepted"]
    if not others:
        return
    if recovered.by_sid(scene, others[0].call) and all(each.what == "over" for each in others):
        calls.settle(scene, others[0].call)  # nothing else happened to it without us
    else:
        _take_in_call(scene, others)


def _take_in_call(scene: Scene, happened: Sequence[Happened]) -> None:
    caller = next((each.caller for each in happened if each.caller), "")
    call, incident = recovered.found(scene, happened[0].call, caller, happened[0].at, "spool")
    for each in happened:
        if not _is_taken_in(incident, each):
            _ACTS[each.what](replace(scene, now=each.at), incident, each)
    call.touched_at = max(call.touched_at, happened[-1].at)
    if any(each.what == "over" for each in happened):
        calls.settle(scene, call.sid)
    recovered.owe(scene, call, incident)


def _is_taken_in(incident: Incident, each: Happened) -> bool:
    return any(event.facts.get("spool") == each.id for event in incident.events)


def _mark(scene: Scene, incident: Incident, each: Happened, agent: Agent | None = None) -> None:
    timeline.record(scene, incident, "aside", agent, what=each.what, spool=each.id)


def _entered(scene: Scene, incident: Incident, each: Happened) -> None:
    """Wherever its menu stood: the call does not come back to it, and waits for nobody there."""
    _mark(scene, incident, each)
    if incident.call:
        incident.call.step = recovered.LAST


def _critical(scene: Scene, incident: Incident, each: Happened) -> None:
    _mark(scene, incident, each)
    recovered.make_critical(scene, incident)


def _rang(scene: Scene, incident: Incident, each: Happened) -> None:
    agent = _agent(scene, each)
    what = "rang" if agent else "rang_duty"
    _mark(scene, incident, replace(each, what=what), agent)


def _accepted(scene: Scene, incident: Incident, each: Happened) -> None:
    """A duty number that is nobody's in the rota has talked, but takes nothing in charge."""
    agent = _agent(scene, each)
    _mark(scene, incident, replace(each, what="accepted" if agent else "accepted_duty"), agent)
    if agent:
        _take(scene, incident, agent)


def _leg_accepted(scene: Scene, each: Happened) -> None:
    """The accept key of a leg that had begun: joined without us, and recorded now."""
    leg = scene.session.get(Leg, each.facts.get("leg", 0))
    if leg is None or _is_taken_in(leg.incident, each):
        return
    then = replace(scene, now=each.at)
    if not legs.accept(then, leg) and leg.accepted_at is None:
        leg.accepted_at = each.at  # its end was heard of first
    parent = scene.session.get(Leg, leg.parent_id) if leg.parent_id else None
    agent = leg.agent or (parent.agent if parent else None)
    what = "accepted" if agent else "accepted_duty"
    _mark(then, leg.incident, replace(each, what=what), agent)
    if agent:
        _take(then, leg.incident, agent)


def _take(scene: Scene, incident: Incident, agent: Agent) -> None:
    if incident.state == "refused":
        incidents.readmit(scene, incident)
    if incident.holder is None:
        incidents.take_in_charge(scene, incident, agent, how="key")
    incidents.client_told(scene, incident, how="call", agent=agent)


def _recorded(scene: Scene, incident: Incident, each: Happened) -> None:
    if incident.call:
        recorded = Recorded(each.facts["sid"], each.facts.get("seconds", 0))
        recovered.keep(scene, incident.call, recorded)


def _over(_: Scene, __: Incident, ___: Happened) -> None:
    """The end is settled when all else has been taken in."""


def _agent(scene: Scene, each: Happened) -> Agent | None:
    """The agent of the last rota known, or the one whose phone the duty number is."""
    if agent_id := each.facts.get("agent"):
        return scene.session.get(Agent, agent_id)
    phone = each.facts.get("phone")
    return scene.session.scalar(select(Agent).where(Agent.phone == phone, Agent.active).limit(1))


_ACTS: Mapping[str, Callable[[Scene, Incident, Happened], None]] = {
    "entered": _entered,
    "critical": _critical,
    "rang": _rang,
    "accepted": _accepted,
    "missed": _mark,
    "recorded": _recorded,
    "over": _over,
}
