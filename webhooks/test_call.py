"""The test of an agent's phone: what whoever picks up hears, the key, and how the call ended.

Each request must come from the very call that we placed for the test, to its very number.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from ivr import numbers, phone_tests
from ivr.models import PhoneTest
from ivr.scene import Scene
from webhooks import twiml
from webhooks.form import VoiceForm
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.wiring import empty, line, xml

test_call = safe(guard(Blueprint("test_call", __name__, url_prefix="/test-call")))


@test_call.post("/answered")
def picked_up() -> Response:
    """The agent's phone was picked up, or keys were pressed on it."""
    came, asked = form(), request.args.get("asked", 0, type=int)
    with line().scene() as scene:
        test = _test(scene, came)
        reply = phone_tests.hears(scene, test, came.keys, asked)
    again = f"/test-call/answered?asked={asked + 1}&test={test.id}"
    return xml(twiml.voice(reply, action=again, leg_url="", caller_id="", whisper=True))


@test_call.post("/status")
def progressed() -> Response:
    """How the test's call goes; only its end matters."""
    came = form()
    with line().scene() as scene:
        test = _test(scene, came)
        if came.over:
            phone_tests.end(scene, test, phone_tests.ENDS.get(came.status, "failed"))
    return empty()


def _test(scene: Scene, came: VoiceForm) -> PhoneTest:
    """The test that the address names, where this very call is its own; else 404."""
    test = scene.session.get(PhoneTest, request.args.get("test", 0, type=int))
    if test is None or came.called not in (test.number, numbers.canonical(test.number)):
        abort(404)
    if not phone_tests.adopt(scene, test, came.sid):
        abort(404)
    return test
