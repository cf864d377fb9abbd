"""What callers said, in writing: by a service that answers, is slow, is wrong or is not there."""

from __future__ import annotations

import dataclasses
import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, Response, jsonify, redirect, request
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from ivr import transcripts
from ivr.agent_keys import LATER
from ivr.models import Recording
from jobs import transcribe
from jobs.retention import purge
from jobs.transcribe import Scribe, transcribe_due
from line import Line
from settings import Settings, SettingsError
from standin.faults import RestFault
from tests import servers
from tests.console.cast import Browser, text
from tests.jobs.cast import owe_in
from tests.jobs.conftest import Database
from tests.jobs.test_interleaved import while_another_acts
from tests.phones import Call
from tests.scenarios.cast import TO_IMPACT, presses
from tests.world import NIGHT_USER, ON_CALL_1, ON_CALL_2, PASSWORD, World

SAID = "Le logiciel est arrêté. {Plus rien} ne s'ouvre <b>depuis</b> deux heures, nulle part ici."
TOKEN = "a token of the service"
PATH = "/v1/audio/transcriptions"


class Service:
    """A server that speaks the API of self-hosted Whisper servers; it does what a test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.status, self.body = 200, ""
        self.text = "  " + SAID.replace(". ", ".\n") + "\n"
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.app = Flask(__name__)
        self.app.post(PATH)(self.transcriptions)

    def transcriptions(self) -> Response | Answer | tuple[str, int]:
        (file,) = request.files.values()
        self.asked.append(
            {
                **request.form,
                "name": file.filename,
                "type": file.content_type,
                "sound": file.read(),
                "authorization": request.headers.get("Authorization"),
            }
        )
        self.may_answer.wait(10)
        if self.status == 302:
            return redirect("/elsewhere")
        if self.status != 200 or self.body:
            return self.body or f"I heard: {SAID}", self.status
        return jsonify(text=self.text)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def scribe(line: World, service: Service) -> Iterator[Line]:
    """The line whose settings name the service."""
    with servers.serve(service.app) as address:
        named = dataclasses.replace(
            line.line.settings,
            transcriber="http",
            transcriber_url=address + PATH,
            transcriber_model="large-v3",
            transcriber_token=TOKEN,
        )
        yield dataclasses.replace(line.line, settings=named)


def call_with_words(line: World) -> Call:
    """10452's night super user has said what is the matter, and people are rung."""
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "1").stays_silent()
    line.twilio.legs[call.sid].speak("Le logiciel est arrêté")
    line.phones.passes(seconds=4)
    call.presses("#", wait=False)
    line.phones.passes(seconds=2)
    return call


def nobody_answers(line: World) -> Call:
    for agent in (ON_CALL_1, ON_CALL_2):
        line.phone(agent).rings_out()
    return call_with_words(line)


def recording(line: World) -> Recording:
    with line.session() as session:
        return session.scalars(select(Recording)).one()


def page(line: World, more: str = "") -> str:
    browser = Browser(line.app)
    browser.sign_in("garde1@example.org", PASSWORD)
    return text(browser.get(f"/incidents/{line.incident().id}{more}"))


def test_without_a_transcriber_everything_works_and_nothing_is_transcribed(
    line: World, service: Service
) -> None:
    nobody_answers(line).hangs_up()
    line.work()
    transcribe_due(line.line)
    assert recording(line).transcript is None
    assert "Transcription" not in page(line)
    line.phones.passes(seconds=5)
    assert len(line.phone(ON_CALL_1).inbox) == 2, "alerted, and paged"
    assert not any('"' in sms for sms in line.phone(ON_CALL_1).inbox)
    assert not any("«" in m.body for m in line.messages("mail") if m.agent_id)


def test_the_sound_goes_there_and_its_words_stand_beside_the_player(
    line: World, scribe: Line, service: Service
) -> None:
    nobody_answers(line).hangs_up()
    transcribe_due(scribe)
    (asked,) = service.asked
    sound = asked.pop("sound")
    assert isinstance(sound, bytes)
    assert sound.startswith(b"RIFF")
    assert asked == {
        "model": "large-v3",
        "language": "fr",
        "response_format": "json",
        "name": "recording.wav",
        "type": "audio/x-wav",
        "authorization": f"Bearer {TOKEN}",
    }
    assert recording(line).transcript == SAID
    assert "Transcription automatique" in page(line)
    assert SAID not in page(line), "read on request, which is noted"
    said = page(line, f"/recordings/{recording(line).id}/transcript")
    assert f"Transcription automatique, à vérifier à l'écoute : {SAID}" in said
    assert line.timeline().count("transcribed") == 1
    assert not any(SAID[:9] in str(event.facts) for event in line.events())
    transcribe_due(scribe)
    assert len(service.asked) == 1


def texts(line: World, purpose: str) -> list[str]:
    return [m.body for m in line.messages("sms") if m.purpose == purpose and m.to == ON_CALL_1]


