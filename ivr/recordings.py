"""The caller's recorded words: known by their sid, whichever callback comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ivr import linking, timeline, transcripts
from ivr.models import Agent, Call, Event, Incident, Recording
from ivr.scene import Scene

Noted = Callable[[Scene, Incident, Agent, Recording], None]
"""`played` or `read`: what a person did with one."""
PURGED = "purged"
NOTHING_TO_HEAR = ("absent", "failed", PURGED)
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
    if call.about:
        timeline.record(scene, call.about, "recorded", seconds=seconds)
    return kept


def heard_of(scene: Scene, call_sid: str, sid: str, status: str, seconds: int) -> None:
    """Twilio says how a recording ended: "completed", "absent" or "failed"."""
    call = scene.session.scalar(select(Call).where(Call.sid == call_sid))
    if call and sid:
        end(scene, keep(scene, call, sid, seconds), status)


def end(scene: Scene, recording: Recording, status: str) -> None:
    """It is whole, or there is nothing to hear; told late, it brings nothing purged back."""
    if recording.status == PURGED:
        return
    recording.status = status
    if status == "completed":
        transcripts.want(scene, recording)


def latest(scene: Scene, call: Call) -> Recording | None:
    """The caller's last recording that has, or will have, a sound; none: no words were left."""
    recording = scene.session.scalar(
        select(Recording).where(Recording.call_id == call.id).order_by(Recording.id.desc()).limit(1)
    )
    silent = recording is None or not recording.seconds or recording.status in NOTHING_TO_HEAR
    return None if silent else recording


def about(scene: Scene, incident: Incident) -> Sequence[Recording]:
    """Those of its call and of the calls about it, in order, whatever became of them."""
    its_own = select(Recording).where(Recording.call_id.in_(linking.calls_about(incident)))
    return scene.session.scalars(its_own.order_by(Recording.id)).all()


def find(scene: Scene, incident_id: int, recording_id: int) -> Recording | None:
    """That recording, where it is of this incident, and of no other (A55), and can be heard."""
    incident = scene.session.get(Incident, incident_id)
    found = about(scene, incident) if incident else ()
    whole = (each for each in found if each.id == recording_id and each.status == "completed")
    return next(whole, None)


def played(scene: Scene, incident: Incident, agent: Agent, recording: Recording) -> None:
    """Who played it and when stays on the timeline; the pieces of one play are one line (A62)."""
    lasts = timedelta(seconds=recording.seconds) + ONE_PLAY
    if not _lately(scene, incident, agent, recording, "recording_played", lasts):
        timeline.record(scene, incident, "recording_played", agent, recording=recording.id)


def read(scene: Scene, incident: Incident, agent: Agent, recording: Recording) -> None:
    """Who read its transcript and when, the same way."""
    if not _lately(scene, incident, agent, recording, "transcript_read", ONE_PLAY):
        timeline.record(scene, incident, "transcript_read", agent, recording=recording.id)


def _lately(
    scene: Scene, incident: Incident, agent: Agent, recording: Recording, kind: str, span: timedelta
) -> bool:
    """Did the same agent do that, in the last `span`?"""
    facts = scene.session.scalars(
        select(Event.facts).where(
            Event.incident_id == incident.id,
            Event.kind == kind,
            Event.agent_id == agent.id,
            Event.at > scene.now - span,
        )
    )
    return any(each.get("recording") == recording.id for each in facts)


def expired(session: Session, before: datetime, limit: int) -> Sequence[Recording]:
    """Those that were recorded before that moment (UTC) and are not purged, oldest first."""
    old = select(Recording).where(Recording.recorded_at < before, Recording.status != PURGED)
    return session.scalars(old.order_by(Recording.recorded_at).limit(limit)).all()


def purged(scene: Scene, recording_id: int) -> None:
    """Its sound is deleted at Twilio."""
    scene.session.get_one(Recording, recording_id, with_for_update=True).status = PURGED


def forget_words(scene: Scene, before: datetime) -> None:
    """What was transcribed of words spoken before that moment (UTC) is deleted."""
    scene.session.execute(
        update(Recording)
        .where(
            Recording.recorded_at < before,
            Recording.transcript.is_not(None) | Recording.transcribe_at.is_not(None),
        )
        .values(transcript=None, transcribe_at=None)
    )
