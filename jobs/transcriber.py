"""Turns a recording into text, by whatever service the operator names; none by default.

"http" is a service of the operator's own that speaks the API which self-hosted Whisper servers
share: POST, multipart/form-data with `file`, `model`, `language` (ISO 639-1) and
`response_format=json`; the answer is {"text": "..."}. Callers tell of people's health: the sound
goes to that one address, over https or within this machine, and never where it redirects to.
"""

from __future__ import annotations

import json
import time
from typing import Protocol
from urllib.parse import urlsplit

import requests

from jobs.audio import Audio
from jobs.failure import Failure
from settings import Settings, is_loopback

PATIENCE = 180.0
"""Seconds for an answer: a machine without a graphics card listens about as long as one speaks."""
_CONNECT = 5.0  # seconds
_LARGEST = 1_000_000  # bytes of an answer
_NEVER = frozenset({400, 413, 415, 422})
"""The statuses that speak of this very sound; others, of the service: tried again."""
_ENDINGS = {"audio/mpeg": "mp3", "audio/mp3": "mp3"}  # anything else is a WAV file


class NotTranscribed(Failure):
    """There is no text. The sentence holds nothing of what was said."""


class Transcriber(Protocol):
    """What a transcriber does. There is one class a service, chosen by TRANSCRIBER."""

    def transcribe(self, audio: Audio, language: str) -> str:
        """The words of a recording in "fr" or "en"; empty where it hears none.

        Raises `NotTranscribed`; `permanent` where this recording will never do.
        """


def chosen(settings: Settings) -> Transcriber | None:
    """The transcriber that the settings name; none: nothing is transcribed."""
    if settings.transcriber == "http":
        return Http(
            settings.transcriber_url, settings.transcriber_model, settings.transcriber_token
        )
    return None


class Http:
    """A service that takes POST .../v1/audio/transcriptions, at the address given."""

    def __init__(self, url: str, model: str, token: str | None = None) -> None:
        self._url, self._model, self._token = url, model, token

    def transcribe(self, audio: Audio, language: str) -> str:
        ending = _ENDINGS.get(audio.content_type, "wav")
        until = time.monotonic() + PATIENCE
        try:
            with requests.Session() as http:
                http.trust_env = not is_loopback(self._url)
                response = http.post(
                    self._url,
                    files={"file": (f"recording.{ending}", audio.content, audio.content_type)},
                    data={
                        "model": self._model,
                        "language": language,
                        "response_format": "json",
                    },
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                    auth=self._sign,
                    timeout=(_CONNECT, PATIENCE),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    return _text(response, until)
        except requests.RequestException as error:
            sentence = f"{self._host} does not answer: {type(error).__name__}"
            raise NotTranscribed(sentence, permanent=False) from error

    @property
    def _host(self) -> str:
        return urlsplit(self._url).hostname or ""

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Given also without a token: a .netrc file supplies none then."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _text(response: requests.Response, until: float) -> str:
    """The answer's text; what it says otherwise is not repeated, it may quote the caller."""
    if response.status_code != 200:
        sentence = f"the transcriber answers {response.status_code}"
        raise NotTranscribed(sentence, permanent=response.status_code in _NEVER)
    body = bytearray()
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > _LARGEST or time.monotonic() > until:
            raise NotTranscribed("its answer is too long, or too slow", permanent=False)
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    text = answer.get("text") if isinstance(answer, dict) else None
    if not isinstance(text, str):
        raise NotTranscribed("its answer holds no text", permanent=False)
    return text
