"""What a level of agents is sent the moment that its first phone rings: an SMS and an e-mail.

Only what the call-back needs: reference, client, product, number, and where the rest stands; no
name, no reason and nothing about health, unless the operator has the caller's message transcribed
(TRANSCRIBER): then what is there by now goes along, and no second alert follows for what comes
later. Each SMS has a code of its own, which takes the incident in charge
(text_replies.py). They are rows of the outbox: no ring waits for them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from ivr import local_time, numbers, post, recordings, reference, staff, states, transcripts
from ivr.catalogue import Catalogue
from ivr.local_time import unbroken
from ivr.models import Agent, Incident, Leg, Message
from ivr.scene import Scene
from ivr.words import PROMPTS

CATALOGUE = Catalogue(Path(__file__).parent / "letters" / "alerts")
NUMBERED = re.compile(r"_\d+$")
WORDS_IN_SMS = 80
"""Characters of the caller's own words, where they are transcribed: enough to know what it is."""
CAPPED = "capped"
"""The purpose of what is told when the line may call a client no more today (ivr/caps.py)."""
CODE_LIVES = timedelta(hours=12)
"""A night: older codes take nothing, and may be drawn again."""


def alert(
    scene: Scene,
    incident: Incident,
    agents: Sequence[Agent],
    purpose: str = "alert",
    *,
    mail: bool = True,
    **facts: str,
) -> None:
    """Writes to each of `agents`, once for each `purpose`; `facts` are what its words add.

    "page_3" is the third message of the purpose "page"; without `mail` it is an SMS alone.
    """
    kind = NUMBERED.sub("", purpose)
    for agent in agents:
        code = _fresh_code(scene, agent)
        words = {**_facts(scene, incident, agent.language), **facts, "code": code}
        sms, subject, letter = (
            CATALOGUE.text(agent.language, f"{kind}.{part}", **words)
            for part in ("sms", "subject", "mail")
        )
        send = partial(post.write, scene, incident, purpose, agent=agent)
        if _may_text(scene, agent):
            send("sms", agent.phone, body=sms, code=code)
        if mail:
            send("mail", agent.email, subject=subject, body=letter.strip())


def level_of(scene: Scene, incident: Incident, agent: Agent) -> list[Agent]:
    """Everybody of the agent's level at this moment, the agent among them."""
    for level in staff.levels(scene, incident.product, incident.language):
        if agent in level.agents:
            return list(level.agents)
    return [agent]


def warn_next_level(scene: Scene, leg: Leg) -> None:
    """The agent of `leg` asked for time: whoever comes after may be rung at any moment."""
    incident, agent = leg.incident, leg.agent
    assert agent is not None
    levels = staff.levels(scene, incident.product, incident.language)
    own = next((place for place, level in enumerate(levels) if agent in level.agents), -1)
    for other in levels[min(own + 1, len(levels) - 1)].agents if levels else ():
        if other.id != agent.id:
            later = local_time.lasting(scene.policy.ringing.later, other.language)
            alert(scene, incident, [other], "warning", agent=agent.name, later=later)


def is_wanted(message: Message, incident: Incident) -> bool:
    """May it still go out? Not once somebody has the incident, or the client was reached."""
    if message.purpose.startswith(CAPPED):  # also to who has it: the line calls no more today
        return incident.callback_at is not None
    if message.purpose.startswith("handed"):  # to whoever has it now
        return incident.state in states.HELD and incident.holder_id == message.agent_id
    reached = incident.told_at is not None and incident.callback_at is None
    return incident.state in states.UNHELD and not reached


def _may_text(scene: Scene, agent: Agent) -> bool:
    return numbers.dialable(agent.phone, scene.policy.dialling, (scene.line_number,)) is None


def _fresh_code(scene: Scene, agent: Agent) -> str:
    """Four digits that no living SMS to this agent holds."""
    living = select(Message.code).where(
        Message.agent_id == agent.id, Message.created_at > scene.now - CODE_LIVES
    )
    taken = set(scene.session.scalars(living))
    while (code := f"{secrets.randbelow(10_000):04}") in taken:
        pass
    return code


def _facts(scene: Scene, incident: Incident, language: str) -> dict[str, str]:
    client, product = incident.client, incident.product
    facts = {
        "priority": incident.priority,
        "reference": unbroken(" ".join(reference.groups(incident.reference))),
        "client": client.name if client else _word(language, "no_client"),
        "product": PROMPTS.text(language, f"products.{product}")
        if product
        else _word(language, "no_product"),
        "number": _number(incident, language),
        "link": f"{scene.public_url}/incidents/{incident.id}",
    }
    said = transcripts.text_of(scene, incident.call) if incident.call else ""
    words = transcripts.first_words(said, WORDS_IN_SMS)
    return {
        **facts,
        "words": _word(language, "words", text=words) if words else "",
        "details": _details(scene, incident, language, facts, said),
    }


def _details(
    scene: Scene, incident: Incident, language: str, facts: dict[str, str], said: str
) -> str:
    lines = {key: facts[key] for key in ("reference", "client", "product", "number")}
    if client := incident.client:
        lines["client"] = _word(language, "client", name=client.name, number=client.number)
    if incident.call and (recording := recordings.latest(scene, incident.call)):
        lines["recording"] = _word(language, "seconds", seconds=recording.seconds)
    if said:
        lines["transcript"] = said
    return "\n".join(
        CATALOGUE.text(language, f"details.{key}", value=value) for key, value in lines.items()
    )


def _number(incident: Incident, language: str) -> str:
    if not incident.callback_number:
        return _word(language, "no_number")
    number = unbroken(numbers.written(incident.callback_number))
    if not incident.callback_extension:
        return number
    extension = incident.callback_extension
    return _word(language, "extension", number=number, extension=extension)


def _word(language: str, key: str, **facts: object) -> str:
    return CATALOGUE.text(language, f"words.{key}", **facts)
