"""The caller's recorded words: known by their sid, whichever callback comes first."""

from __future__ import annotations

from sqlalchemy import select

from ivr import timeline
from ivr.models import Call, Recording
from ivr.scene import Scene


def keep(scene: Scene, call: Call, sid: str, seconds: int) -> Recording:
    """The recording of that sid; it is put on the timeline when we first hear of it."""
    known = scene.session.scalar(select(Recording).where(Recording.sid == sid))
    if known:
        known.seconds = seconds or known.seconds
        return known
    kept = Recording(call_id=call.id, sid=sid, seconds=seconds, recorded_at=scene.now)
    scene.session.add(kept)
    if call.incident:
        timeline.record(scene, call.incident, "recorded", seconds=seconds)
    return kept


def heard_of(scene: Scene, call_sid: str, sid: str, status: str, seconds: int) -> None:
    """Twilio says how a recording ended: "completed", "absent" or "failed"."""
    call = scene.session.scalar(select(Call).where(Call.sid == call_sid))
    if call and sid:
        keep(scene, call, sid, seconds).status = status
