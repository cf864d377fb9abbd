"""The agent's side of a hunt: the whisper before the two are joined, the key, the progress."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from ivr import legs, whisper
from ivr.hunt import OUTCOMES
from ivr.models import Leg
from ivr.scene import Scene
from webhooks import twiml
from webhooks.form import VoiceForm
from webhooks.signature import form, guard
from webhooks.wiring import empty, line, xml

agent_leg = guard(Blueprint("agent_leg", __name__, url_prefix="/leg"))
PROGRESS = {"ringing": "ringing", "in-progress": "answered"}


@agent_leg.post("/whisper")
def picked_up() -> Response:
    """The agent's phone was answered: nobody is joined yet."""
    came, asked = form(), request.args.get("asked", 0, type=int)
    with line().scene() as scene:
        leg = _leg(scene, came)
        if came.keys:
            reply = whisper.keyed(scene, leg, came.sid, came.keys, asked)
        else:
            reply = whisper.answered(scene, leg, came.sid, asked)
    again = f"/leg/whisper?asked={asked + 1}&leg={leg.id}"
    return xml(twiml.voice(reply, action=again, leg_url="", caller_id=""))


@agent_leg.post("/status")
def progressed() -> Response:
    """Twilio tells how the leg goes; late or early news never turns it back."""
    came = form()
    with line().scene() as scene:
        leg = _leg(scene, came)
        if came.over:
            legs.end(scene, leg, OUTCOMES.get(came.status, "failed"))
        elif came.status in PROGRESS:
            legs.progress(scene, leg, PROGRESS[came.status], came.sid)
    return empty()


def _leg(scene: Scene, came: VoiceForm) -> Leg:
    """The leg that the address names, where this very call rang it; else 404 (A18)."""
    leg = scene.session.get(Leg, request.args.get("leg", 0, type=int))
    if leg is None or leg.call is None or leg.call.sid != came.parent:
        abort(404)
    if leg.sid not in (None, came.sid):
        abort(404)
    return leg
