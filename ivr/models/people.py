"""Who answers, and whom a client may ask for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
    password_hash: Mapped[str]
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
