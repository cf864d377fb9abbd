"""Machines that talk with us: what asks (tokens), and what is told (webhooks out)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base

if TYPE_CHECKING:
    from ivr.models.incidents import Event, Incident
    from ivr.models.people import Agent


class ApiToken(Base):
    """What an integration shows to be let in. The token itself is nowhere: only its hash is."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256, as hexadecimal: 256 random bits need no slow hash."""
    hint: Mapped[str] = mapped_column(String(4))
    """The token's last characters, by which its owner tells it from others."""
    form: Mapped[str] = mapped_column(String(32), unique=True)
    """The form that asked for it: sent twice, it makes one token."""
    rights: Mapped[list[str]]
    """Of ivr/rights.py; never more than the role of `agent` has, where it acts as one."""
    may_change: Mapped[bool] = mapped_column(default=False)
    """False: it reads, and changes nothing."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """As whom it acts; none: as the integration, which takes nothing in charge (law 7)."""
    per_minute: Mapped[int] = mapped_column(default=300)
    """Requests that it may make in a minute."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    minute: Mapped[datetime | None]
    """The beginning of the minute that `used` counts the requests of."""
    used: Mapped[int] = mapped_column(default=0)

    agent: Mapped[Agent | None] = relationship(foreign_keys=[agent_id])
    created_by: Mapped[Agent] = relationship(foreign_keys=[created_by_id])


class ApiAnswer(Base):
    """What a request with an Idempotency-Key was answered: asked again, it is answered the same."""

    __tablename__ = "api_answers"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    """Of its method, address and body: another request may not borrow the key."""
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int] = mapped_column(default=0)
    etag: Mapped[str] = mapped_column(default="")
    location: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")


class WebhookTarget(Base):
    """An address that is told what happens to incidents."""

    __tablename__ = "webhook_targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    form: Mapped[str] = mapped_column(String(32), unique=True)
    """The form that asked for it: sent twice, it makes one target."""
    rights: Mapped[list[str]]
    """Of ivr/rights.py: what may be told beyond references and moments."""
    salt: Mapped[str] = mapped_column(String(64))
    """The secret is made of it and of SECRET_KEY (ivr/signing.py): it is not kept."""
    old_salt: Mapped[str | None] = mapped_column(String(64))
    """The one before, for a day: the receiver may still know that secret alone."""
    salted_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    paused_at: Mapped[datetime | None]
    """Told nothing from then on; what waits, waits on."""
    paused_why: Mapped[str] = mapped_column(default="")
    """ "asked" on the page, or "gone": the address said so (410)."""
    removed_at: Mapped[datetime | None]

    created_by: Mapped[Agent] = relationship()
    subscriptions: Mapped[list[WebhookSubscription]] = relationship(
        cascade="all, delete-orphan", order_by="WebhookSubscription.type"
    )


class WebhookSubscription(Base):
    """A type of message (ivr/published.py) that a target wants."""

    __tablename__ = "webhook_subscriptions"
    __table_args__ = (Index("ix_webhook_subscriptions_type", "type"),)

    target_id: Mapped[int] = mapped_column(ForeignKey("webhook_targets.id"), primary_key=True)
    type: Mapped[str] = mapped_column(String(40), primary_key=True)


class WebhookDelivery(Base):
    """A message to a target: written in the transaction of its event, sent after it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("target_id", "event_id"),
        Index("ix_webhook_deliveries_due", "target_id", "send_at"),
        Index("ix_webhook_deliveries_order", "target_id", "incident_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("webhook_targets.id"))
    type: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    """None: a test that an administrator asked for."""
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    send_at: Mapped[datetime | None]
    """When to send it, or to try again; none: accepted, or given up."""
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")
    """Why the last try failed: one of jobs/deliver.py's words, or the status that came back."""

    target: Mapped[WebhookTarget] = relationship()
    event: Mapped[Event | None] = relationship()
    incident: Mapped[Incident | None] = relationship()
