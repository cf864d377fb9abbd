"""What was learnt."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base

if TYPE_CHECKING:
    from ivr.models.incidents import Incident
    from ivr.models.people import Agent


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
