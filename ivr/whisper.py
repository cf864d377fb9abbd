"""What an agent hears whose phone the hunt rings, and what the keys do (agent_keys.py).

Voicemail cannot accept: the key is a random one, spoken in the whisper. Nothing bridges but our
own record of that key.
"""

from __future__ import annotations

import logging

from sqlalchemy import select

from ivr import incidents, later, legs, level_ring, local_time, recordings, reference
from ivr.agent_keys import DECLINE, HEAR, LATER
from ivr.models import Agent, Call, Incident, Leg
from ivr.reply import Bridge, Keys, Reply, Said
from ivr.scene import Scene
from ivr.speech import spaced
from ivr.words import PROMPTS

log = logging.getLogger(__name__)
ASKED = 2
"""How often the whisper is said before the call goes to the next person."""
MOST = 6
"""Documents in all: a caller waits while an agent listens again and again."""


def answered(scene: Scene, leg: Leg, sid: str, asked: int) -> Reply:
    """Somebody, or something, picked up: who calls, how urgent, and the keys."""
    legs.progress(scene, leg, "answered", sid)
    if over := _over(leg):
        return over
    if asked >= ASKED:
        return _end(leg, "no_key")
    question = Said(_language(leg), f"{_who(scene, leg)} {_accept(leg)}")
    return Reply((question, _other_keys(scene, leg)), _keys(scene, leg))


def keyed(scene: Scene, leg: Leg, sid: str, keys: str, asked: int) -> Reply:
    """The accept key joins the two and takes the incident in charge; a wrong one asks again.

    The same request again gets the same answer, and does nothing twice.
    """
    if keys == leg.code:
        return _accepted(scene, leg)
    if keys == DECLINE and leg.outcome in (None, "declined"):
        legs.end(scene, leg, "declined")
        return _end(leg, "declined")
    if keys == LATER and leg.outcome in (None, "later"):
        later.ask(scene, leg)
        return _end(leg, "noted", later=_lasting(scene, leg))
    if keys == HEAR and asked < MOST and not _over(leg):
        return _played(scene, leg, sid, asked)
    return answered(scene, leg, sid, asked)


def joined(scene: Scene, leg: Leg) -> Reply:
    """The agent's own call dials the queue in which the caller waits (level_ring.py)."""
    assert leg.call is not None
    limit = int(legs.TALK_FORGOTTEN.total_seconds())
    return Reply((), Bridge(level_ring.queue_of(leg.call), limit))


def talk_over(leg: Leg) -> Reply:
    """That is over: the caller hung up, or was gone before the two were joined."""
    return _end(leg, "nobody_waits") if leg.bridged is False else Reply((), None)


def _accepted(scene: Scene, leg: Leg) -> Reply:
    if leg.accepted_at is None:
        if not legs.accept(scene, leg):
            return _too_late(scene, leg)
        level_ring.taken(scene, leg)
        _take_in_charge(scene, leg.incident, _agent(leg))
    return joined(scene, leg) if leg.kind == level_ring.KIND else Reply((), Bridge())


def _too_late(scene: Scene, leg: Leg) -> Reply:
    """Another agent was quicker, or nobody waits: the caller hung up, or is elsewhere by now."""
    if leg.call is not None:
        scene.session.refresh(leg.call)
    others = (
        leg.call is not None and leg.call.ended_at is None and leg.outcome in (None, legs.GAVE_WAY)
    )
    return _end(leg, "taken" if others else "nobody_waits")


def _take_in_charge(scene: Scene, incident: Incident, agent: Agent) -> None:
    """Whoever took it a moment before, by text or click, keeps it; this agent has the caller."""
    try:
        if incident.holder is None:
            incidents.take_in_charge(scene, incident, agent, how="key")
    except incidents.Refused as refused:
        log.info("incident %s: accepted, but %s", incident.id, refused)
    incidents.client_told(scene, incident, how="call", agent=agent)


