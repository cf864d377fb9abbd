"""Playing a recording: fetched from Twilio for a signed-in agent, and put on the timeline."""

from __future__ import annotations

import io
import logging

from flask import Response, abort, g, request, send_file

from console import page
from console.session import the_line
from ivr import recordings
from ivr.models import Agent, Incident, Recording
from ivr.scene import Scene
from jobs import audio

log = logging.getLogger(__name__)


def play(incident_id: int, recording_id: int) -> Response:
    """The sound, or the piece of it that the player asks for; noted before it is given."""
    with page.looking() as scene:
        recording = _find(scene, incident_id, recording_id)
    try:
        sound = audio.fetch(the_line().settings, recording.sid)
    except audio.NotFetched as error:
        log.warning("recording %s of incident %s: %s", recording_id, incident_id, error)
        abort(502)
    with the_line().scene() as scene:
        _note(scene, incident_id, recording)
    answer = send_file(io.BytesIO(sound.content), mimetype=sound.content_type, conditional=True)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def read_transcript(incident_id: int, recording_id: int) -> str:
    """What a machine understood of it; noted before it is given, as a play is.

    With `part`, the words alone, for the page that asks for them where they are wanted.
    """
    with the_line().scene() as scene:
        recording = _find(scene, incident_id, recording_id)
        if not recording.transcript:
            abort(404)
        incident = scene.session.get_one(Incident, incident_id)
        recordings.read(scene, incident, scene.session.get_one(Agent, g.agent.id), recording)
    part = "words" if "part" in request.args else "transcript"
    return page.render(f"incident/{part}.html", incident=incident, recording=recording)


def _find(scene: Scene, incident_id: int, recording_id: int) -> Recording:
    return recordings.find(scene, incident_id, recording_id) or abort(404)


def _note(scene: Scene, incident_id: int, recording: Recording) -> None:
    incident = scene.session.get_one(Incident, incident_id)
    recordings.played(scene, incident, scene.session.get_one(Agent, g.agent.id), recording)
