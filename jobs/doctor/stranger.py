"""Asks for a page as a stranger would: without a password."""

from __future__ import annotations

import requests

from line import Line

TIMEOUT = 10.0  # seconds


def get(line: Line, url: str) -> requests.Response:
    """Raises what `requests` raises; a redirect is not followed."""
    with requests.Session() as http:
        http.auth = _no_credentials
        if line.settings.local:
            http.trust_env = False  # it is on the loopback: no proxy has a say
        return http.get(url, timeout=TIMEOUT, allow_redirects=False)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given instead of none, which would let a .netrc file supply some."""
    return request
