"""Who answers, and whom a client may ask for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base


class Agent(Base):
    """Somebody of the support centre, who is rung and signs in to the web list."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(String(2), default="fr")
    role: Mapped[str] = mapped_column(default="agent")
    """ "agent", "lead" (of the team), "manager" or "admin": ivr/rights.py."""
    password_hash: Mapped[str] = mapped_column(default="")
    """Empty: none is set yet, and nobody signs in with it."""
    active: Mapped[bool] = mapped_column(default=True)
    on_desk: Mapped[bool] = mapped_column(default=False)
    """In the desk's hunt group in regular hours."""
    present: Mapped[bool] = mapped_column(default=True)
    """At the desk now: an absent agent is not rung."""


class PresenceChange(Base):
    """An agent came to the desk, or left it: who could have been rung at a past moment."""

    __tablename__ = "presence_changes"
    __table_args__ = (Index("ix_presence_changes_agent_at", "agent_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime]
    present: Mapped[bool]


class ConsoleSession(Base):
    """A browser in which somebody has signed in: it ends here, whatever the browser keeps."""

    __tablename__ = "console_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the random key that the browser keeps: who reads the table can use none of them."""
    stamp: Mapped[str] = mapped_column(String(64))
    """What password and role were: a session does not outlive a change of either."""
    way: Mapped[str]
    """How it began: "password" or "oidc"."""
    awaits_code: Mapped[bool] = mapped_column(default=False)
    """The password was right; nothing is shown before the code of the second factor."""
    verified: Mapped[bool] = mapped_column(default=False)
    """A second factor was given, here or at the identity provider's."""
    browser: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """To a few minutes: not every page is a write."""
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()


class SecondFactor(Base):
    """An agent's authenticator application (TOTP, RFC 6238)."""

    __tablename__ = "second_factors"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    secret: Mapped[str]
    """Encrypted with a key that is not in the database (ivr/people_vault.py)."""
    confirmed_at: Mapped[datetime | None]
    """None: it has not shown a right code yet, and is not asked for."""
    last_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last code that was accepted: no code is accepted twice."""


class RecoveryCode(Base):
    """Stands in once for a lost authenticator."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("agent_id", "selector"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    selector: Mapped[str] = mapped_column(String(2))
    """Its first characters, which tell the agent's codes apart; the rest is hashed."""
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class PasswordLink(Base):
    """A letter's link by which its reader sets a password, once and in time."""

    __tablename__ = "password_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    kind: Mapped[str]
    """ "invitation" or "reset"."""
    nonce: Mapped[str] = mapped_column(String(32), unique=True)
    """Half of the link: the other half needs a key that is not in the database."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """Used, or withdrawn."""

    agent: Mapped[Agent] = relationship()


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
