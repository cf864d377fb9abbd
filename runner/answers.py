"""Whether the demo's processes answer."""

from __future__ import annotations

import socket

import requests

SECONDS = 1.0
_http = requests.Session()
_http.trust_env = False  # on the loopback no proxy has a say


def listens(port: int) -> bool:
    """Whether somebody takes connections on this port of the loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS):
            return True
    except OSError:
        return False


def is_ready(url: str) -> bool:
    """Whether the web process, and all that it needs, is ready for calls."""
    try:
        return _http.get(f"{url}/readyz", timeout=SECONDS).status_code == 200
    except requests.RequestException:
        return False
