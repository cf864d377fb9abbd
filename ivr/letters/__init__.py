"""What is written to the super user: recorded, with the promise; taken in charge (§4 note 1).

No personal data goes to an unknown address: e-mail only to the one on file, texts to the number
that a recognised caller gave, or to the very phone that called.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from ivr import local_time, numbers, reference
from ivr.catalogue import Catalogue
from ivr.gsm import gsm
from ivr.models import Incident, Message
from ivr.scene import Scene

CATALOGUE = Catalogue(Path(__file__).parent)
LATE = timedelta(minutes=10)


def write(scene: Scene, incident: Incident, purpose: str) -> None:
    """Writes the SMS and the e-mail of `purpose`, "recorded" or "taken", once each."""
    if number := _mobile(scene, incident):
        _add(scene, incident, purpose, "sms", number, "")
    if incident.super_user and incident.super_user.email:
        subject = _text(scene, incident, f"{purpose}.subject")
        _add(scene, incident, purpose, "mail", incident.super_user.email, subject)


def is_wanted(scene: Scene, message: Message) -> bool:
    """May it still go out? A letter that is late says nothing that is no longer so.

    A promise that has passed or been kept, and news that the client has heard, stay unsent.
    """
    incident = message.incident
    if incident.state == "refused":
        return False
    if scene.now - message.created_at < LATE:
        return True
    if message.purpose == "recorded":
        return incident.taken_at is None and incident.due_at > scene.now
    return incident.told_at is None


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


def _add(
    scene: Scene, incident: Incident, purpose: str, channel: str, to: str, subject: str
) -> None:
    mine = (
        Message.incident_id == incident.id,
        Message.purpose == purpose,
        Message.channel == channel,
        Message.to == to,
    )
    if scene.session.scalar(select(exists().where(*mine))):
        return
    text = _text(scene, incident, f"{purpose}.{channel}").strip()
    message = Message(
        incident_id=incident.id,
        purpose=purpose,
        channel=channel,
        to=to,
        subject=subject,
        body=gsm(text) if channel == "sms" else text,
        created_at=scene.now,
        send_at=scene.now,
    )
    try:
        with scene.session.begin_nested():
            scene.session.add(message)
    except IntegrityError:  # another transaction wrote it in the same moment
        return
    scene.nudge("send", message.id)


def _text(scene: Scene, incident: Incident, key: str) -> str:
    due = local_time.written(incident.due_at, scene.now, incident.language, scene.policy.zone)
    return CATALOGUE.text(
        incident.language,
        key,
        reference=" ".join(reference.groups(incident.reference)),
        due=due,
        line=numbers.written(scene.line_number),
        details=_details(incident),
    )


def _details(incident: Incident) -> str:
    """What is on file about it, a line each; no reason, no name and nothing about health."""
    language = incident.language
    lines = {"reference": " ".join(reference.groups(incident.reference))}
    if incident.product:
        lines["product"] = CATALOGUE.text(language, f"products.{incident.product}")
    lines["priority"] = CATALOGUE.text(language, f"priorities.{incident.priority}")
    if incident.callback_number:
        lines["number"] = _number(incident, incident.callback_number)
    return "\n".join(
        CATALOGUE.text(language, f"details.{key}", value=value) for key, value in lines.items()
    )


def _number(incident: Incident, number: str) -> str:
    written, extension = numbers.written(number), incident.callback_extension
    if not extension:
        return written
    return CATALOGUE.text(
        incident.language, "details.number_and_extension", number=written, extension=extension
    )
