"""Ringing the contact of an escalation for the caller who asked (§3), by TwiML alone.

Whoever answers hears who calls and about what, and accepts by a random key spoken to them alone,
as agents do: no voicemail can. Nothing is taken in charge by it, and no promise of §4 is met.
"""

from __future__ import annotations

from datetime import timedelta

from ivr import escalation_letters, legs, numbers
from ivr.exchange import Turn
from ivr.models import Call, EscalationContact, Incident, Leg
from ivr.reference import groups
from ivr.reply import Bridge, Keys, Reply, Ring, Said
from ivr.scene import Scene
from ivr.speech import spaced
from ivr.words import PROMPTS

KIND = "contact"
STEP = "contact_call"
"""The step that rings them."""
ASKED = 2
"""How often the whisper is said before the caller is told that nobody answers."""


def contact_of(scene: Scene, call: Call) -> EscalationContact | None:
    """Whom this call was told of; none: the operator has removed them meanwhile."""
    known = call.answers.get("contact")
    return scene.session.get(EscalationContact, known) if known else None


def numbers_of(scene: Scene, contact: EscalationContact | None) -> list[tuple[str, str]]:
    """Which phones may be rung, in order, each with its extension: the desk's in regular hours,
    and the mobile one."""
    if contact is None:
        return []
    desk = [(contact.phone, contact.extension)]
    mobile = [(contact.mobile, "")] if contact.mobile else []
    wanted = desk + mobile if scene.policy.hours.is_open(scene.now) else mobile or desk
    return [(number, extension) for number, extension in wanted if _may_dial(scene, number)]


def ring_next(turn: Turn) -> Ring | None:
    """The contact's next phone; none: all were rung, once each."""
    scene, call = turn.scene, turn.call
    contact, tried = contact_of(scene, call), call.answers.get("contact_tried", 0)
    left = numbers_of(scene, contact)[tried:]
    if contact is None or not left:
        return None
    incident = turn.incident.linked_to or turn.incident
    number, extension = left[0]
    leg = legs.open_leg(
        scene, KIND, incident, number, extension=extension, call=call, contact=contact
    )
    turn.remember(legs=[leg.id], contact_tried=tried + 1)
    talk = int(legs.TALK_FORGOTTEN / timedelta(seconds=1))
    return Ring(leg.id, number, extension, scene.policy.ringing.seconds, talk)


def missed(scene: Scene, call: Call, incident: Incident) -> None:
    """Nobody accepted, or the caller has hung up while it rang."""
    if contact := contact_of(scene, call):
        escalation_letters.tell_missed(scene, incident, contact, call.answers["level"])


# What the contact hears ----------------------------------------------------------------------


def answered(scene: Scene, leg: Leg, sid: str, asked: int) -> Reply:
    """Somebody, or something, picked up."""
    legs.progress(scene, leg, "answered", sid)
    if leg.ended_at is not None or leg.call is None or leg.call.ended_at is not None:
        return _end(leg, "nobody_waits")
    if asked >= ASKED:
        return _end(leg, "contact_no_key")
    seconds = scene.policy.ringing.whisper_seconds
    return Reply((_question(leg),), Keys(len(leg.code), "", seconds, seconds))


def keyed(scene: Scene, leg: Leg, sid: str, keys: str, asked: int) -> Reply:
    """The accept key joins the two; anything else asks again. The same again does nothing twice."""
    if keys != leg.code:
        return answered(scene, leg, sid, asked)
    if leg.accepted_at is None and not legs.accept(scene, leg):
        return _end(leg, "nobody_waits")
    return Reply((), Bridge())


def _question(leg: Leg) -> Said:
    incident, call, language = leg.incident, leg.call, _language(leg)
    assert call is not None
    user = call.super_user or incident.super_user
    text = PROMPTS.text(
        language,
        "whisper.contact",
        priority=spaced(incident.priority),
        client=incident.client.name
        if incident.client
        else PROMPTS.text(language, "whisper.unidentified"),
        product=PROMPTS.text(language, f"products.{incident.product}")
        if incident.product
        else PROMPTS.text(language, "whisper.no_product"),
        reference=", ".join(spaced(group) for group in groups(incident.reference)),
        caller=user.name if user else PROMPTS.text(language, "whisper.line_caller"),
    )
    accept = PROMPTS.text(language, "whisper.accept", code=spaced(leg.code))
    return Said(language, f"{text} {accept}")


def _end(leg: Leg, sentence: str) -> Reply:
    language = _language(leg)
    return Reply((Said(language, PROMPTS.text(language, f"whisper.{sentence}")),), None)


def _language(leg: Leg) -> str:
    return leg.contact.language if leg.contact else "fr"


def _may_dial(scene: Scene, number: str) -> bool:
    return numbers.dialable(number, scene.policy.dialling, (scene.line_number,)) is None
