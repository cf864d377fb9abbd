"""Who may call, and what their contract gives them (§1)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.models.base import Base, Json


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
