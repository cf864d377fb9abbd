"""What an escalation writes: to the contact of the level, and to those of our own who are asked.

Like every alert: reference, client, product, the number to call, where the rest stands; no name and
nothing about health. A specialist's own reason goes by e-mail alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ivr import local_time, numbers, post, reference
from ivr.catalogue import Catalogue
from ivr.local_time import unbroken
from ivr.models import Agent, EscalationContact, Incident
from ivr.scene import Scene
from ivr.words import PROMPTS

CATALOGUE = Catalogue(Path(__file__).parent / "letters" / "escalation")
PREFIX = "escalation_"
"""Of the purposes: "escalation_client_2" is the letter on the second level."""


def tell_contact(scene: Scene, incident: Incident, contact: EscalationContact, level: int) -> None:
    """The letter that the client has asked for this level."""
    words = _words(scene, incident, contact.language, level=level)
    send = partial(post.write, scene, incident, f"{PREFIX}client_{level}")
    subject = CATALOGUE.text(contact.language, "client.subject", **words)
    body = CATALOGUE.text(contact.language, "client.mail", **words).strip()
    send("mail", contact.email, subject=subject, body=body)


def tell_missed(scene: Scene, incident: Incident, contact: EscalationContact, level: int) -> None:
    """The client was put through, and nobody accepted: an SMS, where there is a mobile number, so
    that the contact calls; the letter has gone out already."""
    if not _may_dial(scene, contact.mobile):
        return
    words = _words(scene, incident, contact.language, level=level)
    body = CATALOGUE.text(contact.language, "missed.sms", **words)
    post.write(scene, incident, f"{PREFIX}missed_{level}", "sms", contact.mobile, body=body)


def tell_agents(
    scene: Scene, incident: Incident, agents: Sequence[Agent], purpose: str, **facts: object
) -> None:
    """An SMS and an e-mail to each; `purpose` is "internal_1", or "vacant_2" where no contact is on
    file for that level."""
    kind = purpose.partition("_")[0]
    for agent in agents:
        words = _words(scene, incident, agent.language, **facts)
        send = partial(post.write, scene, incident, f"{PREFIX}{purpose}", agent=agent)
        sms, subject, body = (
            CATALOGUE.text(agent.language, f"{kind}.{part}", **words)
            for part in ("sms", "subject", "mail")
        )
        if _may_dial(scene, agent.phone):
            send("sms", agent.phone, body=sms)
        send("mail", agent.email, subject=subject, body=body.strip())


def is_of_escalation(purpose: str) -> bool:
    """It is wanted as long as the incident is: nobody's taking it in charge answers it."""
    return purpose.startswith(PREFIX)


def _may_dial(scene: Scene, number: str) -> bool:
    own = (scene.line_number,)
    return bool(number) and numbers.dialable(number, scene.policy.dialling, own) is None


def _words(scene: Scene, incident: Incident, language: str, **facts: object) -> dict[str, object]:
    opened = local_time.written(incident.opened_at, scene.now, language, scene.policy.zone)
    client = incident.client
    told = {
        "reference": unbroken(" ".join(reference.groups(incident.reference))),
        "client": CATALOGUE.text(language, "words.client", name=client.name, number=client.number)
        if client
        else CATALOGUE.text(language, "words.no_client"),
        "product": PROMPTS.text(language, f"products.{incident.product}")
        if incident.product
        else CATALOGUE.text(language, "words.no_product"),
        "priority": incident.priority,
        "opened": opened,
        "number": _number(incident, language),
        "holder": incident.holder.name
        if incident.holder
        else CATALOGUE.text(language, "words.nobody"),
        "link": f"{scene.public_url}/incidents/{incident.id}",
    }
    details = "\n".join(
        CATALOGUE.text(language, f"details.{key}", value=told[key])
        for key in ("reference", "client", "product", "priority", "opened", "holder", "number")
    )
    return {**told, "details": details, **facts}


def _number(incident: Incident, language: str) -> str:
    if not incident.callback_number:
        return CATALOGUE.text(language, "words.nobody")
    number, extension = incident.callback_number, incident.callback_extension
    written = unbroken(numbers.written(number))
    if not extension:
        return written
    return CATALOGUE.text(language, "words.extension", number=written, extension=extension)
