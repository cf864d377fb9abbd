"""What keeps watch over the line itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base, Json

if TYPE_CHECKING:
    from ivr.models.people import Agent


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


class AuditLine(Base):
    """What somebody read, played, exported or changed: written once, and never touched again."""

    __tablename__ = "audit_lines"
    __table_args__ = (
        Index("ix_audit_lines_agent_id_id", "agent_id", "id"),
        Index("ix_audit_lines_act_id", "act", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    act: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    facts: Mapped[Json] = mapped_column(default=dict)

    agent: Mapped[Agent | None] = relationship()


class Heartbeat(Base):
    """When a process last said that it is alive."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Downtime(Base):
    """When a process was not heard of for a while: it is written down when it is heard of again."""

    __tablename__ = "downtimes"

    id: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime] = mapped_column(index=True)
