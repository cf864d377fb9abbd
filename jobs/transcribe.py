"""Has recordings transcribed, where the operator wants it: a thread of the sweep's.

It takes a minute or more, so neither the worker nor the sweep itself does it: a callback would
wait. A transcriber that is slow, or gone, holds up nobody.
"""

from __future__ import annotations

import logging
import threading

from ivr import transcripts
from ivr.database import reading
from ivr.models import Call, Recording
from jobs import audio, transcriber
from jobs.failure import Failure
from jobs.transcriber import NotTranscribed, Transcriber
from line import Line

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds
LIMIT = 20  # recordings at a time


def transcribe_due(line: Line) -> None:
    """Every recording that is due at this moment, one after the other."""
    service = transcriber.chosen(line.settings)
    if service is None:
        return
    with reading(line.sessions) as session:
        due = transcripts.due(session, line.clock(), LIMIT)
    for recording_id in due:
        transcribe(line, service, recording_id)


def transcribe(line: Line, service: Transcriber, recording_id: int) -> None:
    """One recording, where it is due and nobody else has it done; twice does no harm."""
    with line.scene() as scene:
        recording = transcripts.claim(scene, recording_id)
        if recording is None:
            return
        language = scene.session.get_one(Call, recording.call_id).language
    try:
        text = service.transcribe(_sound(line, recording), language)
    except Failure as failure:
        log.warning("recording %s: not transcribed: %s", recording_id, failure)
        _not_transcribed(line, recording_id, failure)
        return
    with line.scene() as scene:
        if waiting := transcripts.waiting(scene, recording_id):
            transcripts.written(scene, waiting, text, language)


def _sound(line: Line, recording: Recording) -> audio.Audio:
    try:
        return audio.fetch(line.settings, recording.sid)
    except audio.NotFetched as error:  # Twilio may have it ready a little later
        raise NotTranscribed(f"no sound: {error}", permanent=False) from error


def _not_transcribed(line: Line, recording_id: int, failure: Failure) -> None:
    with line.scene() as scene:
        waiting = transcripts.waiting(scene, recording_id)
        if waiting is None:
            return
        if failure.permanent:
            transcripts.give_up(scene, waiting)
        elif transcripts.again(scene, waiting):
            return
    log.error("recording %s: given up, it stays without a transcript", recording_id)


class Scribe(threading.Thread):
    """Looks each second until it is stopped; idle where there is no transcriber."""

    def __init__(self, line: Line) -> None:
        super().__init__(name="scribe", daemon=True)
        self._line, self._stop_asked = line, threading.Event()

    def run(self) -> None:
        if transcriber.chosen(self._line.settings) is None:
            return
        while not self._stop_asked.wait(EVERY):
            try:
                transcribe_due(self._line)
            except Exception:  # database or clock away: the next look may find them back
                log.exception("nothing was transcribed")

    def stop(self) -> None:
        self._stop_asked.set()
