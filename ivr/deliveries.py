"""Messages to webhook targets that wait to go out: claimed, sent, tried again, given up.

The row is the queue, as in ivr/outbox.py. Those of one incident go to a target one after the
other: a later one waits until the earlier is accepted, or given up. At least once: an answer that
is lost on its way is sent again, with the same `webhook-id`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from ivr import audit, targets
from ivr.database import changed
from ivr.incidents import Refused
from ivr.models import Agent, Incident, WebhookDelivery, WebhookTarget
from ivr.reason import Reason
from ivr.scene import Scene

LEASE = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))  # the last one repeats
GIVEN_UP_AFTER = timedelta(hours=24)
KEPT = timedelta(days=30)
"""What was sent, or given up, is shown so long."""
SHOWN = 20

_Earlier = aliased(WebhookDelivery)
_HELD_UP = exists().where(
    _Earlier.target_id == WebhookDelivery.target_id,
    _Earlier.incident_id == WebhookDelivery.incident_id,
    _Earlier.id < WebhookDelivery.id,
    _Earlier.send_at.is_not(None),
)
"""Something earlier of the same incident has not arrived yet."""
_LIVE = exists().where(
    WebhookTarget.id == WebhookDelivery.target_id,
    WebhookTarget.paused_at.is_(None),
    WebhookTarget.removed_at.is_(None),
)


def due(
    session: Session, now: datetime, limit: int, but: Collection[int] = ()
) -> Mapping[int, Sequence[int]]:
    """The messages to send now, by target, the longest due first: `limit` of each at most, so that
    none waits behind another's; `but` those that are being served."""
    others = select(WebhookTarget.id).where(
        WebhookTarget.paused_at.is_(None),
        WebhookTarget.removed_at.is_(None),
        WebhookTarget.id.not_in(but),
    )
    by_target: dict[int, Sequence[int]] = {}
    for target in session.scalars(others).all():
        mine = select(WebhookDelivery.id).where(WebhookDelivery.target_id == target, *_due_at(now))
        in_order = mine.order_by(WebhookDelivery.send_at, WebhookDelivery.id)
        by_target[target] = session.scalars(in_order.limit(limit)).all()
    return {target: messages for target, messages in by_target.items() if messages}


def claim(scene: Scene, message_id: int) -> WebhookDelivery | None:
    """The message, where it is due and nobody else sends it: ours for the lease."""
    ours = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id == message_id, *_due_at(scene.now))
        .values(claimed_until=scene.now + LEASE, attempts=WebhookDelivery.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed(scene.session, ours):
        return None
    return scene.session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.id == message_id)
        .options(
            joinedload(WebhookDelivery.target),
            joinedload(WebhookDelivery.event),
            joinedload(WebhookDelivery.incident).options(
                joinedload(Incident.client),
                joinedload(Incident.super_user),
                joinedload(Incident.holder),
            ),
        )
        .execution_options(populate_existing=True)
    ).one()


def waiting(scene: Scene, message_id: int) -> WebhookDelivery | None:
    """The message, locked, where it has not been settled meanwhile by another claim."""
    message = scene.session.get(
        WebhookDelivery, message_id, with_for_update=True, populate_existing=True
    )
    return message if message and message.send_at is not None else None


def sent(scene: Scene, message: WebhookDelivery) -> int | None:
    """Accepted. Which one of the same incident may go now; none: there is no other."""
    message.sent_at, message.failure = scene.now, ""
    return _done(scene, message)


def again(scene: Scene, message: WebhookDelivery, why: str) -> None:
    """Not now: tried again after a pause, and given up after a day. `why` holds no address."""
    message.failure = why
    if scene.now - message.created_at >= GIVEN_UP_AFTER:
        give_up(scene, message)
        return
    message.send_at = scene.now + PAUSES[min(message.attempts, len(PAUSES)) - 1]
    message.claimed_until = None


def give_up(scene: Scene, message: WebhookDelivery) -> None:
    """It will not arrive; a line of the audit says so, and the page shows it."""
    incident = message.incident.reference if message.incident else ""
    facts = {"type": message.type, "why": message.failure, "incident": incident}
    audit.note(scene, None, "webhook_given_up", message.target.name, **facts)
    _done(scene, message)


def gone(scene: Scene, message: WebhookDelivery) -> None:
    """The address says that it wants no more (410): it is told nothing until it is resumed."""
    message.failure = "410"
    give_up(scene, message)
    targets.pause(scene, message.target, None, "gone")


def send_again(scene: Scene, target: WebhookTarget, by: Agent) -> None:
    """What was given up for this target is tried once more, for a day. Raises `Refused` where
    there is nothing."""
    result = scene.session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.target_id == target.id, *_GIVEN_UP)
        .values(send_at=scene.now, created_at=scene.now, attempts=0, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    messages = int(getattr(result, "rowcount", 0))
    if not messages:
        raise Refused(Reason("integrations.nothing_to_send"))
    audit.note(scene, by, "webhook_resent", target.name, messages=messages)


def latest(session: Session, target: WebhookTarget) -> Sequence[WebhookDelivery]:
    """The newest messages of a target, for its page."""
    mine = select(WebhookDelivery).where(WebhookDelivery.target_id == target.id)
    newest = mine.order_by(WebhookDelivery.id.desc()).limit(SHOWN)
    return session.scalars(newest.options(joinedload(WebhookDelivery.incident))).all()


def counts(session: Session) -> Mapping[int, tuple[int, int]]:
    """Of each target, how many messages wait, and how many were given up."""
    waits = func.count().filter(WebhookDelivery.send_at.is_not(None))
    lost = func.count().filter(and_(*_GIVEN_UP))
    found = select(WebhookDelivery.target_id, waits, lost).group_by(WebhookDelivery.target_id)
    return {target: (waiting, given_up) for target, waiting, given_up in session.execute(found)}


def forget(scene: Scene) -> None:
    """Lets go of what was settled long ago."""
    scene.session.execute(
        delete(WebhookDelivery)
        .where(WebhookDelivery.created_at < scene.now - KEPT, WebhookDelivery.send_at.is_(None))
        .execution_options(synchronize_session=False)
    )


_GIVEN_UP = (
    WebhookDelivery.send_at.is_(None),
    WebhookDelivery.sent_at.is_(None),
    WebhookDelivery.failure != "removed",
)


def _done(scene: Scene, message: WebhookDelivery) -> int | None:
    message.send_at = message.claimed_until = None
    scene.session.flush()
    return scene.session.scalar(
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.target_id == message.target_id,
            WebhookDelivery.incident_id == message.incident_id,
            *_due_at(scene.now),
        )
        .order_by(WebhookDelivery.id)
        .limit(1)
    )


def _due_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    claimed = WebhookDelivery.claimed_until
    free = or_(claimed.is_(None), claimed <= now)
    return WebhookDelivery.send_at <= now, free, _LIVE, ~_HELD_UP
