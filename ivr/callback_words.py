"""The sentences of a callback, in the language of whoever hears them: prompts/callback/."""

from __future__ import annotations

from pathlib import Path

from ivr import call_now, local_time, words
from ivr.catalogue import Catalogue
from ivr.models import Agent, Leg
from ivr.reply import Said
from ivr.scene import Scene
from ivr.speech import spaced

PROMPTS = Catalogue(Path(__file__).parent / "prompts" / "callback")


def agent_of(leg: Leg) -> Agent:
    if leg.agent is None:
        raise LookupError(f"leg {leg.id} is no agent's")
    return leg.agent


def to_agent(leg: Leg, sentence: str, /, **facts: str) -> Said:
    language = agent_of(leg).language
    return Said(language, PROMPTS.text(language, f"agent.{sentence}", **facts))


def to_client(leg: Leg, sentence: str, /, **facts: str) -> Said:
    language = leg.incident.language
    return Said(language, PROMPTS.text(language, f"client.{sentence}", **facts))


def whisper(scene: Scene, leg: Leg) -> Said:
    """Whom to call back, by when, and the key: what the agent hears in less than ten seconds.

    Whoever asked for the call needs no due time: the wish is theirs."""
    incident, language = leg.incident, agent_of(leg).language
    facts = {
        "priority": spaced(incident.priority),
        "client": _client(leg),
        "product": _product(leg),
        "caller": _caller(leg),
    }
    if call_now.is_asked(incident):
        who = to_agent(leg, "who_asked", **facts)
    else:
        due = local_time.promised(incident.due_at, scene.now, language, scene.policy.zone)
        who = to_agent(leg, "who", **facts, due=due)
    accept = to_agent(leg, "accept", code=spaced(leg.code))
    return Said(language, f"{who.text} {accept.text}")


def purpose(leg: Leg, *, whole: bool) -> Said:
    """Who calls the client and why, first; then the key. Not `whole`: the key alone."""
    accept = to_client(leg, "accept", key=leg.code)
    if not whole:
        return accept
    who = to_client(leg, "who", reference=words.read_reference(leg.incident.reference))
    return Said(who.language, f"{who.text} {accept.text}")


def voicemail(scene: Scene, leg: Leg) -> Said:
    """At most 30 s, without personal data: who called, the number to call, and that we call
    again, where we do."""
    sentence = "voicemail" if leg.incident.callback_at is not None else "voicemail_once"
    return to_client(leg, sentence, line=words.read_number(scene.line_number))


def _client(leg: Leg) -> str:
    if client := leg.incident.client:
        return to_agent(leg, "client", number=spaced(client.number)).text
    return to_agent(leg, "no_client").text


def _product(leg: Leg) -> str:
    if product := leg.incident.product:
        return words.PROMPTS.text(agent_of(leg).language, f"products.{product}")
    return to_agent(leg, "no_product").text


def _caller(leg: Leg) -> str:
    if user := leg.incident.super_user:
        return user.name
    return to_agent(leg, "line_caller" if leg.incident.recognised_by else "not_recognised").text
