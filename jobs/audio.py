"""A recording's sound, fetched from Twilio with our credentials (A52, A53, A57).

For the console's pages, and for the agent who wants to hear the caller before accepting.

The address is made here, of the API that the settings name and the recording's sid: never one
that a webhook brought. The credentials go to that API alone, and not where it redirects to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from settings import Settings

LARGEST = 20 * 1024 * 1024
"""Bytes: far more than the longest message that the line records."""
_REDIRECTS = 3
PATIENCE = 30.0
"""Seconds for the whole sound, where nobody on the phone waits for it."""
_CONNECT, _NEXT_PIECE = 5.0, 15.0  # seconds at most
_PIECE = 64 * 1024
_SID = re.compile(r"RE[0-9a-f]{32}")
_TYPES = frozenset({"audio/mpeg", "audio/mp3", "audio/wav", "audio/x-wav", "audio/wave"})


class NotFetched(Exception):
    """Twilio did not hand the recording over, or what came is none; the sentence is for logs."""


@dataclass(frozen=True)
class Audio:
    content: bytes
    content_type: str


def fetch(settings: Settings, sid: str, patience: float | None = None) -> Audio:
    """The recording's MP3, within about `patience` seconds (30). Raises `NotFetched`."""
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    if not _SID.fullmatch(sid):
        raise NotFetched("its sid is none of Twilio's")
    account = settings.twilio_account_sid
    url = f"{settings.twilio_api_base_url}/2010-04-01/Accounts/{account}/Recordings/{sid}.mp3"
    try:
        with requests.Session() as http:
            if settings.local:
                http.trust_env = False  # it is on the loopback: no proxy has a say
            with _follow(http, url, settings, until) as response:
                return Audio(_content(response, until), _type(response))
    except requests.RequestException as error:
        raise NotFetched(type(error).__name__) from error


def _follow(
    http: requests.Session, url: str, settings: Settings, until: float
) -> requests.Response:
    """The answer at the end of a few redirects, each looked at before it is followed."""
    credentials: Any = (settings.twilio_account_sid, settings.twilio_auth_token)
    for _ in range(_REDIRECTS + 1):
        left = max(0.1, until - time.monotonic())
        response = http.get(
            url,
            auth=credentials,
            headers={"Accept-Encoding": "identity"},
            stream=True,
            allow_redirects=False,
            timeout=(min(_CONNECT, left), min(_NEXT_PIECE, left)),
        )
        if not response.is_redirect:
            return response
        response.close()
        url = urljoin(url, response.headers["Location"])
        _check(url, local=settings.local)
        credentials = _no_credentials
    raise NotFetched("it redirects too often")


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given instead of none, which would let a .netrc file supply some."""
    return request


def _check(url: str, *, local: bool) -> None:
    """Refuses a redirect to anything but a public https address; the stand-in's are local."""
    parts = urlsplit(url)
    if local:
        return
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise NotFetched("it redirects to something other than a plain https address")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise NotFetched("it redirects to a host that has no address") from error
    if not all(ipaddress.ip_address(address[0]).is_global for *_, address in found):
        raise NotFetched("it redirects to an address that is not public")


def _type(response: requests.Response) -> str:
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type not in _TYPES:
        raise NotFetched("it is no audio")
    return content_type


def _content(response: requests.Response, until: float) -> bytes:
    if response.status_code != 200:
        raise NotFetched(f"status {response.status_code}")
    _type(response)
    pieces = bytearray()
    # Counted after unpacking: a small answer may unpack into a large one.
    for piece in response.iter_content(_PIECE):
        pieces += piece
        if len(pieces) > LARGEST:
            raise NotFetched("it is too large")
        if time.monotonic() > until:
            raise NotFetched("it comes too slowly")
    return bytes(pieces)
