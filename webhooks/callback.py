"""The two phones of a callback, which Twilio asks us about: whisper, key, join, end.

Each request must come from the very call that we placed for its leg (A18): the sid that Twilio
gave us, or, where its answer was lost, the first call to that number that asks for the leg.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from ivr import callback_agent, callback_client, callback_legs, callbacks, legs, numbers
from ivr.hunt import OUTCOMES
from ivr.models import Leg
from ivr.reply import Reply, Ring
from ivr.scene import Scene
from webhooks import twiml
from webhooks.form import VoiceForm
from webhooks.signature import form, guard
from webhooks.trouble import safe
from webhooks.wiring import empty, line, xml

callback = safe(guard(Blueprint("callback", __name__, url_prefix="/callback")))
PROGRESS = {"ringing": "ringing", "in-progress": "answered"}
BRIDGED = {"true": True, "false": False}


@callback.post("/agent")
def agent_answers() -> Response:
    """The agent's phone was picked up, or keys were pressed on it."""
    came, asked = form(), request.args.get("asked", 0, type=int)
    with line().scene() as scene:
        leg = _leg(scene, "agent", came)
        legs.progress(scene, leg, "answered", came.sid)
        reply = callback_agent.hears(scene, leg, came.keys, asked)
    return _answer(leg, reply, f"/callback/agent?asked={asked + 1}&leg={leg.id}")


@callback.post("/client")
def client_answers() -> Response:
    """The super user's phone was picked up, or a key was pressed on it."""
    came, asked = form(), request.args.get("asked", 0, type=int)
    with line().scene() as scene:
        leg = _leg(scene, "client", came)
        legs.progress(scene, leg, "answered", came.sid)
        reply = callback_client.hears(scene, leg, came.keys, asked)
    return _answer(leg, reply, f"/callback/client?asked={asked + 1}&leg={leg.id}")


@callback.post("/done")
def dial_over() -> Response:
    """The client's phone rang out of the agent's call, and that is over."""
    came = form()
    bridged = BRIDGED.get(request.form.get("DialBridged", ""))
    with line().scene() as scene:
        leg = _leg(scene, "agent", came)
        outcome = OUTCOMES.get(came.dialled, "failed")
        reply = callback_agent.dial_over(scene, leg, outcome, bridged=bridged)
    return _answer(leg, reply, "")


@callback.post("/status")
def progressed() -> Response:
    """How a leg goes; news that is late, early or told twice never turns it back."""
    came = form()
    with line().scene() as scene:
        leg = _leg(scene, "", came)
        if came.over:
            callback_legs.over(scene, leg, OUTCOMES.get(came.status, "failed"))
        elif came.status in PROGRESS and legs.progress(scene, leg, PROGRESS[came.status], came.sid):
            callbacks.keep(scene, leg.incident)
    return empty()


def _leg(scene: Scene, kind: str, came: VoiceForm) -> Leg:
    """The leg that the address names, where this very call is its own; else 404."""
    leg = callback_legs.find(scene, request.args.get("leg", 0, type=int))
    if leg is None or kind not in ("", leg.kind):
        abort(404)
    if came.called not in (leg.number, numbers.canonical(leg.number)):
        abort(404)
    if leg.kind == "client":
        parent = scene.session.get(Leg, leg.parent_id)
        if parent is None or parent.sid != came.parent:
            abort(404)
    if not legs.adopt(scene, leg, came.sid):
        abort(404)
    return leg


def _answer(leg: Leg, reply: Reply, action: str) -> Response:
    if isinstance(reply.listen, Ring):
        action = f"/callback/done?leg={leg.id}"
    rung = reply.listen.leg if isinstance(reply.listen, Ring) else 0
    return xml(
        twiml.voice(
            reply,
            action=action,
            leg_url=f"/callback/client?asked=0&leg={rung}",
            caller_id=line().settings.line_number,
            status=f"/callback/status?leg={rung}",
            whisper=True,
        )
    )
