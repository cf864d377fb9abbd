"""Puts a message into the outbox, in the transaction of its cause: once for each address."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from ivr.gsm import gsm
from ivr.models import Agent, Incident, Message
from ivr.scene import Scene


def write(
    scene: Scene,
    incident: Incident | None,
    purpose: str,
    channel: str,
    to: str,
    *,
    subject: str = "",
    body: str,
    agent: Agent | None = None,
    code: str | None = None,
) -> None:
    """The message of `purpose` by "sms" or "mail"; nothing where the same one is written.

    `incident`: none where it is about no single one.
    """
    about = incident.id if incident else None
    mine = (
        Message.incident_id == about,
        Message.purpose == purpose,
        Message.channel == channel,
        Message.to == to,
    )
    if scene.session.scalar(select(exists().where(*mine))):
        return
    message = Message(
        incident_id=about,
        agent=agent,
        code=code,
        purpose=purpose,
        channel=channel,
        to=to,
        subject=subject,
        body=gsm(body) if channel == "sms" else body,
        created_at=scene.now,
        send_at=scene.now,
    )
    try:
        with scene.session.begin_nested():
            scene.session.add(message)
    except IntegrityError:  # another transaction wrote it in the same moment
        return
    scene.nudge("send", message.id)
