"""The agent's side of a callback: the whisper, the key that takes it, the client's phone rung."""

from __future__ import annotations

from ivr import (
    call_now,
    callback_legs,
    callbacks,
    caps,
    incidents,
    legs,
    local_time,
    numbers,
    timeline,
)
from ivr.callback_client import VOICEMAIL
from ivr.callback_words import agent_of, to_agent, whisper
from ivr.models import Incident, Leg
from ivr.reason import Reason
from ivr.reply import Keys, Reply, Ring, Said
from ivr.scene import Scene

ASKED = 2
"""How often the whisper is said before the callback goes to the next person."""


def hears(scene: Scene, leg: Leg, keys: str, asked: int) -> Reply:
    """The phone was picked up, or keys were pressed; `asked` says how often we asked for them.

    The random key of the leg takes the incident in charge (law 7); the same request again gets
    the same answer, and a leg that is not wanted any more ends (law 5).
    """
    if not callback_legs.is_wanted(scene, leg):
        return _end(leg, "not_wanted")
    if leg.accepted_at is not None:
        return _ring_client(scene, leg)
    if _taken_meanwhile(leg):
        holder = leg.incident.holder
        return _end(leg, "taken", agent=holder.name if holder else "")
    if keys == leg.code and legs.accept(scene, leg):
        return _accepted(scene, leg)
    callbacks.keep(scene, leg.incident)
    if asked >= ASKED:
        return _end(leg, "no_key_once" if call_now.is_asked(leg.incident) else "no_key")
    wrong = (to_agent(leg, "again"),) if keys else ()
    seconds = scene.policy.ringing.whisper_seconds
    return Reply((*wrong, whisper(scene, leg)), Keys(len(leg.code), "", seconds, seconds))


def dial_over(scene: Scene, leg: Leg, outcome: str, *, bridged: bool | None) -> Reply:
    """The client's phone has been rung from this leg, and that is over, in our word for it.

    `bridged`: whether the two were joined; None where Twilio did not say.
    """
    client_leg = callback_legs.client_leg_of(scene, leg)
    if client_leg is None:
        return _end(leg, "thanks")
    callback_legs.over(scene, client_leg, outcome)
    if client_leg.accepted_at is not None and bridged is False:
        callback_legs.not_bridged(scene, client_leg)
    elif client_leg.accepted_at is not None:
        return _end(leg, "thanks")
    return _not_reached(scene, leg, client_leg)


def _not_reached(scene: Scene, leg: Leg, client_leg: Leg) -> Reply:
    sentence = "message_left" if client_leg.outcome == VOICEMAIL else "not_reached"
    if leg.incident.callback_at is not None:
        return _end(leg, sentence, at=_next_try(scene, leg))
    return _end(leg, f"{sentence}_once")


def _next_try(scene: Scene, leg: Leg) -> str:
    """When the line calls again, as it is said."""
    moment = max(leg.incident.callback_at or scene.now, scene.now)
    return local_time.said(moment, scene.now, agent_of(leg).language, scene.policy.zone)


def _accepted(scene: Scene, leg: Leg) -> Reply:
    """A person's act: in charge (§2.1.2), then the client's phone rings out of this very call.

    An incident that a colleague held before the phone rang stays the colleague's.
    """
    incident = leg.incident
    if incident.holder is None:
        incidents.take_in_charge(scene, incident, agent_of(leg), how="key")
    callbacks.keep(scene, incident)
    if refusal := _may_not_dial(scene, incident):
        timeline.record(scene, incident, "client_missed", outcome="failed", why=refusal.as_json())
        callbacks.stop(incident)
        return _end(leg, "no_number")
    return _ring_client(scene, leg)


def _ring_client(scene: Scene, leg: Leg) -> Reply:
    incident = leg.incident
    client_leg = callback_legs.client_leg_of(scene, leg)
    if client_leg is None and _is_capped(scene, incident):
        return _end(leg, "capped", at=_next_try(scene, leg))
    if client_leg is None and incident.callback_number and incident.callback_at is not None:
        client_leg = legs.open_leg(
            scene,
            "client",
            incident,
            incident.callback_number,
            extension=incident.callback_extension,
            parent=leg,
        )
    if client_leg is None or not callback_legs.is_wanted(scene, client_leg):
        return _end(leg, "thanks")
    seconds, limit = scene.policy.callbacks.client_ring_seconds, scene.policy.callbacks.max_seconds
    ring = Ring(client_leg.id, client_leg.number, client_leg.extension, seconds, limit)
    return Reply((to_agent(leg, "dialling"),), ring)


def _is_capped(scene: Scene, incident: Incident) -> bool:
    """The line calls this client no more today: the agent who has it now may, by hand."""
    if incident.callback_at is None:
        return False
    if incident.callback_capped is None and (cap := caps.of_client(scene, incident)):
        caps.hold_back(scene, incident, cap)
    return incident.callback_capped is not None


def _may_not_dial(scene: Scene, incident: Incident) -> Reason | None:
    number = incident.callback_number or ""
    return numbers.dialable(number, scene.policy.dialling, (scene.line_number,))


def _taken_meanwhile(leg: Leg) -> bool:
    """Somebody else took the incident in charge while this phone rang."""
    incident = leg.incident
    if incident.held_since is None or incident.holder_id == leg.agent_id:
        return False
    return incident.held_since > leg.created_at


def _end(leg: Leg, sentence: str, **facts: str) -> Reply:
    """A last word, and the end of the call."""
    said: Said = to_agent(leg, sentence, **facts)
    return Reply((said,), None)
