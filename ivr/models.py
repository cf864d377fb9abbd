"""The tables. Moments are aware UTC; what is derived is stored in the transaction of its cause."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ivr.database import UtcDateTime

Json = dict[str, Any]


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime, Json: JSON, list[str]: JSON}  # noqa: RUF012
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Who may call, and what their contract gives them -------------------------------------------


class Client(Base):
    """A clinic that uses the vendor's software (§1)."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(5), unique=True)
    name: Mapped[str]
    other_environments: Mapped[list[str]] = mapped_column(default=list)
    """Beside production: "test", "training" (§2.1.1)."""
    beta_site: Mapped[bool] = mapped_column(default=False)
    go_live_on: Mapped[date | None]
    pin_hash: Mapped[str | None]
    """Argon2 hash of the six-digit PIN, where the client has set one."""

    products: Mapped[list[ClientProduct]] = relationship(
        back_populates="client",
        cascade="all, delete-orphan",
        order_by="ClientProduct.product",
    )
    super_users: Mapped[list[SuperUser]] = relationship(
        back_populates="client", cascade="all, delete-orphan"
    )
    lines: Mapped[list[ClientLine]] = relationship(cascade="all, delete-orphan")


class ClientProduct(Base):
    """A product that the client uses, and whether it holds the extended service for it (§1.1)."""

    __tablename__ = "client_products"

    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    extended: Mapped[bool] = mapped_column(default=False)
    window: Mapped[Json | None]
    """The extended service's hours by contract; none: every hour outside regular hours."""

    client: Mapped[Client] = relationship(back_populates="products")


class ClientLine(Base):
    """A phone line of the clinic's, from which its super users may call."""

    __tablename__ = "client_lines"

    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    phone: Mapped[str] = mapped_column(primary_key=True)


class SuperUser(Base):
    """A person whom the client authorises to call, by shift (§1.2, §5)."""

    __tablename__ = "super_users"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    name: Mapped[str]
    function: Mapped[str] = mapped_column(default="")
    shift: Mapped[str] = mapped_column(default="days")
    """ "days", "nights", "weekends": the shifts that the form of §5 names, space-separated."""
    phone: Mapped[str] = mapped_column(index=True)
    extension: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(2), default="fr")
    removed_at: Mapped[datetime | None]

    client: Mapped[Client] = relationship(back_populates="super_users")


# Who answers --------------------------------------------------------------------------------


class Agent(Base):
    """Somebody of the support centre, who is rung and signs in to the web list."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(String(2), default="fr")
    role: Mapped[str] = mapped_column(default="agent")
    """ "agent", "lead" (of the team) or "manager"."""
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    on_desk: Mapped[bool] = mapped_column(default=False)
    """In the desk's hunt group in regular hours."""
    present: Mapped[bool] = mapped_column(default=True)
    """At the desk now: an absent agent is not rung."""


