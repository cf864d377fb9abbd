"""The caller's recorded words: known by their sid, whichever callback comes first."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ivr import timeline
from ivr.models import Agent, Call, Event, Incident, Recording
from ivr.scene import Scene

ONE_PLAY = timedelta(minutes=1)
"""Beside the recording's length: a player asks for one recording in several pieces."""


def keep(scene: Scene, call: Call, sid: str, seconds: int) -> Recording:
    """The recording of that sid; it is put on the timeline when we first hear of it."""
    known = scene.session.scalar(select(Recording).where(Recording.sid == sid))
    if known:
        known.seconds = seconds or known.seconds
        return known
    kept = Recording(call_id=call.id, sid=sid, seconds=seconds, recorded_at=scene.now)
    try:
        with scene.session.begin_nested():
            scene.session.add(kept)
    except IntegrityError:  # the other request that tells of it was quicker
        known = scene.session.scalars(select(Recording).where(Recording.sid == sid)).one()
        known.seconds = seconds or known.seconds
        return known
    if call.incident:
        timeline.record(scene, call.incident, "recorded", seconds=seconds)
    return kept


def heard_of(scene: Scene, call_sid: str, sid: str, status: str, seconds: int) -> None:
    """Twilio says how a recording ended: "completed", "absent" or "failed"."""
    call = scene.session.scalar(select(Call).where(Call.sid == call_sid))
    if call and sid:
        keep(scene, call, sid, seconds).status = status


def latest(scene: Scene, call: Call) -> Recording | None:
    """The caller's last recording that has, or will have, a sound; none: no words were left."""
    recording = scene.session.scalar(
        select(Recording).where(Recording.call_id == call.id).order_by(Recording.id.desc()).limit(1)
    )
    silent = recording is None or not recording.seconds or recording.status in ("absent", "failed")
    return None if silent else recording


def played(scene: Scene, incident: Incident, agent: Agent, recording: Recording) -> None:
    """Who played it and when stays on the timeline; the pieces of one play are one line (A62)."""
    lately = scene.session.scalars(
        select(Event).where(
            Event.incident_id == incident.id,
            Event.kind == "recording_played",
            Event.agent_id == agent.id,
            Event.at > scene.now - timedelta(seconds=recording.seconds) - ONE_PLAY,
        )
    )
    if not any(event.facts.get("recording") == recording.id for event in lately):
        timeline.record(scene, incident, "recording_played", agent, recording=recording.id)
