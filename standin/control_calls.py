"""Calls in the control API: what a person at a phone does, hears and sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from standin import recordings
from standin.control import Refusal, control, posted, show
from standin.entries import as_json
from standin.leg import Leg
from standin.rest import switch

LONGEST_WAIT = 25.0
"""Real seconds that one request may wait for something to happen."""


@control.get("/standin/calls")
def list_calls() -> Response:
    """Newest first; `?number=` those of one phone, `?live=1` those that are not over."""
    number = request.args.get("number")
    with switch().scheduler.lock:
        legs = switch().live if "live" in request.args else switch().legs
        found = [leg for leg in legs.values() if number in (None, leg.far_number)]
        return jsonify(calls=[show(leg) for leg in reversed(found)])


@control.post("/standin/calls")
def dial_line() -> tuple[Response, int]:
    """`{"from": number, "to": the line's, "hidden": true}`: a phone calls the line.

    `"alone": true` refuses it to a phone that is on a call; `patience`: see `Leg`.
    """
    body = posted()
    to = body.get("to") or switch().number.number
    if to not in switch().numbers:
        raise Refusal("no_such_line", 404)
    caller = "anonymous" if body.get("hidden") else str(body.get("from", ""))
    if caller != "anonymous" and not switch().can_be_dialled(caller):
        raise Refusal("no_number")
    with switch().scheduler.lock:
        if body.get("alone") and switch().devices.is_on_a_call(caller):
            raise Refusal("on_a_call", 409)
        leg = switch().dial_line(caller, to).leg
        leg.patience = _seconds(body, "patience")
        return jsonify(show(leg)), 201


@control.get("/standin/calls/<sid>")
def follow_call(sid: str) -> Response:
    """The call and its events from `?since=` on. Waits up to `?wait=` real seconds for one, or,
    with `?waits=`, until the line waits for the far end once more than that.
    """
    leg = _leg(sid)
    since, waits = request.args.get("since", 0, type=int), request.args.get("waits", type=int)
    longest = min(LONGEST_WAIT, request.args.get("wait", 0.0, type=float))
    switch().watch.wait(leg, since, waits, longest)
    with switch().scheduler.lock:
        entries = switch().ledger.on_leg(sid)
        events = [as_json(entry) for entry in entries[since:]]
        return jsonify(call=show(leg), events=events, next=len(entries))


@control.post("/standin/calls/<sid>/keys")
def press(sid: str) -> Response:
    keys = str(posted().get("keys", ""))
    if not keys or set(keys) - set("0123456789*#wW"):
        raise Refusal("no_keys")
    return _at_phone(sid, lambda leg: leg.handset.press(keys))


@control.post("/standin/calls/<sid>/words")
def speak(sid: str) -> Response:
    words = str(posted().get("words", ""))
    return _at_phone(sid, lambda leg: leg.handset.speak(words))


@control.post("/standin/calls/<sid>/speaks")
def begin_to_speak(sid: str) -> Response:
    """`{"longest": seconds}`: a recording waits so long for the sound of what is said."""
    longest = _seconds(posted(), "longest")
    return _at_phone(sid, lambda leg: leg.begin_to_speak(longest))


@control.post("/standin/calls/<sid>/sound")
def send_sound(sid: str) -> Response:
    """A WAV file (recordings.py) of what the far end has said: it is what the recording holds."""
    request.max_content_length = recordings.LARGEST
    try:
        frames = recordings.frames(request.get_data())
    except (ValueError, RequestEntityTooLarge) as error:
        raise Refusal("no_sound") from error

    def send(leg: Leg) -> None:
        if not leg.sound(frames):
            raise Refusal("not_recording", 409)

    return _at_phone(sid, send)


@control.post("/standin/calls/<sid>/answer")
def answer(sid: str) -> Response:
    return _at_phone(sid, lambda leg: leg.handset.answer())


@control.post("/standin/calls/<sid>/decline")
def decline(sid: str) -> Response:
    return _at_phone(sid, lambda leg: leg.handset.refuse("no-answer"))


@control.post("/standin/calls/<sid>/hang-up")
def hang_up(sid: str) -> Response:
    return _at_phone(sid, lambda leg: leg.handset.hang_up())


@control.post("/standin/calls/<sid>/hurry")
def hurry(sid: str) -> Response:
    """`{"after": waits}`: skips the time until the call waits for its far end once more."""
    leg = _leg(sid)
    switch().watch.hurry(leg, int(posted().get("after", leg.waits)), LONGEST_WAIT)
    return jsonify(show(leg))


def _seconds(body: dict[str, Any], name: str) -> float:
    """At most ten minutes."""
    try:
        return min(600.0, max(0.0, float(body.get(name, 0))))
    except (TypeError, ValueError) as error:
        raise Refusal("no_seconds") from error


def _leg(sid: str) -> Leg:
    leg = switch().legs.get(sid)
    if leg is None:
        raise Refusal("no_such_call", 404)
    return leg


def _at_phone(sid: str, does: Callable[[Leg], None]) -> Response:
    """Something done at the far end of a call; answers the call as it was before."""
    leg = _leg(sid)
    with switch().scheduler.lock:
        if leg.over:
            raise Refusal("call_over", 409)
        before = show(leg)
        does(leg)
    return jsonify(before)
