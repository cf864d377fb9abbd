"""What an agent hears whose phone the hunt rings, and the key that takes the call.

Voicemail cannot accept: the key is a random one, spoken in the whisper. Nothing bridges but our
own record of that key.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ivr import incidents, legs
from ivr.models import Call, Leg
from ivr.reply import Bridge, Keys, Reply, Said
from ivr.scene import Scene
from ivr.speech import spaced
from ivr.words import PROMPTS

ASKED = 2
"""How often the whisper is said before the call goes to the next person."""


def answered(scene: Scene, leg: Leg, sid: str, asked: int) -> Reply:
    """Somebody, or something, picked up: who calls, how urgent, and the accept key."""
    legs.progress(scene, leg, "answered", sid)
    if not _waits(leg):
        return _end(leg, "nobody_waits")
    if asked >= ASKED:
        return _end(leg, "no_key")
    text = f"{_who(scene, leg)} {_text(leg, 'accept', code=spaced(leg.code))}"
    seconds = scene.policy.ringing.whisper_seconds
    return Reply((Said(_language(leg), text),), Keys(len(leg.code), "", seconds, seconds))


def keyed(scene: Scene, leg: Leg, sid: str, keys: str, asked: int) -> Reply:
    """The accept key joins the two and takes the incident in charge; any other asks again."""
    if keys != leg.code:
        return answered(scene, leg, sid, asked)
    if leg.accepted_at is not None:
        return Reply((), Bridge())  # the same request again
    if not _waits(leg):
        return _end(leg, "nobody_waits")
    if not legs.accept(scene, leg):
        return _end(leg, "taken")
    assert leg.agent is not None
    if leg.incident.holder is None:
        incidents.take_in_charge(scene, leg.incident, leg.agent, how="key")
    incidents.client_told(scene, leg.incident, how="call", agent=leg.agent)
    return Reply((), Bridge())


def _waits(leg: Leg) -> bool:
    return leg.ended_at is None and leg.call is not None and leg.call.ended_at is None


def _who(scene: Scene, leg: Leg) -> str:
    call, incident = leg.call, leg.incident
    assert call is not None
    user, client = incident.super_user, incident.client
    line = "line_caller" if incident.recognised_by else "no_caller"
    who = _text(
        leg,
        "who",
        priority=spaced(incident.priority),
        client=client.name if client else _text(leg, "unidentified"),
        product=PROMPTS.text(_language(leg), f"products.{incident.product}")
        if incident.product
        else _text(leg, "no_product"),
        caller=user.name if user else _text(leg, line),
        waiting=round((scene.now - _waiting_since(scene, call)).total_seconds()),
    )
    return who if incident.recognised_by else f"{_text(leg, 'not_recognised')} {who}"


def _waiting_since(scene: Scene, call: Call) -> datetime:
    first = select(Leg.created_at).where(Leg.call_id == call.id).order_by(Leg.id).limit(1)
    return scene.session.scalar(first) or call.started_at


def _language(leg: Leg) -> str:
    assert leg.agent is not None
    return leg.agent.language


def _text(leg: Leg, key: str, **facts: object) -> str:
    return PROMPTS.text(_language(leg), f"whisper.{key}", **facts)


def _end(leg: Leg, key: str) -> Reply:
    return Reply((Said(_language(leg), _text(leg, key)),), None)