def test_alerts_hold_what_is_there_by_then_and_none_is_sent_for_it(
    line: World, scribe: Line
) -> None:
    nobody_answers(line).hangs_up()
    line.work()
    transcribe_due(scribe)
    line.work()
    (alert,), (page_1,) = texts(line, "alert"), texts(line, "page_1")
    assert '"' not in alert + page_1
    line.passes(timedelta(minutes=3))
    (page_2,) = texts(line, "page_2")
    assert '" Le logiciel est arreté.' in page_2, "ê is not of the GSM alphabet"
    assert re.search(r'deux( heures)?,?\.\.\. " Numéro', page_2)
    assert texts(line, "alert") == [alert]


def test_a_letter_holds_the_whole_of_it(line: World, scribe: Line) -> None:
    line.phone(ON_CALL_1).is_held()
    line.phone(ON_CALL_2).rings_out()
    call_with_words(line)
    line.phones.passes(seconds=4)
    transcribe_due(scribe)
    line.phone(ON_CALL_1).picks_up().presses(LATER, wait=False)
    line.phones.passes(seconds=2)
    letters = [m for m in line.messages("mail") if m.purpose == "warning"]
    assert letters
    assert all(f"«\u00a0{SAID}\u00a0»" in letter.body for letter in letters)


LATER_PERHAPS = (
    *((status, "") for status in (503, 429, 401, 404, 302)),
    *(
        (200, body)
        for body in ("no JSON", '{"a": 1}', '["text"]', '{"text": null}', "x" * 1_100_000)
    ),
)


def test_what_may_work_later_is_tried_again(line: World, scribe: Line, service: Service) -> None:
    nobody_answers(line).hangs_up()
    for tries, (service.status, service.body) in enumerate(LATER_PERHAPS, 1):
        transcribe_due(scribe)
        transcribe_due(scribe)
        assert len(service.asked) == tries, "not before its pause is over"
        again = recording(line).transcribe_at
        assert again
        assert again > line.now
        line.twilio.run_until(again)
    service.status, service.body = 200, ""
    transcribe_due(scribe)
    assert recording(line).transcript == SAID


@pytest.mark.parametrize("status", [400, 422])
def test_what_never_will_is_given_up(
    line: World, scribe: Line, service: Service, status: int
) -> None:
    nobody_answers(line).hangs_up()
    service.status = status
    transcribe_due(scribe)
    line.phones.passes(minutes=30)
    transcribe_due(scribe)
    assert len(service.asked) == 1
    assert line.timeline().count("not_transcribed") == 1
    assert "n'a pas pu être transcrit : il s'écoute" in page(line)


def test_a_sound_that_twilio_does_not_give_is_tried_again(line: World, scribe: Line) -> None:
    nobody_answers(line).hangs_up()
    line.twilio.faults.rest(RestFault(status=503), when=lambda _, path, __: "Recordings" in path)
    transcribe_due(scribe)
    assert recording(line).transcript is None
    line.phones.passes(seconds=16)
    transcribe_due(scribe)
    assert recording(line).transcript == SAID


