"""A database of either kind with the demo's data, and scenes in it at any moment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from commands import demo_data, seed
from ivr.database import Sessions, connect, sessions
from ivr.models import (
    Agent,
    Alarm,
    Article,
    ArticleWord,
    Base,
    Call,
    Event,
    Incident,
    Leg,
    Message,
    Recording,
    Reminder,
)
from ivr.policy import Policy
from ivr.scene import Nudge, Scene
from tests import servers
from tests.world import LINE, TUESDAY_10

POLICY = Policy.read()


class Database:
    """Scenes at `now`, each a transaction of its own; what they nudged is kept."""

    def __init__(self, made: Sessions) -> None:
        self.sessions, self.now = made, TUESDAY_10
        self.nudged: list[Nudge] = []
        with made() as session:
            agents = session.execute(select(Agent.id, Agent.role)).all()
        self._agents = [{"id": number, "role": role, "present": True} for number, role in agents]

    @contextmanager
    def scene(self, now: datetime | None = None) -> Iterator[Scene]:
        with self.sessions.begin() as session:
            scene = Scene(session, POLICY, LINE, now or self.now)
            yield scene
        self.nudged += scene.nudges

    def clear(self) -> None:
        """As at the beginning: nobody has called yet."""
        with self.sessions.begin() as session:
            for table in (
                Alarm,
                Reminder,
                ArticleWord,
                Article,
                Event,
                Message,
                Leg,
                Incident,
                Recording,
                Call,
            ):
                session.execute(delete(table))
            session.execute(update(Agent), self._agents)
        self.nudged.clear()
        self.now = TUESDAY_10

    def passes(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the demo's data; hashing its passwords is slow, so it is made once."""
    folder = tmp_path_factory.mktemp("cast")
    engine = connect(servers.sqlite(folder))
    with sessions(engine).begin() as session:
        seed.seed(session, demo_data.read(), "a password", TUESDAY_10, POLICY.zone)
    engine.dispose()
    (path,) = folder.glob("*.db")
    return path


@pytest.fixture(scope="session")
def on_postgres(cast: Path) -> Iterator[Database]:
    lite = connect(f"sqlite:///{cast}")
    with servers.postgres() as url:
        engine = connect(url)
        _copy(lite, engine)
        yield Database(sessions(engine))
        engine.dispose()
    lite.dispose()


@pytest.fixture
def on_sqlite(cast: Path, tmp_path: Path) -> Iterator[Database]:
    engine = connect(f"sqlite:///{shutil.copy(cast, tmp_path / 'copy.db')}")
    yield Database(sessions(engine))
    engine.dispose()


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    found.clear()
    return found


def _copy(source: Engine, target: Engine) -> None:
    with source.connect() as reading, target.begin() as writing:
        for table in Base.metadata.sorted_tables:
            if rows := reading.execute(select(table)).mappings().all():
                writing.execute(insert(table), [dict(row) for row in rows])