class EscalationContact(Base):
    """Whom a client may ask for at a level of escalation, for a product or a service (§3)."""

    __tablename__ = "escalation_contacts"
    __table_args__ = (UniqueConstraint("level", "product", "service"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[int]
    """1, 2 or 3: the next one is asked only after the one before."""
    product: Mapped[str] = mapped_column(default="")
    """Empty, and `service` too: of all that has nobody of its own."""
    service: Mapped[str] = mapped_column(default="")
    """One of policy.toml's: "technical_assistance", "customer_service"."""
    name: Mapped[str]
    title: Mapped[str]
    """In French, as it is said to a caller; the policy gives titles in more than one way."""
    title_en: Mapped[str] = mapped_column(default="")
    """Empty: the French one is said in English too."""
    phone: Mapped[str]
    extension: Mapped[str] = mapped_column(default="")
    toll_free: Mapped[str] = mapped_column(default="")
    mobile: Mapped[str] = mapped_column(default="")
    """Of levels 2 and 3 (§3)."""
    email: Mapped[str]
    language: Mapped[str] = mapped_column(String(2), default="fr")

    def title_in(self, language: str) -> str:
        return self.title_en if language == "en" and self.title_en else self.title


class PresenceChange(Base):
    """An agent came to the desk, or left it: who could have been rung at a past moment."""

    __tablename__ = "presence_changes"
    __table_args__ = (Index("ix_presence_changes_agent_at", "agent_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime]
    present: Mapped[bool]


# The rota ------------------------------------------------------------------------------------


class RotaLayer(Base):
    """A rotation at one level: `ivr/rota/rules.py` says what its values mean."""

    __tablename__ = "rota_layers"

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str]
    place: Mapped[int]
    """Among those of its level: a later one goes over an earlier one."""
    name: Mapped[str]
    first_day: Mapped[date]
    """When the first member's first turn begins."""
    days: Mapped[int] = mapped_column(default=7)
    handover: Mapped[time]
    """On the wall clock of the centre."""
    windows: Mapped[Json | None]
    """The hours of the week that it is for; none: all."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """A layer that was in force is ended, not deleted: who was on call stays known."""
    products: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    backups: Mapped[int | None]
    """How many who come next are rung after the one whose turn it is; none: all."""
    language_first: Mapped[bool] = mapped_column(default=False)
    entered_at: Mapped[datetime]

    members: Mapped[list[RotaLayerMember]] = relationship(
        order_by="RotaLayerMember.position", cascade="all, delete-orphan"
    )


class RotaLayerMember(Base):
    """A place in the order of a layer's turns; an agent may have several."""

    __tablename__ = "rota_layer_members"

    layer_id: Mapped[int] = mapped_column(ForeignKey("rota_layers.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))

    agent: Mapped[Agent] = relationship()


class RotaShift(Base):
    """An agent on call at a level for some time, entered by hand or brought by a calendar."""

    __tablename__ = "rota_shifts"
    __table_args__ = (Index("ix_rota_shifts_feed_ends_at", "feed", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    rank: Mapped[int] = mapped_column(default=0)
    products: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    feed: Mapped[str] = mapped_column(default="")
    """The calendar that brought it, by its name, never its secret address; empty: by hand."""
    uid: Mapped[str] = mapped_column(default="")
    """The event's own."""
    entered_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()


class RotaOverride(Base):
    """Somebody takes another's place for some time. Never deleted: withdrawn."""

    __tablename__ = "rota_overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """None: whoever is on call at `level`."""
    level: Mapped[str | None]
    """None: each level at which the replaced agent stands."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    note: Mapped[str] = mapped_column(default="")
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """None: from the command line, by somebody who gave no name."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))

    agent: Mapped[Agent] = relationship(foreign_keys=agent_id)
    replaces: Mapped[Agent | None] = relationship(foreign_keys=replaces_id)
    entered_by: Mapped[Agent | None] = relationship(foreign_keys=entered_by_id)


# One call -----------------------------------------------------------------------------------


class Call(Base):
    """A call to the line: where it stands in the menu, and what has been answered."""

    __tablename__ = "calls"
    __table_args__ = (Index("ix_calls_unended", "ended_at", "touched_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(34), unique=True)
    caller: Mapped[str | None]
    """E.164; none where the number is withheld or unusable."""
    attestation: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(2), default="fr")
    started_at: Mapped[datetime] = mapped_column(index=True)
    touched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    step: Mapped[str]
    turn: Mapped[int] = mapped_column(default=0)
    """The number of turns taken: the next request that is answered anew carries it."""
    tries: Mapped[int] = mapped_column(default=0)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    super_user_id: Mapped[int | None] = mapped_column(ForeignKey("super_users.id"))
    recognised_by: Mapped[str | None]
    """ "number", "line", "keyed" or "pin"; none: not recognised as a super user."""
    refused: Mapped[bool] = mapped_column(default=False)
    joined_leg_id: Mapped[int | None]
    """The one leg whose agent has accepted the caller, until that leg ends: first come, by a
    conditional UPDATE. (No foreign key: legs point at calls already.)"""
    answers: Mapped[Json] = mapped_column(default=dict)

    client: Mapped[Client | None] = relationship()
    super_user: Mapped[SuperUser | None] = relationship()
    incident: Mapped[Incident | None] = relationship(back_populates="call")

    @property
    def about(self) -> Incident | None:
        """The incident that is spoken of: the call's own, or the known file that it is about."""
        own = self.incident
        return own.linked_to if own and own.closed_how == "joined" else own


class CallTurn(Base):
    """One exchange: the step asked, what came back, and what we answered, to answer it again."""

    __tablename__ = "call_turns"

    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    step: Mapped[str]
    outcome: Mapped[str]
    reply: Mapped[Json]


class Recording(Base):
    """The reason in the caller's own words; the audio stays with Twilio until it is purged."""

    __tablename__ = "recordings"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    sid: Mapped[str] = mapped_column(String(34), unique=True)
    seconds: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="in-progress")
    """Twilio's "in-progress", "completed", "absent" or "failed"; "purged" once it is deleted."""
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    transcript: Mapped[str | None]
    """What a machine understood of it, for reading: the audio is the record."""
    transcript_language: Mapped[str | None] = mapped_column(String(2))
    transcribe_at: Mapped[datetime | None] = mapped_column(index=True)
    """When to have it transcribed, or to try again; none: done, given up, or nothing to hear."""
    claimed_until: Mapped[datetime | None]
    """Somebody has it transcribed until then: a lease."""
    attempts: Mapped[int] = mapped_column(default=0)


# The incident, and what happens to it -------------------------------------------------------


class Incident(Base):
    """What one call is about (§2.1.1). The row is the truth, and the queue of its callback."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_open_due", "state", "due_at", "id"),
        Index("ix_incidents_callback", "callback_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(6), index=True)
    live_reference: Mapped[str | None] = mapped_column(String(6), unique=True)
    """The reference while it may not be given again: open, or closed within two years."""
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), unique=True)
    """One call makes one incident."""
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
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
    state: Mapped[str] = mapped_column(default="new")
    """ "new", "taken" (in charge), "in_progress", "waiting" (for the client), "resolved", "closed",
    "reopened", or "refused" (the caller was no super user): ivr/states.py has the moves."""
    opened_at: Mapped[datetime]
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
    closing_at: Mapped[datetime | None] = mapped_column(index=True)
    """From when on it may be closed, and closing is proposed: derived (ivr/closing.py)."""
    escalation_level: Mapped[int] = mapped_column(default=0)
    """The highest level that the client has asked for (§3); 0: none."""

    call: Mapped[Call | None] = relationship(back_populates="incident")
    client: Mapped[Client | None] = relationship()
    super_user: Mapped[SuperUser | None] = relationship()
    holder: Mapped[Agent | None] = relationship(foreign_keys=[holder_id])
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


class Outage(Base):
    """A known outage that a manager has switched on: told to callers before the menu."""

    __tablename__ = "outages"

    id: Mapped[int] = mapped_column(primary_key=True)
    live: Mapped[bool | None] = mapped_column(unique=True)
    """True while it is on, none once it is over: so that one at a time is on."""
    products: Mapped[list[str]]
    """Empty: all of them."""
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    """The manager who switched it on, and so holds what those affected report."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()
    news: Mapped[list[OutageNews]] = relationship(
        order_by="OutageNews.number", cascade="all, delete-orphan"
    )
    incidents: Mapped[list[Incident]] = relationship(
        order_by="Incident.id", back_populates="outage"
    )

    @property
    def latest(self) -> OutageNews:
        return self.news[-1]


class OutageNews(Base):
    """What a manager has to say about an outage: the first on switching it on, then each update."""

    __tablename__ = "outage_news"

    outage_id: Mapped[int] = mapped_column(ForeignKey("outages.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    text_fr: Mapped[str]
    text_en: Mapped[str]
    next_at: Mapped[datetime | None]
    """When the next update is promised; none: this is the last."""

    agent: Mapped[Agent] = relationship()

    def text(self, language: str) -> str:
        return self.text_en if language == "en" else self.text_fr


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
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    incident: Mapped[Incident | None] = relationship()
    agent: Mapped[Agent | None] = relationship()


# What was learnt ----------------------------------------------------------------------------


class Article(Base):
    """The solution of a closed incident, kept for those to come (§2.1.2: the knowledge base)."""

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str | None]
    """None: of no single product."""
    title: Mapped[str]
    solution: Mapped[str]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), unique=True)
    """The incident that it comes from: one article each."""
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    written_at: Mapped[datetime]

    incident: Mapped[Incident] = relationship()
    agent: Mapped[Agent] = relationship()
    words: Mapped[list[ArticleWord]] = relationship(cascade="all, delete-orphan")


class ArticleWord(Base):
    """A word by which an article is found, folded: without accents, capitals and plurals."""

    __tablename__ = "article_words"
    __table_args__ = (Index("ix_article_words_word", "word", "article_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[int]
    """Of a title's word more than of one in the solution."""


# What keeps watch ---------------------------------------------------------------------------


class Attempt(Base):
    """A failed try that is counted: a wrong client number, PIN or password, a claimed P1."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_kind_key_at", "kind", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    at: Mapped[datetime]


class Alarm(Base):
    """Something that the managers were told of: once a day of the centre's, and no more."""

    __tablename__ = "alarms"

    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]


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


class RotaFeed(Base):
    """A calendar that is read again and again: when that last succeeded, and why not since.

    Its address is a secret of the settings; `name` tells it apart, and is what its shifts carry.
    """

    __tablename__ = "rota_feeds"

    name: Mapped[str] = mapped_column(primary_key=True)
    tried_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")
    """Why the last try failed: a key of the commands' words; empty: it did not."""
    unmatched: Mapped[int] = mapped_column(default=0)
    """Events of it that are nobody's shift."""


class Heartbeat(Base):
    """When a process last said that it is alive."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
