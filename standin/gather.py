"""<Gather>: keys, or words, of the far end.

https://www.twilio.com/docs/voice/twiml/gather
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin import audio, webhooks
from standin.scheduler import Sleep, Steps, Wait
from standin.signals import Key, Words
from standin.verbs import Document, Gather
from standin.webhooks import Next

if TYPE_CHECKING:
    from standin.leg import Leg


def gather(leg: Leg, verb: Gather, document: Document, first: bool) -> Steps[Next | None]:
    """Keys pressed while something is said stop it; the time-out starts after it, and again
    after each key. Words are listened for only where `input` names speech.
    """
    leg.answer()
    leg.mail.clear()
    leg.hears_keys, leg.hears_words = "dtmf" in verb.input, "speech" in verb.input
    item = yield from _prompt(leg, verb, document)
    leg.wait_for("gather")
    if item is None:
        item = yield Wait(leg.mail, verb.timeout)
    if isinstance(item, Words):
        yield Sleep(item.seconds)
        extra = {"SpeechResult": item.text, "Confidence": "0.9"}
        following: Next | None = webhooks.action(document, verb, extra)
    else:
        leg.hears_words = False
        digits, ended_by = yield from _digits(leg, verb, item)
        following = _result(verb, document, digits, ended_by)
    leg.stop_waiting()
    return following


def _digits(leg: Leg, verb: Gather, key: Key | None) -> Steps[tuple[str, str]]:
    """The digits, and the key that finished them ("" where a time-out or their number did)."""
    digits = ""
    while key is not None:
        if key.key == verb.finish_on_key:
            return digits, key.key
        digits += key.key
        if len(digits) == verb.num_digits:
            break
        key = yield Wait(leg.mail, verb.timeout)
    return digits, ""


def _prompt(leg: Leg, verb: Gather, document: Document) -> Steps[Key | Words | None]:
    """Says what is nested; the first key or word stops it."""
    for nested in verb.nested:
        heard = yield from audio.until_key(leg, nested, document)
        if heard is not None:
            return heard
    return None


def _result(verb: Gather, document: Document, digits: str, ended_by: str) -> Next | None:
    """Nothing pressed, or the finishing key alone, is no input: the next verb runs."""
    if not digits and not verb.action_on_empty_result:
        return None
    extra = {"Digits": digits, "FinishedOnKey": ended_by, "msg": "Gather End"}
    return webhooks.action(document, verb, extra)
