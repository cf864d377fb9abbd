"""The one clock that is injected everywhere: real in production, the stand-in's in a demo or test.

`ivr/` never sees it: there the moment is an argument (law 4 of the house plan).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import requests

Clock = Callable[[], datetime]
"""Called, it answers the present moment as an aware UTC datetime."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def standin_clock(api_base_url: str) -> Clock:
    """The clock that the stand-in holds, so that every process reads the same, movable moment."""
    session = requests.Session()
    session.trust_env = False  # it is on the loopback: no proxy has a say

    def now() -> datetime:
        answer = session.get(f"{api_base_url}/standin/clock", timeout=5)
        answer.raise_for_status()
        return datetime.fromisoformat(answer.json()["now"]).astimezone(UTC)

    return now
