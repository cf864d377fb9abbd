"""One call: its turns, and what was recorded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base, Json

if TYPE_CHECKING:
    from ivr.models.clients import Client, SuperUser
    from ivr.models.incidents import Incident


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
