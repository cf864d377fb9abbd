"""Say, Play and Pause, alone or inside a Gather, where a key cuts them short."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from typing import TYPE_CHECKING

from standin.scheduler import Fetch, Sleep, Steps, Wait
from standin.signals import Key, Words
from standin.transport import Request, Response
from standin.verbs import Document, Pause, Play, Say, Speech
from standin.webhooks import Next, resolve, signer

if TYPE_CHECKING:
    from standin.leg import Leg

UNKNOWN_LENGTH = 5.0
"""Seconds of a file whose length cannot be told."""
FOREVER = 1000
"""How often `loop="0"` says it."""


def say(leg: Leg, verb: Say, document: Document, first: bool) -> Steps[Next | None]:
    leg.answer()
    for part in _spoken(verb):
        yield Sleep(leg.hear(part))
    return None


def play(leg: Leg, verb: Play, document: Document, first: bool) -> Steps[Next | None]:
    leg.answer()
    for _ in range(verb.loop or FOREVER):
        yield Sleep((yield from _start(leg, verb, document)))
    return None


def pause(leg: Leg, verb: Pause, document: Document, first: bool) -> Steps[Next | None]:
    """As the first verb it lets the call ring on."""
    if not first:
        leg.answer()
    yield Sleep(verb.length)
    leg.answer()
    return None


def until_key(leg: Leg, verb: Say | Play | Pause, document: Document) -> Steps[Key | Words | None]:
    """The nested audio of a Gather; answers the input that cut it short."""
    if isinstance(verb, Pause):
        return (yield from _listen(leg, verb.length))
    if isinstance(verb, Say):
        for part in _spoken(verb):
            if (heard := (yield from _listen(leg, leg.hear(part)))) is not None:
                return heard
        return None
    for _ in range(verb.loop or FOREVER):
        seconds = yield from _start(leg, verb, document)
        if (heard := (yield from _listen(leg, seconds))) is not None:
            return heard
    return None


def _listen(leg: Leg, seconds: float) -> Steps[Key | Words | None]:
    item: Key | Words | None = yield Wait(leg.mail, seconds)
    return item


def _spoken(verb: Say) -> Iterator[Speech]:
    for _ in range(verb.loop or FOREVER):
        yield from verb.speech


def _start(leg: Leg, verb: Play, document: Document) -> Steps[float]:
    """Fetches the file, which gets none of Twilio's parameters, and answers how long it plays."""
    if verb.digits:
        for key in verb.digits:
            if key not in "wW":
                leg.handset.hears_key(key)
        return 0.5 * len(verb.digits)
    url = resolve(document, verb.url)
    request = Request(leg.sid, "play", url, "GET", {}, signer(leg.switch, {}), leg.cookies)
    response: Response = yield Fetch(request)
    if not response.ok:
        leg.complain(11200, f"Play answered {response.error or response.status}", url)
        return 0.0
    leg.hear(Speech(f"[{url}]", ""))
    return _length(response.body)


def _length(body: bytes) -> float:
    try:
        with wave.open(io.BytesIO(body)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError):
        return UNKNOWN_LENGTH
