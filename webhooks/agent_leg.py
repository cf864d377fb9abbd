"""The agent's side of a hunt: the whisper before the two are joined, the key, the progress."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from ivr import bridging, contact_ring, legs, level_ring, numbers, whisper
from ivr.hunt import OUTCOMES
from ivr.models import Leg
from ivr.reply import Bridge
from ivr.scene import Scene
from webhooks import keys, sound, twiml
from webhooks.form import VoiceForm
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.wiring import empty, line, xml

agent_leg = safe(guard(Blueprint("agent_leg", __name__, url_prefix="/leg")))
PROGRESS = {"ringing": "ringing", "in-progress": "answered"}


@agent_leg.post("/whisper")
def picked_up() -> Response:
    """The agent's phone was answered: nobody is joined yet."""
    came, asked = form(), request.args.get("asked", 0, type=int)
    with line().scene() as scene:
        leg = _leg(scene, came)
        hears = contact_ring if leg.kind == contact_ring.KIND else whisper
        if came.keys:
            reply = hears.keyed(scene, leg, came.sid, came.keys, asked)
        else:
            reply = hears.answered(scene, leg, came.sid, asked)
    action = f"/leg/whisper?asked={asked + 1}&key={keys.proof(leg.id, leg.code)}&leg={leg.id}"
    if leg.kind == level_ring.KIND and leg.call:  # should the database be gone when it answers
        action += f"&queue={level_ring.queue_of(leg.call)}"
    if isinstance(reply.listen, Bridge):
        action = f"/leg/over?leg={leg.id}"
    heard = sound.address(leg.id, reply.play) if reply.play else ""
    return xml(
        twiml.voice(reply, action=action, leg_url="", caller_id="", sound_url=heard, whisper=True)
    )


@agent_leg.post("/over")
def talk_over() -> Response:
    """An agent rung with the whole level has talked with the caller, or found the queue empty."""
    came = form()
    with line().scene() as scene:
        leg = _leg(scene, came)
        # The call first, then its legs: the order of locks in which a call's end takes them.
        scene.session.refresh(leg.call, with_for_update=True)
        if came.bridged is False:
            bridging.failed(scene, leg)
        elif came.bridged:
            bridging.proved(scene, leg)
        legs.end(scene, leg, "talked")
        reply = whisper.talk_over(leg)
    return xml(twiml.voice(reply, action="", leg_url="", caller_id="", whisper=True))


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
    """The leg that the address names, where this very call rang it; else 404 (A18).

    Of one placed over REST, whose answer may be lost: the first call to that number that asks.
    """
    leg = scene.session.get(Leg, request.args.get("leg", 0, type=int))
    if leg is None or leg.call is None:
        abort(404)
    if leg.kind == level_ring.KIND:
        to_it = not came.parent and came.called in (leg.number, numbers.canonical(leg.number))
        if not to_it or not legs.adopt(scene, leg, came.sid):
            abort(404)
    elif leg.call.sid != came.parent or leg.sid not in (None, came.sid):
        abort(404)
    return leg
