"""Who may call, and what their contract gives them (§1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ivr import folding
from ivr.models.base import Base, Json

if TYPE_CHECKING:
    from ivr.models.people import Agent


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
    csa: Mapped[str] = mapped_column(default="")
    """The authorised service centre, *centre de services autorisés* (§5)."""
    version: Mapped[int] = mapped_column(default=0)
    """One more with each change of the file: whoever changes an older one is shown the newer."""
    sought: Mapped[str] = mapped_column(default="")
    """The name without accents and capitals, by which it is found."""

    products: Mapped[list[ClientProduct]] = relationship(
        back_populates="client",
        cascade="all, delete-orphan",
        order_by="ClientProduct.product",
    )
    super_users: Mapped[list[SuperUser]] = relationship(
        back_populates="client", cascade="all, delete-orphan"
    )
    lines: Mapped[list[ClientLine]] = relationship(
        cascade="all, delete-orphan", order_by="ClientLine.phone"
    )

    @validates("name")
    def _fold(self, _: str, name: str) -> str:
        self.sought = folding.plain(name)
        return name


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
    """The shifts that the form of §5 names (ivr/clients/shifts.py), space-separated."""
    phone: Mapped[str] = mapped_column(index=True)
    extension: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(2), default="fr")
    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[str] = mapped_column(default="")
    """Why the centre asked for it (§1.2); empty: the client names this person no more."""
    sought: Mapped[str] = mapped_column(default="")
    """The name without accents and capitals, by which it is found."""

    client: Mapped[Client] = relationship(back_populates="super_users")

    @validates("name")
    def _fold(self, _: str, name: str) -> str:
        self.sought = folding.plain(name)
        return name


class ClientChange(Base):
    """One act on a client's file: who, when, what was and what is. Written once."""

    __tablename__ = "client_changes"
    __table_args__ = (Index("ix_client_changes_client", "client_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    version: Mapped[int]
    """The client's version that it led to: acts of one moment share it."""
    at: Mapped[datetime]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    """None: an integration, or the command line."""
    act: Mapped[str]
    """ "created", "contract", "csa", "added", "changed", "left", "removed", "pin_set",
    "pin_removed"."""
    super_user_id: Mapped[int | None] = mapped_column(ForeignKey("super_users.id"))
    subject: Mapped[str] = mapped_column(default="")
    """The super user's name, as it was then."""
    facts: Mapped[Json] = mapped_column(default=dict)
    """Of each field that changed: [what was, what is]; a PIN is never among them."""
    reason: Mapped[str] = mapped_column(default="")
    imported: Mapped[bool] = mapped_column(default=False)
    """By a form that came as a file."""

    agent: Mapped[Agent | None] = relationship()
    super_user: Mapped[SuperUser | None] = relationship()


class ClientImport(Base):
    """A form that came as a file, read but not written yet: what its preview shows."""

    __tablename__ = "client_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    """Nobody else sees it."""
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    """The one client whose form it is; none: each row names its client."""
    at: Mapped[datetime] = mapped_column(index=True)
    file_name: Mapped[str]
    sheet: Mapped[Json]
    """Its columns and rows (ivr/clients/columns.py); emptied once it is written or given up."""
    written_at: Mapped[datetime | None]

    client: Mapped[Client | None] = relationship()


@event.listens_for(ClientChange, "before_update")
@event.listens_for(ClientChange, "before_delete")
def _never(*_: Any) -> NoReturn:
    raise RuntimeError("the history of a client is never edited")
