"""The incident, what happens to it, and what people are told of its clocks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Computed, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr import shelves
from ivr.models.base import Base, Json

if TYPE_CHECKING:
    from ivr.models.calls import Call
    from ivr.models.clients import Client, SuperUser
    from ivr.models.outages import Outage
    from ivr.models.people import Agent


class Incident(Base):
    """What one call is about (§2.1.1). The row is the truth, and the queue of its callback."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_open_due", "state", "due_at", "id"),
        Index("ix_incidents_callback", "callback_at"),
        # With what the list's filters ask for, so that they read the index alone.
        Index(
            "ix_incidents_shelf",
            *("shelf", "shelf_place", "id", "priority", "product", "state", "holder_id"),
        ),
        Index("ix_incidents_client", "client_id", "id"),
        Index("ix_incidents_caller", "super_user_id", "id"),
        Index("ix_incidents_holder", "holder_id", "id"),
        Index("ix_incidents_number", "callback_number", "id"),
        Index("ix_incidents_closing", "closing_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(6), index=True)
    live_reference: Mapped[str | None] = mapped_column(String(6), unique=True)
    """The reference while it may not be given again: open, or closed within two years."""
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), unique=True)
    """One call makes one incident."""
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    """None: the caller never gave a client number that exists."""
    super_user_id: Mapped[int | None] = mapped_column(ForeignKey("super_users.id"))
    recognised_by: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(2))
    product: Mapped[str | None]
    environment: Mapped[str] = mapped_column(default="production")
    claimed_priority: Mapped[str | None] = mapped_column(String(2))
    """What the caller asked for; none until the impact is known."""
    priority: Mapped[str] = mapped_column(String(2))
    extended: Mapped[bool] = mapped_column(default=False)
    """Under the extended service when it was opened (§1.1)."""
    after_hours: Mapped[bool] = mapped_column(default=False)
    """Opened outside regular hours: derived, as `extended` is."""
    state: Mapped[str] = mapped_column(default="new")
    """ "new", "taken" (in charge), "in_progress", "waiting" (for the client), "resolved", "closed",
    "reopened", or "refused" (the caller was no super user): ivr/states.py has the moves."""
    opened_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    """To be taken in charge by then (§4)."""
    taken_at: Mapped[datetime | None]
    """A person's explicit act: a key or a click. The first one, where it was reopened since."""
    held_since: Mapped[datetime | None]
    """When its present holder got it; none: nobody holds it."""
    told_at: Mapped[datetime | None]
    """The client was told: a call that a person accepted, an e-mail that was accepted (§4)."""
    met_at: Mapped[datetime | None]
    """When the promise of §4 was met, the later of the act and of telling the client: derived, as
    the six that follow, from the events (ivr/promise.py, law 11)."""
    breach_cause: Mapped[str | None]
    """Why the promise was broken, where it was: one of ivr/causes.py, established by
    ivr/breaches.py once the last try before the due time is over; none: not broken, or not yet."""
    promised_at: Mapped[datetime | None]
    """The due time that the client was told: a change of calendar never moves it later."""
    correction_due_at: Mapped[datetime | None]
    """To be corrected before then (§4, P2); none: no such clock, or it stands still or is over."""
    update_every: Mapped[int | None]
    """Seconds of the incident's own clock between the status updates agreed with the client."""
    update_due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a clock reaches the next threshold that people are told of; none: no more to tell."""
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    callback_number: Mapped[str | None]
    callback_extension: Mapped[str] = mapped_column(default="")
    callback_at: Mapped[datetime | None]
    """When the client is called back, or looked at again; none: nothing is owed."""
    callback_claimed_until: Mapped[datetime | None]
    """Somebody works on the callback until then: a lease."""
    callback_waits: Mapped[bool] = mapped_column(default=False)
    """The lease is a wait for an agent whose phone is free: it ends as soon as one is."""
    callback_capped: Mapped[str | None]
    """The cap that holds the callback back until `callback_at`: "number", "client", "day" or
    "spend"; none: none does (ivr/caps.py)."""
    callback_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """Who asked to call the client now: the callback is theirs alone (ivr/call_now.py)."""
    callback_asked_at: Mapped[datetime | None]
    """When they asked."""
    callback_owed_at: Mapped[datetime | None]
    """What `callback_at` was before they asked; none: no callback was owed."""
    callback_attempts: Mapped[int] = mapped_column(default=0)
    later_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """Who asked for five minutes while the caller held: rung first for the callback."""
    later_at: Mapped[datetime | None]
    """When that agent is ready: the callback is not placed before."""
    linked_to_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    """The open incident of the same client that this call joined: a second report of one outage
    shares that one's fate, a call about a known file is closed at once (ivr/linking.py)."""
    outage_id: Mapped[int | None] = mapped_column(ForeignKey("outages.id"), index=True)
    """The known outage by which the caller is affected, and whose news the caller gets."""
    nature: Mapped[str | None]
    """ "application" or "technical" (§2.1.2)."""
    security: Mapped[bool] = mapped_column(default=False)
    """A security matter: like a P1 it is closed by approval, or by a manager who says why."""
    diagnosis: Mapped[str] = mapped_column(default="")
    solution: Mapped[str] = mapped_column(default="")
    workaround: Mapped[str] = mapped_column(default="")
    """What a P3 gets until a later version puts it right (§4)."""
    version: Mapped[str] = mapped_column(default="")
    """The version of the product that holds the correction."""
    backlog: Mapped[bool] = mapped_column(default=False)
    """A P4 that needs a change: put with the other P4, which are prioritised together (§4)."""
    waiting_reason: Mapped[str | None]
    """What the client is waited for, while that is so."""
    resolved_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    """When it was last reopened: from then on people are rung anew."""
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_how: Mapped[str | None]
    """ "approval", "messages", "no_information" or "reasonable" (§2.1.5); "joined": its call was
    about the incident `linked_to`, and never one of its own (ivr/linking.py)."""
    closing_at: Mapped[datetime | None]
    """From when on it may be closed, and closing is proposed: derived (ivr/closing.py)."""
    escalation_level: Mapped[int] = mapped_column(default=0)
    """The highest level that the client has asked for (§3); 0: none."""
    shelf: Mapped[int] = mapped_column(Computed(shelves.SHELF, persisted=True), deferred=True)
    """Where it stands on the list, and at what place: the database works them out."""
    shelf_place: Mapped[datetime] = mapped_column(
        Computed(shelves.PLACE, persisted=True), deferred=True
    )

    call: Mapped[Call | None] = relationship(back_populates="incident")
    client: Mapped[Client | None] = relationship()
    super_user: Mapped[SuperUser | None] = relationship()
    holder: Mapped[Agent | None] = relationship(foreign_keys=[holder_id])
    callback_agent: Mapped[Agent | None] = relationship(foreign_keys=[callback_agent_id])
    later_agent: Mapped[Agent | None] = relationship(foreign_keys=[later_agent_id])
    linked_to: Mapped[Incident | None] = relationship(remote_side=[id], back_populates="linked")
    linked: Mapped[list[Incident]] = relationship(
        primaryjoin="and_(Incident.id == remote(foreign(Incident.linked_to_id)), "
        "func.coalesce(remote(Incident.closed_how), '') != 'joined')",
        back_populates="linked_to",
        order_by="Incident.id",
    )
    """Second reports that share its fate; not the calls that were about it."""
    outage: Mapped[Outage | None] = relationship(back_populates="incidents")
    events: Mapped[list[Event]] = relationship(order_by="Event.id", back_populates="incident")


class Event(Base):
    """A line of an incident's timeline; its words stand in the catalogues, by `kind`."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    facts: Mapped[Json] = mapped_column(default=dict)

    incident: Mapped[Incident] = relationship(back_populates="events")
    agent: Mapped[Agent | None] = relationship()


class Reminder(Base):
    """A threshold of a clock that an agent is told of, alone or in one digest with others."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("agent_id", "incident_id", "clock", "period", "percent"),
        Index("ix_reminders_waiting", "digest", "agent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    clock: Mapped[str]
    """ "response", "correction" or "update"."""
    period: Mapped[str]
    """Which run of that clock: the priority, or when the update's began (ISO 8601)."""
    percent: Mapped[int]
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    """When the threshold was noticed."""
    digest: Mapped[int | None]
    """The number of the digest that tells it, its last reminder's id; none: not told yet."""
    told_at: Mapped[datetime | None]
    """When that digest was written."""

    agent: Mapped[Agent] = relationship()
    incident: Mapped[Incident] = relationship()
