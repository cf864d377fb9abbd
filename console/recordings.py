"""Playing a recording: fetched from Twilio for a signed-in agent, and put on the timeline."""

from __future__ import annotations

import io
import logging

from flask import Response, abort, g, send_file
from sqlalchemy import select

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
    return send_file(io.BytesIO(sound.content), mimetype=sound.content_type, conditional=True)


def _find(scene: Scene, incident_id: int, recording_id: int) -> Recording:
    """This incident's recording, and no other's (A55)."""
    recording = scene.session.scalar(
        select(Recording)
        .join(Incident, Incident.call_id == Recording.call_id)
        .where(Recording.id == recording_id, Incident.id == incident_id)
    )
    if recording is None or recording.status != "completed":
        abort(404)
    return recording


def _note(scene: Scene, incident_id: int, recording: Recording) -> None:
    incident = scene.session.get_one(Incident, incident_id)
    recordings.played(scene, incident, scene.session.get_one(Agent, g.agent.id), recording)
