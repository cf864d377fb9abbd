"""The words by which an incident is found."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ivr.models.base import Base


class IncidentWord(Base):
    """A word that an agent wrote on an incident, folded (ivr/folding.py); the newest come first.

    What callers said is not among them: it is purged with its recording.
    """

    __tablename__ = "incident_words"

    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