def _played(scene: Scene, leg: Leg, sid: str, asked: int) -> Reply:
    """The caller's own words, then the question again, without who calls."""
    recording = leg.call and recordings.latest(scene, leg.call)
    if not recording:
        return answered(scene, leg, sid, asked)
    recordings.played(scene, leg.incident, _agent(leg), recording)
    question = Said(_language(leg), _accept(leg))
    return Reply((question, _other_keys(scene, leg)), _keys(scene, leg), play=recording.id)


def _over(leg: Leg) -> Reply | None:
    """The last word to somebody whose leg is not wanted any more."""
    if leg.outcome == "taken" or _taken_meanwhile(leg):
        return _end(leg, legs.GAVE_WAY)
    return None if _caller_is_there(leg) else _end(leg, "nobody_waits")


def _caller_is_there(leg: Leg) -> bool:
    return leg.ended_at is None and leg.call is not None and leg.call.ended_at is None


def _taken_meanwhile(leg: Leg) -> bool:
    """Another agent has the caller, or took the incident while this phone rang."""
    incident, call = leg.incident, leg.call
    if call is not None and call.joined_leg_id not in (None, leg.id):
        return True
    if incident.held_since is None or incident.holder_id == leg.agent_id:
        return False
    return incident.held_since >= leg.created_at


# The words -----------------------------------------------------------------------------------


def _who(scene: Scene, leg: Leg) -> str:
    call, incident = leg.call, leg.incident
    assert call is not None
    user, client = call.super_user or incident.super_user, incident.client
    line = "line_caller" if incident.recognised_by else "no_caller"
    known = call.incident is not None and call.about is not call.incident
    who = _text(
        leg,
        "again" if known else "who",
        priority=spaced(incident.priority),
        client=_text(leg, "client", name=client.name) if client else _text(leg, "unidentified"),
        product=PROMPTS.text(_language(leg), f"products.{incident.product}")
        if incident.product
        else _text(leg, "no_product"),
        reference=", ".join(spaced(group) for group in reference.groups(incident.reference)),
        caller=user.name if user else _text(leg, line),
        waiting=_waiting(scene, leg, call),
    )
    return who if incident.recognised_by else f"{_text(leg, 'not_recognised')} {who}"


def _accept(leg: Leg) -> str:
    return _text(leg, "accept", code=spaced(leg.code))


def _other_keys(scene: Scene, leg: Leg) -> Said:
    """Said after the accept key, which cuts them short: the key to hear is for who left words."""
    keys = [
        _text(leg, "decline", key=spaced(DECLINE)),
        _text(leg, "later", key=spaced(LATER), later=_lasting(scene, leg)),
    ]
    if leg.call and recordings.latest(scene, leg.call):
        keys.append(_text(leg, "hear", key=spaced(HEAR)))
    return Said(_language(leg), " ".join(keys))


def _keys(scene: Scene, leg: Leg) -> Keys:
    seconds = scene.policy.ringing.whisper_seconds
    return Keys(len(leg.code), "", seconds, seconds)


def _waiting(scene: Scene, leg: Leg, call: Call) -> str:
    """How long the caller has held, since the first phone rang."""
    first = select(Leg.created_at).where(Leg.call_id == call.id).order_by(Leg.id).limit(1)
    held = scene.now - (scene.session.scalar(first) or call.started_at)
    if (seconds := round(held.total_seconds())) < 100:
        return _text(leg, "seconds", seconds=seconds)
    return local_time.lasting(held, _language(leg))


def _lasting(scene: Scene, leg: Leg) -> str:
    return local_time.lasting(scene.policy.ringing.later, _language(leg))


def _agent(leg: Leg) -> Agent:
    if leg.agent is None:
        raise LookupError(f"leg {leg.id} is no agent's")
    return leg.agent


def _language(leg: Leg) -> str:
    return _agent(leg).language


def _text(leg: Leg, sentence: str, /, **facts: object) -> str:
    return PROMPTS.text(_language(leg), f"whisper.{sentence}", **facts)


def _end(leg: Leg, sentence: str, /, **facts: object) -> Reply:
    return Reply((Said(_language(leg), _text(leg, sentence, **facts)),), None)
