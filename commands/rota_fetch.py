"""Fetches a calendar: a file, or an address, which is most often its only secret."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import requests

from commands.wording import refuse

LARGEST = 5_000_000
"""Bytes; a rota of years is a tenth of it."""
SECONDS = 15
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def fetch(source: str, language: str) -> bytes:
    """The calendar's bytes; ends the command with a sentence where they cannot be had.

    An address must be https all the way, or on this computer: whoever could change a calendar on
    its way would choose whose phone rings. No sentence tells the address.
    """
    if "://" not in source:
        try:
            return Path(source).read_bytes()
        except OSError as error:
            refuse(language, "rota.file_unreadable", path=source, error=error.strerror)
    url = source.replace("webcal://", "https://", 1)
    if not _is_safe(url):
        refuse(language, "rota.not_https")
    try:
        data, end = _get(url)
    except requests.RequestException as error:
        kind = type(error).__name__
        refuse(language, "rota.feed_unreachable", host=urlsplit(url).hostname, error=kind)
    if not _is_safe(end):
        refuse(language, "rota.not_https")
    if len(data) > LARGEST:
        refuse(language, "rota.feed_too_large", size=LARGEST // 1_000_000)
    return data


def name_of(source: str) -> str:
    """What to call the calendar: the same for the same source, without what is secret in it."""
    if "://" not in source:
        return Path(source).stem
    mark = hashlib.sha256(source.split("://", 1)[1].encode()).hexdigest()[:8]
    return f"{urlsplit(source).hostname} {mark}"


def _get(url: str) -> tuple[bytes, str]:
    """The body, cut where it is too large, and the address that it came from in the end."""
    with requests.get(url, timeout=SECONDS, stream=True) as answer:
        answer.raise_for_status()
        data = b""
        for piece in answer.iter_content(65_536):
            data += piece
            if len(data) > LARGEST:
                break
        return data, answer.url


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
