"""A database with the rota's cast in it, and the scene of a Saturday night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ivr.database import connect, sessions
from ivr.models import Agent, Base
from ivr.policy import Policy
from ivr.scene import Scene
from tests.rota.cast import local

LINE = "+18005550100"
NAMES = ("Alice Roy", "Bob Tremblay", "Chloé Côté", "Denis Roy", "Anne Roy-Dubois")


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.read()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'rota.db'}"


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    """The agents 1 to 5; the fourth has left the centre."""
    engine = connect(url)
    Base.metadata.create_all(engine)
    with sessions(engine)() as opened:
        for number, name in enumerate(NAMES, 1):
            opened.add(_agent(number, name))
        opened.commit()
        yield opened
    engine.dispose()


@pytest.fixture
def scene(session: Session, policy: Policy) -> Scene:
    """Saturday 28 November 2026, at two in the morning."""
    return Scene(session, policy, LINE, local("2026-11-28 02:00"))


@pytest.fixture
def agents(scene: Scene) -> dict[str, Agent]:
    """By their first names, in small letters."""
    return {agent.email.split(".")[0]: agent for agent in scene.session.query(Agent)}


def _agent(number: int, name: str) -> Agent:
    first = name.split()[0].lower().replace("é", "e")
    return Agent(
        name=name,
        email=f"{first}.{number}@example.org",
        phone=f"+1438555012{number}",
        password_hash="none",
        active=number != 4,
    )
