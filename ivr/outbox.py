"""Messages that wait to go out: claimed, sent, tried again, given up. The row is the queue.

`send_at` says when, `claimed_until` who: a lease that expires, as for callbacks (law 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session

from ivr import incidents, letters, outages, timeline
from ivr.database import changed
from ivr.models import Incident, Message
from ivr.scene import Scene

LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=s) for s in (15, 60, 300, 900, 3600))  # the last one repeats
GIVEN_UP_AFTER = timedelta(hours=24)


def claim(scene: Scene, message_id: int) -> Message | None:
    """The message, where it is due and nobody else sends it: ours for the lease."""
    ours = (
        update(Message)
        .where(Message.id == message_id, *_due_at(scene.now))
        .values(claimed_until=scene.now + LEASE, attempts=Message.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed(scene.session, ours):
        return None
    return scene.session.get(Message, message_id, populate_existing=True)


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """The messages to send now, those of P1 first, then the newest: old news can wait."""
    return session.scalars(
        select(Message.id)
        .outerjoin(Incident)
        .where(*_due_at(now))
        .order_by(
            func.coalesce(Incident.priority, "") != "P1", Message.created_at.desc(), Message.id
        )
        .limit(limit)
    ).all()


def next_due(session: Session) -> datetime | None:
    """The first moment at which a message is to be looked at; none: all are sent or given up."""
    claimed, planned = Message.claimed_until, Message.send_at
    looked_at = case((claimed > planned, claimed), else_=planned)
    first: datetime | None = session.scalar(select(func.min(looked_at)).where(planned.is_not(None)))
    return first


def waiting(scene: Scene, message_id: int) -> Message | None:
    """The message, locked, where it has not been settled meanwhile by another claim."""
    message = scene.session.get(Message, message_id, with_for_update=True, populate_existing=True)
    return message if message and message.send_at is not None else None


def sent(scene: Scene, message: Message, sid: str | None = None) -> None:
    """Accepted by Twilio or the mail server. A letter that an incident is taken tells it (§4); one
    that it is resolved is a message left, too (§2.1.5)."""
    message.sid = sid
    message.sent_at = scene.now
    _done(scene, message, "message_sent")
    if message.channel != "mail" or not message.purpose.startswith(letters.TELLING):
        return
    incident = scene.session.get_one(
        Incident, message.incident_id, with_for_update=True, populate_existing=True
    )
    if message.purpose.startswith("outage_"):
        outages.informed(scene, incident)
        return
    incidents.client_told(scene, incident, how="mail")
    incidents.recompute(scene, incident)


def of_sid(scene: Scene, message_id: int, sid: str) -> Message | None:
    """The SMS that Twilio tells of; none where it is another's, or its answer was lost."""
    message = scene.session.get(Message, message_id)
    return message if message and message.sid and message.sid == sid else None


def again(scene: Scene, message: Message, why: str) -> None:
    """Not now: tried again after a pause, and given up after a day."""
    if scene.now - message.created_at >= GIVEN_UP_AFTER:
        failed(scene, message, why)
        return
    message.send_at = scene.now + PAUSES[min(message.attempts, len(PAUSES)) - 1]
    message.claimed_until = None


def failed(scene: Scene, message: Message, why: str) -> None:
    """It will never arrive; `why` holds no address and no number."""
    message.failure = why
    _done(scene, message, "message_failed")


def dropped(scene: Scene, message: Message) -> None:
    """What it says is no longer so: it stays unsent."""
    message.failure = "no longer wanted"
    _done(scene, message, "message_dropped")


def undelivered(scene: Scene, message: Message, why: str) -> None:
    """Twilio had accepted it, and tells later that it did not arrive; told once."""
    if message.failure is None:
        failed(scene, message, why)


def _done(scene: Scene, message: Message, kind: str) -> None:
    message.send_at = message.claimed_until = None
    facts = {"channel": message.channel, "purpose": message.purpose}
    if message.incident:
        timeline.record(scene, message.incident, kind, message.agent, **facts)


def _due_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    claimed = Message.claimed_until
    return Message.send_at <= now, or_(claimed.is_(None), claimed <= now)
