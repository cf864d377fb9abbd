"""What callers said, in writing: an aid to reading, by a machine; the audio is the record.

Off unless the operator names a transcriber (TRANSCRIBER), and nothing waits for one. The row is
the queue: `transcribe_at` says when, `claimed_until` who, by a lease that expires (law 5). A text
is as confidential as the sound: no log and no line of the timeline holds it, and it is purged with
the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from ivr import timeline
from ivr.database import changed
from ivr.models import Call, Recording
from ivr.scene import Scene

LEASE = timedelta(minutes=5)
"""Longer than fetching the sound and waiting for the transcriber may take together."""
PAUSES = tuple(timedelta(seconds=s) for s in (15, 60, 300, 900, 3600))  # the last one repeats
GIVEN_UP_AFTER = timedelta(hours=24)
LONGEST = 5000
"""Characters: two minutes of the fastest speech are half of it."""


def want(scene: Scene, recording: Recording) -> None:
    """The recording is whole: to be transcribed, once, should there be a transcriber."""
    if recording.transcript is None and not recording.attempts:
        recording.transcribe_at = scene.now


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """The recordings to have transcribed now, newest first: somebody may wait for those.

    Never one of more than a day: a transcriber that is switched on begins with what is of use.
    """
    return session.scalars(
        select(Recording.id).where(*_due_at(now)).order_by(Recording.id.desc()).limit(limit)
    ).all()


def claim(scene: Scene, recording_id: int) -> Recording | None:
    """The recording, where it is due and nobody else has it done: ours for the lease."""
    ours = (
        update(Recording)
        .where(Recording.id == recording_id, *_due_at(scene.now))
        .values(claimed_until=scene.now + LEASE, attempts=Recording.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed(scene.session, ours):
        return None
    return scene.session.get(Recording, recording_id, populate_existing=True)


def waiting(scene: Scene, recording_id: int) -> Recording | None:
    """The recording, locked, where no other claim has settled it meanwhile, and it still exists."""
    recording = scene.session.get(
        Recording, recording_id, with_for_update=True, populate_existing=True
    )
    return recording if recording and recording.transcribe_at is not None else None


def written(scene: Scene, recording: Recording, text: str, language: str) -> None:
    """The transcriber answered with `text`; an empty one says that it heard no words."""
    recording.transcript = " ".join(text.split())[:LONGEST]
    recording.transcript_language = language
    if recording.transcript:
        _done(scene, recording, "transcribed")
    else:
        _done(scene, recording, "not_transcribed")


def again(scene: Scene, recording: Recording) -> bool:
    """Not now: tried again after a pause; false where a day is over and it is given up."""
    pause = PAUSES[min(recording.attempts, len(PAUSES)) - 1]
    if scene.now + pause >= recording.recorded_at + GIVEN_UP_AFTER:
        give_up(scene, recording)
        return False
    recording.transcribe_at = scene.now + pause
    recording.claimed_until = None
    return True


def give_up(scene: Scene, recording: Recording) -> None:
    """It will not be transcribed: whoever wants to know plays it."""
    _done(scene, recording, "not_transcribed")


def text_of(scene: Scene, call: Call) -> str:
    """All that is transcribed of what the caller said, in order; empty: nothing yet, or never."""
    texts = select(Recording.transcript).where(
        Recording.call_id == call.id, Recording.transcript.is_not(None)
    )
    return " ".join(text for text in scene.session.scalars(texts.order_by(Recording.id)) if text)


def first_words(text: str, longest: int) -> str:
    """The beginning of `text` in at most so many characters, whole words, and that it goes on."""
    if len(text) <= longest:
        return text
    whole, _, _ = text[: longest - 2].rpartition(" ")
    return f"{whole or text[: longest - 3]}..."


def _done(scene: Scene, recording: Recording, kind: str) -> None:
    recording.transcribe_at = recording.claimed_until = None
    call = scene.session.get_one(Call, recording.call_id)
    if call.incident:
        timeline.record(scene, call.incident, kind, recording=recording.id)


def _due_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    claimed = Recording.claimed_until
    return (
        Recording.transcribe_at <= now,
        or_(claimed.is_(None), claimed <= now),
        Recording.recorded_at > now - GIVEN_UP_AFTER,
    )
