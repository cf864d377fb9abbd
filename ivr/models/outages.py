"""A known outage, and what was said of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base

if TYPE_CHECKING:
    from ivr.models.incidents import Incident
    from ivr.models.people import Agent


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
