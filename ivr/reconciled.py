"""A call of Twilio's list put beside ours; twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from ivr import calls, recovered, timeline
from ivr.models import Call, Leg, Recording
from ivr.recovered import Recorded
from ivr.scene import Scene


@dataclass(frozen=True)
class Listed:
    """A call of Twilio's list that is over. `rang`: how many phones it rang; moments are UTC."""

    sid: str
    caller: str
    started_at: datetime
    ended_at: datetime
    rang: int
    recordings: tuple[Recorded, ...]


def reconcile(scene: Scene, listed: Listed) -> bool:
    """Puts the call right by Twilio's list; true where that opened an incident.

    A call that we never answered, or that the static route took over: critical where that rang
    somebody. Who accepted there nobody can tell, so that the client is called back (law 7).
    """
    call = recovered.by_sid(scene, listed.sid)
    was_open = call is not None and call.incident is not None
    more = listed.rang - (_known_rings(scene, call) if call else 0)
    words = [each for each in listed.recordings if not _is_known(scene, each)]
    if call is None or more > 0 or words:
        call, incident = recovered.found(
            scene, listed.sid, listed.caller, listed.started_at, "list"
        )
        for each in words:
            recovered.keep(replace(scene, now=listed.ended_at), call, each)
        if more > 0:
            then = replace(scene, now=listed.started_at)
            timeline.record(then, incident, "aside", what="static", rang=more)
            recovered.make_critical(scene, incident)
        calls.settle(scene, listed.sid)
        recovered.owe(scene, call, incident)
    else:
        calls.settle(scene, listed.sid)
    call.ended_at = listed.ended_at
    return not was_open and call.incident is not None


def _known_rings(scene: Scene, call: Call) -> int:
    """How many of the phones that this call rang we know of, from legs and from the timeline."""
    own = scene.session.scalars(select(Leg.id).where(Leg.call_id == call.id)).all()
    events = call.incident.events if call.incident else []
    aside = [event for event in events if event.kind == "aside"]
    spooled = [event for event in aside if event.facts["what"] in ("rang", "rang_duty")]
    static: int = sum(event.facts.get("rang", 0) for event in aside)
    return len(own) + len(spooled) + static


def _is_known(scene: Scene, recorded: Recorded) -> bool:
    known = select(Recording.id).where(Recording.sid == recorded.sid)
    return scene.session.scalar(known) is not None