def test_after_a_day_it_is_given_up_with_a_line_in_the_log(
    line: World, scribe: Line, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    nobody_answers(line).hangs_up()
    service.status = 500
    for _ in range(60):
        transcribe_due(scribe)
        due = recording(line).transcribe_at
        if due is None:
            break
        line.twilio.run_until(due)
    assert recording(line).transcribe_at is None
    assert 20 < len(service.asked) < 40
    assert line.timeline().count("not_transcribed") == 1
    errors = [
        r for r in caplog.records if r.levelno == logging.ERROR and r.name == transcribe.__name__
    ]
    assert [error.getMessage() for error in errors] == [
        "recording 1: given up, it stays without a transcript"
    ]


def test_no_log_holds_what_was_said_or_the_token(
    line: World, scribe: Line, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    nobody_answers(line).hangs_up()
    for status in (500, 200):
        service.status = status
        transcribe_due(scribe)
        line.phones.passes(seconds=20)
    assert recording(line).transcript == SAID
    assert "not transcribed: the transcriber answers 500" in caplog.text
    assert "Le logiciel" not in caplog.text
    assert TOKEN not in caplog.text


def test_no_words_were_heard(line: World, scribe: Line, service: Service) -> None:
    nobody_answers(line).hangs_up()
    service.text = " \n"
    transcribe_due(scribe)
    assert line.timeline().count("not_transcribed") == 1
    assert "Transcription automatique" not in page(line)


def test_while_it_listens_calls_are_placed(
    line: World, scribe: Line, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribe, "EVERY", 0.01)
    nobody_answers(line).hangs_up()
    service.may_answer.clear()
    thread = Scribe(scribe)
    thread.start()
    _until(lambda: bool(service.asked))
    line.phone(ON_CALL_1).accepts()
    line.phone(NIGHT_USER).accepts()
    line.passes(timedelta(minutes=1))
    assert line.phones.bridges() == [(ON_CALL_1, NIGHT_USER)]
    assert recording(line).transcript is None
    service.may_answer.set()
    _until(lambda: recording(line).transcript == SAID)
    thread.stop()
    thread.join(5)
    assert not thread.is_alive()


def _until(holds: object) -> None:
    deadline = time.monotonic() + 10
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


# The row is the queue -------------------------------------------------------------------------


def recorded(database: Database) -> int:
    with database.scene() as scene:
        call = owe_in(scene).call
        assert call
        kept = Recording(call_id=call.id, sid="RE" + "5" * 32, recorded_at=scene.now)
        scene.session.add(kept)
        scene.session.flush()
        transcripts.want(scene, kept)
    return kept.id


def due(database: Database) -> list[int]:
    with database.scene() as scene:
        return list(transcripts.due(scene.session, scene.now, 9))


def test_of_two_at_the_same_moment_one_has_it(database: Database) -> None:
    found = recorded(database)
    assert (
        while_another_acts(
            database,
            lambda scene: transcripts.claim(scene, found),
            lambda scene: transcripts.claim(scene, found),
        )
        is None
    )


def test_a_killed_one_leaves_it_to_the_next_and_comes_too_late(database: Database) -> None:
    found = recorded(database)
    with database.scene() as scene:
        assert transcripts.claim(scene, found)
    assert due(database) == []
    database.passes(transcripts.LEASE)
    assert due(database) == [found]
    with database.scene() as scene:
        kept = transcripts.claim(scene, found)
        assert kept
        transcripts.written(scene, kept, "Bonjour", "fr")
    with database.scene() as scene:
        assert transcripts.waiting(scene, found) is None, "for the one that slept over its lease"


def test_what_is_older_than_a_day_is_left(database: Database) -> None:
    recorded(database)
    database.passes(transcripts.GIVEN_UP_AFTER)
    assert due(database) == []


# Kept no longer than it may -------------------------------------------------------------------


def test_it_is_purged_with_the_recording(line: World, scribe: Line) -> None:
    nobody_answers(line).hangs_up()
    transcribe_due(scribe)
    days = line.line.policy.recording.keep_days
    line.twilio.run_until(line.now + timedelta(days=days - 1))
    purge(line.line)
    assert (recording(line).status, len(line.twilio.recordings)) == ("completed", 1)
    line.twilio.run_until(line.now + timedelta(days=1))
    purge(line.line)
    kept = recording(line)
    assert (kept.status, kept.transcript, len(line.twilio.recordings)) == ("purged", None, 0)
    assert "son délai de conservation est passé" in page(line)
    purge(line.line)


def test_while_twilio_deletes_nothing_our_words_go_and_the_sound_later(
    line: World, scribe: Line
) -> None:
    nobody_answers(line).hangs_up()
    transcribe_due(scribe)
    line.twilio.run_until(line.now + timedelta(days=line.line.policy.recording.keep_days, hours=1))
    line.twilio.faults.rest(RestFault(status=503), when=lambda method, _, __: method == "DELETE")
    purge(line.line)
    assert (recording(line).status, recording(line).transcript) == ("completed", None)
    purge(line.line)
    assert (recording(line).status, len(line.twilio.recordings)) == ("purged", 0)


# Settings and words ---------------------------------------------------------------------------

ENVIRON = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "PUBLIC_URL": "https://line.example.org",
    "P1LINE_NUMBER": "+18005550100",
    "DATABASE_URL": "sqlite://",
    "REDIS_URL": "redis://",
    "SECRET_KEY": "secret " * 8,
}


@pytest.mark.parametrize(
    ("kind", "url", "wrong"),
    [
        ("whisper", "https://whisper.example.org/", "TRANSCRIBER must be"),
        ("http", "", "TRANSCRIBER_URL"),
        ("http", "http://whisper.example.org/", "TRANSCRIBER_URL"),
        ("http", "http://[", "TRANSCRIBER_URL"),
        ("http", "file:///etc/passwd", "TRANSCRIBER_URL"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_start(kind: str, url: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=wrong):
        Settings.from_environ({**ENVIRON, "TRANSCRIBER": kind, "TRANSCRIBER_URL": url})


@pytest.mark.parametrize("url", ["https://whisper.example.org/v1", "http://127.0.0.1:9000/x", ""])
def test_a_setting_that_can_be(url: str) -> None:
    kind = "http" if url else ""
    read = Settings.from_environ({**ENVIRON, "TRANSCRIBER": kind, "TRANSCRIBER_URL": url})
    assert (read.transcriber, read.transcriber_url) == (kind, url)


@given(st.text("ab c", max_size=60), st.integers(8, 40))
@settings(max_examples=60, deadline=None)
def test_the_first_words_are_no_longer_than_asked(said: str, longest: int) -> None:
    said = " ".join(said.split())
    first = transcripts.first_words(said, longest)
    assert len(first) <= longest
    if first != said:
        assert first.endswith("...")
        assert said.startswith(first[:-3])
        cut = said[len(first) - 3]
        assert cut == " " or " " not in said[: longest - 2]
