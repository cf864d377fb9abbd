"""Tells the stand-in what the demo's phones do, each time it starts: it keeps nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import requests

from commands import demo_data
from runner.answers import listens
from runner.lines import Lines

UP_SECONDS = 20.0
ANSWER_SECONDS = 5.0


def set_phones(environ: Mapping[str, str], lines: Lines) -> None:
    """In a thread of its own, as soon as the stand-in listens."""
    threading.Thread(target=_set_phones, args=[environ, lines], daemon=True).start()


def _set_phones(environ: Mapping[str, str], lines: Lines) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while not listens(int(environ["STANDIN_PORT"])) and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        tell(environ["TWILIO_API_BASE_URL"], demo_data.read().phones)
    except requests.RequestException as error:
        lines.say("standin", f"its phones could not be set: {type(error).__name__}")


def tell(url: str, phones: Mapping[str, str]) -> None:
    """Raises `requests.RequestException` where the stand-in does not take it."""
    with requests.Session() as session:
        session.trust_env = False  # on the loopback no proxy has a say
        for number, does in phones.items():
            answer = session.put(
                f"{url}/standin/phones/{number}", json={"does": does}, timeout=ANSWER_SECONDS
            )
            answer.raise_for_status()
