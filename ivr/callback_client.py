"""The super user's side of a callback: who calls and why, the key that joins, or a voicemail.

A voicemail presses no key: it gets a short message, counts as an attempt, and never as told.
"""

from __future__ import annotations

from ivr import callback_legs, callbacks, legs
from ivr.callback_words import purpose, voicemail
from ivr.models import Leg
from ivr.reply import Bridge, Keys, Reply
from ivr.scene import Scene

ASKED = 3
"""How often we ask: people say "allô" first, and a greeting speaks over the beginning."""
WAIT = 2  # seconds after each time; with what is said, a greeting and its beep have passed
VOICEMAIL = "voicemail"


def hears(scene: Scene, leg: Leg, keys: str, asked: int) -> Reply:
    """The phone was picked up, or keys were pressed; `asked` says how often we asked for them."""
    if leg.outcome == VOICEMAIL:
        return Reply((voicemail(scene, leg),), None)  # the same request again
    if not callback_legs.is_wanted(scene, leg):
        return Reply((), None)
    if leg.accepted_at is not None:
        return Reply((), Bridge())
    if keys == leg.code and legs.accept(scene, leg):
        callback_legs.spoken_to(scene, leg)
        return Reply((), Bridge())
    callbacks.keep(scene, leg.incident)
    if asked >= ASKED:
        callback_legs.over(scene, leg, VOICEMAIL)
        return Reply((voicemail(scene, leg),), None)
    return Reply((purpose(leg, whole=asked < ASKED - 1),), Keys(1, "", WAIT, WAIT))
