"""What goes out: phones that ring, and what is written."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base

if TYPE_CHECKING:
    from ivr.models.calls import Call
    from ivr.models.incidents import Incident
    from ivr.models.people import Agent, EscalationContact


class Leg(Base):
    """A phone that we ring: an agent's, or the super user's who is called back.

    Its row exists before the phone rings, so that whoever answers is asked for: the TwiML of a
    leg that is no longer wanted ends at once.
    """

    __tablename__ = "legs"
    __table_args__ = (
        Index("ix_legs_unended", "ended_at", "created_at"),
        Index("ix_legs_kind_created_at", "kind", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """ "hunt" (an agent, dialled by the call of the caller who holds), "level" (the same, placed
    over REST beside its whole level), "agent" or "client" (of a callback), "contact" (whom the
    caller asked for, dialled by the caller's own call: ivr/contact_ring.py)."""
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("legs.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("escalation_contacts.id", ondelete="SET NULL")
    )
    number: Mapped[str]
    extension: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    """The random accept key, spoken to whoever answers."""
    sid: Mapped[str | None] = mapped_column(String(34), unique=True)
    state: Mapped[str] = mapped_column(default="placing")
    """ "placing", "ringing", "answered", "accepted" or "ended"; never backwards."""
    outcome: Mapped[str | None]
    """How it ended: "talked", "declined", "later", "taken", "no_answer", "busy", "failed",
    "hung_up", "stale"."""
    created_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]
    """When somebody set about placing a "level" leg over REST: once, and never again."""
    rang_at: Mapped[datetime | None]
    """When Twilio first told that the phone rings, or was answered."""
    accepted_at: Mapped[datetime | None]
    bridged: Mapped[bool | None]
    """Whether Twilio said that the two were joined after the accept key; none: not said."""
    ended_at: Mapped[datetime | None]

    incident: Mapped[Incident] = relationship()
    call: Mapped[Call | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
    contact: Mapped[EscalationContact | None] = relationship()


class Message(Base):
    """An SMS or a letter to send: written in the transaction of its cause, sent after it."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("incident_id", "purpose", "channel", "to"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    """None: it is about no single incident, as an alarm is."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """The agent whom it alerts; none: it is for the super user."""
    code: Mapped[str | None] = mapped_column(String(4))
    """What that agent answers to this very SMS to take the incident in charge."""
    purpose: Mapped[str]
    """ "recorded", "taken", "alert", "warning", "joined", "outage_1" (the update of that number):
    what it tells; once each for an incident, channel and address."""
    channel: Mapped[str]
    """ "sms" or "mail"."""
    to: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    created_at: Mapped[datetime]
    send_at: Mapped[datetime | None] = mapped_column(index=True)
    """When to send it, or to try again; none: sent, or given up."""
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sid: Mapped[str | None]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    failure: Mapped[str | None]

    incident: Mapped[Incident | None] = relationship()
    agent: Mapped[Agent | None] = relationship()


class PhoneTest(Base):
    """A real call to an agent's phone, before the night: does it ring, is the key accepted?

    What it shows is true of that number alone: an agent who has another phone is not verified.
    """

    __tablename__ = "phone_tests"
    __table_args__ = (Index("ix_phone_tests_of_phone", "agent_id", "number", "accepted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    number: Mapped[str]
    code: Mapped[str]
    """The random accept key, spoken to whoever answers."""
    sid: Mapped[str | None] = mapped_column(String(34), unique=True)
    outcome: Mapped[str | None]
    """How it ended: "accepted", "no_key", "no_answer", "busy" or "failed"; none: not over."""
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()
