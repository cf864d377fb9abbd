"""What a person does at a phone: dials, answers, presses, speaks, hangs up, texts."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from console.phone.exchange import NUMBER, Refusal, answers, known, remote
from standin.behaviours import BEHAVIOURS
from standin.recordings import LARGEST

ACTS = ("answer", "decline", "hang-up", "keys", "words", "speaks")
MOST_WORDS = 1000
PATIENCE = 60.0
"""Seconds in which a recording waits for whoever has to find the microphone, or to type."""
LONGEST_SPEECH = 120.0
HIDDEN = "anonymous"


@answers
def phone_dial() -> Any:
    """`from`: a number, or "anonymous" where it is withheld. A phone makes one call at a time."""
    caller = request.form.get("from", "")
    hidden = caller == HIDDEN
    if not hidden and not NUMBER.fullmatch(caller):
        raise Refusal("no_number")
    return remote().dial(caller, None, hidden, alone=True, patience=PATIENCE)


@answers
def phone_act(sid: str, act: str) -> Any:
    """`keys` or `words` go with the act of that name. 404 for one that is none."""
    if act not in ACTS:
        abort(404)
    facts: dict[str, Any] = {}
    if act in ("keys", "words"):
        facts[act] = request.form.get(act, "").strip()[:MOST_WORDS]
        if not facts[act]:
            raise Refusal(f"no_{act}")
    elif act == "speaks":
        # Nothing longer: the line's own limit ends what nobody stops.
        facts["longest"] = LONGEST_SPEECH if request.form.get("on") == "1" else 0.0
    return remote().does(known(sid), act, **facts)


@answers
def phone_sound(sid: str) -> Any:
    """The body is a WAV file of what was said, mono, 16 bits, 8 kHz."""
    if (request.content_length or LARGEST + 1) > LARGEST:
        raise Refusal("no_sound")
    return remote().sound(known(sid), request.get_data())


@answers
def phone_does() -> Any:
    """What these `number`s do when they are called, from now on: `does`, "manual" by hand."""
    does, numbers = request.form.get("does", ""), request.form.getlist("number")
    if does not in BEHAVIOURS or not all(NUMBER.fullmatch(number) for number in numbers):
        abort(400)
    for number in numbers:
        remote().set_phone(number, does)


@answers
def phone_text() -> Any:
    """A phone texts the line: `from` and `body`."""
    caller, body = request.form.get("from", ""), request.form.get("body", "").strip()
    if not body:
        raise Refusal("no_words")
    return remote().text(caller, body[:MOST_WORDS])
