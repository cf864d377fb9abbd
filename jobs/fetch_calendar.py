"""Fetches a calendar from an address, which is most often its only secret."""

from __future__ import annotations

import hashlib
import time
from urllib.parse import urlsplit

import requests

from settings import is_loopback, is_private

LARGEST = 5_000_000
"""Bytes; a rota of years is a tenth of it."""
SECONDS = 15
"""For each step of the way, and twice as long for all of it."""


class NotFetched(Exception):
    """There is no calendar; `why`: "not_https", "unreachable" or "too_large".

    Neither it nor `error`, a name for logs, tells the address.
    """

    def __init__(self, why: str, error: str = "") -> None:
        super().__init__(f"{why} {error}".strip())
        self.why, self.error = why, error


def fetch(url: str) -> bytes:
    """The calendar's bytes. Raises `NotFetched`.

    An address must be https all the way, or on this computer: whoever could change a calendar on
    its way would choose whose phone rings.
    """
    if not is_private(url):
        raise NotFetched("not_https")
    try:
        data, end = _get(url)
    except requests.RequestException as error:
        raise NotFetched("unreachable", type(error).__name__) from error
    if not is_private(end):
        raise NotFetched("not_https")
    if len(data) > LARGEST:
        raise NotFetched("too_large")
    return data


def name_of(url: str) -> str:
    """What to call the calendar: the same for the same address, without what is secret in it."""
    mark = hashlib.sha256(url.split("://", 1)[1].encode()).hexdigest()[:8]
    return f"{urlsplit(url).hostname} {mark}"


def _get(url: str) -> tuple[bytes, str]:
    """The body, cut where it is too large, and the address that it came from in the end."""
    until = time.monotonic() + 2 * SECONDS
    with requests.Session() as http:
        http.trust_env = not is_loopback(url)
        with http.get(url, timeout=SECONDS, stream=True) as answer:
            answer.raise_for_status()
            data = b""
            for piece in answer.iter_content(65_536):
                data += piece
                if len(data) > LARGEST:
                    break
                if time.monotonic() > until:
                    raise requests.Timeout
            return data, answer.url
