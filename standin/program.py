"""Follows TwiML on one leg, document after document.

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin import verbs
from standin.scheduler import Sleep, Steps
from standin.signals import HungUp
from standin.twiml import TwimlError
from standin.verbs import Document
from standin.webhooks import Next, Target, fetch_document

if TYPE_CHECKING:
    from standin.leg import Leg

MOST_DOCUMENTS_AT_ONCE = 100
"""Documents fetched without time passing between them: a loop that would never end."""

WHISPER_VERBS = (verbs.Say, verbs.Play, verbs.Pause, verbs.Gather, verbs.Hangup, verbs.Redirect)


def run(leg: Leg, target: Target, extra: dict[str, str] | None = None) -> Steps[None]:
    """Follows documents until one ends without leading further."""
    following: Next | None = Next(target, extra or {})
    moment, at_once = leg.switch.now(), 0
    while following is not None:
        if leg.switch.now() != moment:
            moment, at_once = leg.switch.now(), 0
        at_once += 1
        if at_once > MOST_DOCUMENTS_AT_ONCE:
            leg.complain(11215, "documents lead in a circle", following.target.url)
            yield from application_error(leg)
        following = yield from _document(leg, following)


def _document(leg: Leg, following: Next) -> Steps[Next | None]:
    """Fetches and plays one document; what is wrong with it leads to the fallback, or the end."""
    target = following.target
    try:
        document = yield from fetch_document(leg, target, following.extra)
        note(leg, document)
        return (yield from play(leg, document))
    except TwimlError as error:
        leg.complain(error.code, str(error), target.url)
        if leg.fallback is None or target == leg.fallback:
            yield from application_error(leg)
            return None
        extra = {"ErrorCode": str(error.code), "ErrorUrl": target.url.partition("#")[0]}
        return Next(leg.fallback, extra)


def note(leg: Leg, document: Document) -> None:
    """Keeps what Twilio would complain about in the document."""
    for warning in document.warnings:
        leg.complain(12200, f"Schema validation warning: {warning}", document.url or "")
    for unplayed in document.unplayed:
        leg.complain(0, f"not played by the stand-in: {unplayed}", document.url or "")


def play(leg: Leg, document: Document) -> Steps[Next | None]:
    """The verbs of one document, until one leads to another document."""
    for place, verb in enumerate(document.verbs):
        if leg.is_whispering and not isinstance(verb, WHISPER_VERBS):
            name = type(verb).__name__
            raise TwimlError(13201, f"<{name}> before the parties are bridged")
        player = leg.switch.players[type(verb)]
        following: Next | None = yield from player(leg, verb, document, place == 0)
        if following is not None:
            return following
    return None


def application_error(leg: Leg) -> Steps[None]:
    """What a caller hears when nothing is left to follow."""
    leg.answer()
    yield Sleep(leg.hear(leg.switch.words["application_error"]))
    leg.finish("completed", "application error")
    raise HungUp
