"""What is written to the super user: recorded, with the promise; taken in charge (§4 note 1).

No personal data goes to an unknown address: e-mail only to the one on file, texts to the number
that a recognised caller gave, or to the very phone that called.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import or_, select

from ivr import (
    alerts,
    digests,
    escalation_letters,
    local_time,
    numbers,
    people_letters,
    post,
    promised,
    reference,
    states,
)
from ivr.catalogue import Catalogue
from ivr.models import Incident, Message
from ivr.rota import swap_letters
from ivr.scene import Scene

CATALOGUE = Catalogue(Path(__file__).parent)
LATE = timedelta(minutes=10)
TELLING = ("taken", "resolved", "outage_")
"""The purposes of letters that tell the client, as soon as the mail server has accepted them."""


def write(
    scene: Scene, incident: Incident, purpose: str, template: str | None = None, **facts: str
) -> None:
    """Writes the SMS and the e-mail of `purpose` ("recorded", "taken"...), once to each address.

    `template` names their words where several purposes share them; `facts` are told beside what
    is on file.
    """
    words = template or purpose
    for channel, to in addresses(scene, incident):
        subject = _text(scene, incident, f"{words}.subject", **facts) if channel == "mail" else ""
        body = _text(scene, incident, f"{words}.{channel}", **facts).strip()
        post.write(scene, incident, purpose, channel, to, subject=subject, body=body)
        if "due" in CATALOGUE.facts_of(f"{words}.{channel}"):
            promised.told(scene, incident)


def addresses(scene: Scene, incident: Incident) -> list[tuple[str, str]]:
    """Where the super user may be written to: channel and address; none on file: empty."""
    found = []
    if number := _mobile(scene, incident):
        found.append(("sms", number))
    if incident.super_user and incident.super_user.email:
        found.append(("mail", incident.super_user.email))
    return found


def is_wanted(scene: Scene, message: Message) -> bool:
    """May it still go out? A letter that is late says nothing that is no longer so.

    A promise that has passed or been kept, and news that the client has heard, stay unsent; so
    does an agent's alert once the incident is in somebody's hands.
    """
    if escalation_letters.is_of_escalation(message.purpose):
        return message.incident is None or message.incident.state in states.OPEN
    if swap_letters.is_of_swap(message.purpose):
        return swap_letters.is_wanted(scene, message)
    if people_letters.is_of_link(message.purpose):
        return people_letters.is_wanted(scene, message)
    incident = message.incident
    if incident is None:  # an alarm is true whenever it arrives
        return True
    if message.purpose.startswith(digests.PURPOSE):
        return digests.is_wanted(scene, message)
    if message.agent_id is not None:
        return alerts.is_wanted(message, incident)
    if incident.state == "refused":
        return False
    if message.purpose.startswith(("resolved", "closed")):
        return incident.state in states.DONE  # what was reopened meanwhile is not done
    if scene.now - message.created_at < LATE:
        return True
    if incident.outage:  # older news than the latest is none
        return message.purpose == f"outage_{incident.outage.latest.number}"
    if message.purpose == "recorded":
        return incident.taken_at is None and incident.due_at > scene.now
    if message.purpose.startswith("moved"):
        return incident.told_at is None and incident.due_at > scene.now
    return incident.told_at is None


def has_told(scene: Scene, incident: Incident) -> bool:
    """Has the mail server accepted a letter that tells the client (§4), since it was last open?"""
    since = incident.reopened_at or incident.opened_at
    telling = or_(*(Message.purpose.startswith(purpose) for purpose in TELLING))
    told = select(Message.id).where(
        Message.incident_id == incident.id,
        Message.channel == "mail",
        Message.agent_id.is_(None),
        Message.sent_at >= since,
        telling,
    )
    return scene.session.scalar(told.limit(1)) is not None


def _mobile(scene: Scene, incident: Incident) -> str | None:
    """Where a text may go: an extension is no mobile, and a stranger's word is no address."""
    user, call = incident.super_user, incident.call
    known: list[tuple[str | None, str]] = [(call.caller if call else None, "")]
    if incident.recognised_by:
        known.insert(0, (incident.callback_number, incident.callback_extension))
        if user:
            known.insert(1, (user.phone, user.extension))
    mobiles = (number for number, extension in known if number and not extension)
    return next((number for number in mobiles if _dialable(scene, number)), None)


def _dialable(scene: Scene, number: str) -> bool:
    return numbers.dialable(number, scene.policy.dialling, (scene.line_number,)) is None


def _text(scene: Scene, incident: Incident, key: str, **facts: str) -> str:
    due = local_time.written(incident.due_at, scene.now, incident.language, scene.policy.zone)
    return CATALOGUE.text(
        incident.language,
        key,
        reference=_reference(incident),
        due=due,
        line=local_time.unbroken(numbers.written(scene.line_number)),
        details=_details(incident),
        **facts,
    )


def _details(incident: Incident) -> str:
    """What is on file about it, a line each; no reason, no name and nothing about health."""
    language = incident.language
    lines = {"reference": _reference(incident)}
    if incident.product:
        lines["product"] = CATALOGUE.text(language, f"products.{incident.product}")
    lines["priority"] = CATALOGUE.text(language, f"priorities.{incident.priority}")
    if incident.callback_number:
        lines["number"] = _number(incident, incident.callback_number)
    return "\n".join(
        CATALOGUE.text(language, f"details.{key}", value=value) for key, value in lines.items()
    )


def _reference(incident: Incident) -> str:
    return local_time.unbroken(" ".join(reference.groups(incident.reference)))


def _number(incident: Incident, number: str) -> str:
    written = local_time.unbroken(numbers.written(number))
    extension = incident.callback_extension
    if not extension:
        return written
    return CATALOGUE.text(
        incident.language, "details.number_and_extension", number=written, extension=extension
    )
