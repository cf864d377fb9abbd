"""Playing a recording: from Twilio alone, with our credentials there alone, and on record."""

from __future__ import annotations

import base64
import io
import logging
import threading
import time
import wave
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from ivr.models import Incident, Recording
from jobs import audio
from line import Line
from tests.console.cast import MINUTE, Browser, Cast, StandingClock, text

CREDENTIALS = "Basic " + base64.b64encode(f"AC{'0' * 32}:token".encode()).decode()


def sound(seconds: int = 1) -> bytes:
    """A real WAV file of silence, as a phone records: 8 kHz, one channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\0\0" * 8000 * seconds)
    return file.getvalue()


class Api:
    """An HTTP server that answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda request: give(
            request, sound(), "audio/mpeg"
        )
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.asked.append((self.path, self.headers.get("Authorization")))
                api.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def give(
    request: BaseHTTPRequestHandler,
    body: bytes,
    content_type: str,
    status: int = 200,
    **headers: str,
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", content_type)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    yield server
    server.close()


@pytest.fixture
def elsewhere() -> Iterator[Api]:
    server = Api()
    yield server
    server.close()


@pytest.fixture
def api_url(api: Api) -> str:
    return api.url


@pytest.fixture
def incident(cast: Cast) -> Incident:
    return cast.incident()


@pytest.fixture
def recording(cast: Cast, incident: Incident) -> Recording:
    return cast.recording(incident)


@pytest.fixture
def address(incident: Incident, recording: Recording) -> str:
    return f"/incidents/{incident.id}/recordings/{recording.id}"


def test_the_sound_comes_from_twilio_with_our_credentials(
    alice: Browser, api: Api, address: str, recording: Recording
) -> None:
    page = alice.get(address)
    assert page.status_code == 200
    assert page.data == sound()
    assert page.content_type == "audio/mpeg"
    assert page.headers["Cache-Control"] == "no-store"
    path = f"/2010-04-01/Accounts/AC{'0' * 32}/Recordings/{recording.sid}.mp3"
    assert api.asked == [(path, CREDENTIALS)]


def test_a_player_may_ask_for_a_piece(alice: Browser, address: str) -> None:
    page = alice.get(address, Range="bytes=44-143")
    assert page.status_code == 206
    assert page.data == sound()[44:144]
    assert page.headers["Content-Range"] == f"bytes 44-143/{len(sound())}"


def test_a_redirect_is_followed_without_the_credentials(
    alice: Browser, api: Api, elsewhere: Api, address: str
) -> None:
    """A53."""
    api.answer = lambda request: give(
        request, b"", "text/plain", 307, Location=f"{elsewhere.url}/media?signed=1"
    )
    assert alice.get(address).data == sound()
    assert [authorization for _, authorization in api.asked] == [CREDENTIALS]
    assert elsewhere.asked == [("/media?signed=1", None)]


def test_not_even_a_netrc_file_brings_credentials_elsewhere(
    api: Api, elsewhere: Api, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.answer = lambda request: give(request, b"", "text/plain", 302, Location=elsewhere.url)
    with requests.Session() as http:  # one that trusts its environment, as in production
        until = time.monotonic() + 10
        audio._follow(http, f"{api.url}/recording", line.settings, until).close()
    assert api.asked == [("/recording", CREDENTIALS)]
    assert elsewhere.asked == [("/", None)]


@pytest.mark.parametrize(
    "location",
    [
        "http://api.twilio.com/",  # not encrypted
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://2130706433/",  # 127.0.0.1 as one number
        "https://10.0.0.8/",
        "https://localhost/",
        "https://user:secret@1.1.1.1/",
        "https://no-such-host.invalid/",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_in_production_a_redirect_leads_to_a_public_host_or_nowhere(location: str) -> None:
    """A52."""
    with pytest.raises(audio.NotFetched, match="redirects to"):
        audio._check(location, local=False)


def test_in_production_a_public_https_address_is_followed() -> None:
    audio._check("https://1.1.1.1/media", local=False)


def test_it_does_not_redirect_for_ever(alice: Browser, api: Api, address: str) -> None:
    api.answer = lambda request: give(request, b"", "text/plain", 302, Location="/again")
    assert alice.get(address).status_code == 502
    assert len(api.asked) == 4


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/html", 200),
        ("", 200),
        ("application/json", 200),
        ("audio/mpeg", 404),
        ("audio/mpeg", 500),
    ],
)
def test_what_is_no_audio_is_not_handed_on(
    alice: Browser,
    api: Api,
    address: str,
    cast: Cast,
    incident: Incident,
    content_type: str,
    status: int,
) -> None:
    api.answer = lambda request: give(request, b"<script>", content_type, status)
    page = alice.get(address)
    assert page.status_code == 502
    assert "L'enregistrement ne nous parvient pas" in text(page)
    assert cast.kinds(incident) == []


def test_what_is_too_large_is_dropped(
    alice: Browser, api: Api, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "LARGEST", len(sound()) - 1)
    assert alice.get(address).status_code == 502
    monkeypatch.setattr(audio, "LARGEST", len(sound()))
    assert alice.get(address).status_code == 200


def test_what_comes_too_slowly_is_given_up(
    alice: Browser, api: Api, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "PATIENCE", -1)
    assert alice.get(address).status_code == 502


def test_where_twilio_is_away_the_page_says_so_and_the_log_names_no_one(
    alice: Browser, api: Api, address: str, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    api.close()
    caplog.set_level(logging.DEBUG)
    assert alice.get(address).status_code == 502
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("console")]
    assert lines == [f"recording {recording.id} of incident {1}: ConnectionError"]


@pytest.mark.parametrize("sid", ["../../Calls", "RE" + "g" * 32, "RE123", "", "CA" + "0" * 32])
def test_a_sid_that_is_none_is_never_asked_for(
    alice: Browser, api: Api, address: str, cast: Cast, recording: Recording, sid: str
) -> None:
    cast.change(recording, sid=sid)
    assert alice.get(address).status_code == 502
    assert api.asked == []


def test_a_recording_belongs_to_its_incident(
    alice: Browser, api: Api, cast: Cast, recording: Recording
) -> None:
    """A55: another incident's page does not open it."""
    other = cast.incident()
    assert alice.get(f"/incidents/{other.id}/recordings/{recording.id}").status_code == 404
    assert alice.get(f"/incidents/{other.id}/recordings/4711").status_code == 404
    assert api.asked == []


def test_an_unfinished_recording_is_not_asked_for(
    alice: Browser, api: Api, cast: Cast, address: str, recording: Recording
) -> None:
    cast.change(recording, status="in-progress")
    assert alice.get(address).status_code == 404
    assert api.asked == []


class TestEachPlayIsOnRecord:
    """A62: reading a recording always leaves a line."""

    def test_with_who_and_when(
        self, alice: Browser, cast: Cast, incident: Incident, address: str
    ) -> None:
        alice.get(address)
        assert cast.kinds(incident) == ["recording_played"]
        assert "Alice Roy écoute l'enregistrement." in text(alice.get(f"/incidents/{incident.id}"))

    def test_the_pieces_of_one_play_are_one_line(
        self, alice: Browser, cast: Cast, incident: Incident, address: str
    ) -> None:
        for piece in ("bytes=0-", "bytes=1000-", "bytes=0-1"):
            alice.get(address, Range=piece)
        assert cast.kinds(incident) == ["recording_played"]

    def test_a_piece_from_the_middle_is_a_play_too(
        self, alice: Browser, cast: Cast, incident: Incident, address: str
    ) -> None:
        alice.get(address, Range="bytes=1000-")
        assert cast.kinds(incident) == ["recording_played"]

    def test_a_later_play_is_another(
        self, alice: Browser, cast: Cast, incident: Incident, address: str, clock: StandingClock
    ) -> None:
        alice.get(address)
        clock.passes(2 * MINUTE)
        alice.get(address)
        assert cast.kinds(incident) == ["recording_played"] * 2

    def test_so_is_anothers_and_that_of_another_recording(
        self,
        alice: Browser,
        browser_of: Callable[[str], Browser],
        cast: Cast,
        incident: Incident,
        address: str,
    ) -> None:
        second = cast.recording(incident)
        alice.get(address)
        browser_of("bob").get(address)
        alice.get(f"/incidents/{incident.id}/recordings/{second.id}")
        assert cast.kinds(incident) == ["recording_played"] * 3
