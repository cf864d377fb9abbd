"""What callers have said: listed, read and heard as on the page, and noted before it is given."""

from __future__ import annotations

from functools import partial

from api import shapes
from api.operation import Answer, Asked, Sound
from api.problems import Problem
from ivr import recordings
from ivr.models import Agent, Incident, Recording
from ivr.scene import Scene


def list_recordings(asked: Asked) -> Answer:
    """Of its call and of those about it, the oldest first: what there is, and not what it says."""
    incident = asked.scene.session.get(Incident, asked.path["id"])
    if incident is None:
        raise Problem("not_found")
    found = recordings.about(asked.scene, incident)
    return Answer([shapes.RECORDING.write(each) for each in found])


def read_transcript(asked: Asked) -> Answer:
    recording = _find(asked)
    if not recording.transcript:
        raise Problem("not_found")
    return Answer(shapes.TRANSCRIPT.write(recording), note=partial(_note, asked, recordings.read))


def play(asked: Asked) -> Answer:
    """The sound, as Twilio gives it."""
    return Answer(Sound(_find(asked).sid), note=partial(_note, asked, recordings.played))


def _find(asked: Asked) -> Recording:
    found = recordings.find(asked.scene, asked.path["id"], asked.path["recording"])
    if found is None:
        raise Problem("not_found")
    return found


def _note(asked: Asked, noted: recordings.Noted, scene: Scene) -> None:
    """On the incident's timeline, as whoever the token acts as."""
    incident = scene.session.get_one(Incident, asked.path["id"])
    recording = scene.session.get_one(Recording, asked.path["recording"])
    noted(scene, incident, scene.session.get_one(Agent, asked.token.agent_id), recording)
