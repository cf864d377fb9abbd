"""Who is on call when: ivr/rota/ says what the values mean."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base, Json

if TYPE_CHECKING:
    from ivr.models.people import Agent


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


class RotaSwap(Base):
    """One agent asks another to take a turn, with or without one in return: ivr/rota/swaps.py."""

    __tablename__ = "rota_swaps"

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str]
    asker_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """What the asker has, and the other would take."""
    back_level: Mapped[str | None]
    back_starts_at: Mapped[datetime | None]
    back_ends_at: Mapped[datetime | None]
    """What the other has, and the asker would take in return; none: nothing."""
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="asked")
    """ "asked", then "accepted", "declined", "withdrawn" or "lapsed", which is for good."""
    asked_at: Mapped[datetime]
    lapses_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the first of its turns begins, as long as nobody has settled it; then none."""
    settled_at: Mapped[datetime | None]
    override_id: Mapped[int | None] = mapped_column(ForeignKey("rota_overrides.id"))
    back_override_id: Mapped[int | None] = mapped_column(ForeignKey("rota_overrides.id"))
    """What an accepted one has become."""

    asker: Mapped[Agent] = relationship(foreign_keys=asker_id)
    other: Mapped[Agent] = relationship(foreign_keys=other_id)


class RotaAddress(Base):
    """The secret address at which a program reads an agent's own shifts as a calendar."""

    __tablename__ = "rota_addresses"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    salt: Mapped[str]
    """Of which, with the application's own key, the secret is made anew to be shown."""
    secret_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    """When a program last read it, to within the hour."""

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
