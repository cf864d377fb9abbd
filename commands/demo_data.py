"""Reads `demo.toml`, the demo's fictitious clinics and agents, and what its phones do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.contacts import Plan
from settings import HERE

FILE = HERE / "demo.toml"


@dataclass(frozen=True)
class DemoSuperUser:
    name: str
    phone: str
    email: str
    shift: str
    function: str = ""
    language: str = "fr"


@dataclass(frozen=True)
class DemoClient:
    number: str
    name: str
    products: list[str]
    super_users: list[DemoSuperUser]
    extended: list[str] = field(default_factory=list)
    other_environments: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    beta_site: bool = False
    go_live_in_days: int | None = None


@dataclass(frozen=True)
class DemoAgent:
    name: str
    email: str
    phone: str
    role: str = "agent"
    on_desk: bool = False


@dataclass(frozen=True)
class Demo:
    sign_in: str
    """The e-mail of the agent whose sign-in `make run` prints."""
    clients: list[DemoClient]
    agents: list[DemoAgent]
    rota: list[dict[str, Any]]
    """Its rotations, as `ivr.rota.layers` reads them."""
    contacts: list[Plan]
    """Who answers when a client escalates."""
    phones: dict[str, str]
    """What each phone does when it is called, in the stand-in's own words, by its number."""


def read(path: Path = FILE) -> Demo:
    """The demo's data; a key that does not exist raises `TypeError` with its name."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Demo(
        sign_in=table["sign_in"],
        clients=[_client(client) for client in table["clients"]],
        agents=[DemoAgent(**agent) for agent in table["agents"]],
        rota=table["rota"],
        contacts=[Plan(**contact) for contact in table["contacts"]],
        phones=table["phones"],
    )


def _client(table: dict[str, Any]) -> DemoClient:
    super_users = [DemoSuperUser(**user) for user in table.pop("super_users")]
    return DemoClient(super_users=super_users, **table)
