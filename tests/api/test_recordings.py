"""Recordings through the API: listed, heard and read, and never without a line on the timeline."""

from __future__ import annotations

import pytest

from ivr.models import Incident
from tests.api.asker import Asker
from tests.api.conftest import Make
from tests.console.cast import Cast
from tests.console.test_recordings import Api, api, api_url, give, sound

__all__ = ["api", "api_url"]  # fixtures


@pytest.fixture
def incident(cast: Cast) -> Incident:
    found = cast.incident("P2", client=cast.parc)
    cast.change(cast.recording(found), transcript="Rien ne marche", transcript_language="fr")
    return found


def path(incident: Incident, recording: int = 1) -> str:
    return f"/incidents/{incident.id}/recordings/{recording}"


def test_what_there_is(ask: Make, cast: Cast, incident: Incident) -> None:
    """Nobody has to act for that, and it says nothing of what was said."""
    answer = ask("recordings").get(f"/incidents/{incident.id}/recordings")
    [shown] = answer.json  # type: ignore[misc]
    assert (shown["id"], shown["status"], shown["has_transcript"]) == (1, "completed", True)
    assert "Rien ne marche" not in answer.text
    assert cast.kinds(incident) == []
    assert ask("recordings").get("/incidents/999/recordings").status_code == 404


def test_it_is_heard_and_noted(bob: Asker, cast: Cast, api: Api, incident: Incident) -> None:
    api.answer = lambda request: give(request, sound(), "audio/wav")
    answer = bob.get(f"{path(incident)}/sound")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", sound())
    assert answer.headers["Cache-Control"] == "no-store"
    assert cast.kinds(incident) == ["recording_played"]


def test_what_twilio_does_not_hand_over_was_not_heard(
    bob: Asker, cast: Cast, api: Api, incident: Incident
) -> None:
    api.answer = lambda request: give(request, b"", "audio/wav", status=404)
    answer = bob.get(f"{path(incident)}/sound")
    assert (answer.status_code, answer.json["code"]) == (502, "not_fetched")  # type: ignore[index]
    assert cast.kinds(incident) == []


def test_its_transcript_is_read_and_noted(bob: Asker, cast: Cast, incident: Incident) -> None:
    answer = bob.get(f"{path(incident)}/transcript")
    assert answer.json == {"recording_id": 1, "language": "fr", "text": "Rien ne marche"}
    assert cast.kinds(incident) == ["transcript_read"]
    cast.change(cast.recording(incident), transcript=None)
    assert bob.get(f"{path(incident, 2)}/transcript").status_code == 404


@pytest.mark.parametrize("what", ["sound", "transcript"])
def test_a_person_hears_it_with_that_right(
    ask: Make, cast: Cast, api: Api, incident: Incident, what: str
) -> None:
    nobody = ask("recordings").get(f"{path(incident)}/{what}")
    assert (nobody.status_code, nobody.json["code"]) == (403, "needs_person")  # type: ignore[index]
    other = ask("incidents", agent=cast.bob).get(f"{path(incident)}/{what}")
    assert (other.status_code, other.json["code"]) == (403, "forbidden")  # type: ignore[index]
    assert (cast.kinds(incident), api.asked) == ([], [])


def test_that_of_another_incident_is_none(bob: Asker, cast: Cast, incident: Incident) -> None:
    other = cast.incident("P3")
    for what in ("sound", "transcript"):
        assert bob.get(f"{path(other)}/{what}").status_code == 404
