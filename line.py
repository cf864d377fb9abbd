"""The parts that every process shares: settings, policy, clock, database, queue, telephone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from clock import Clock
from ivr.database import Sessions, connect, sessions
from ivr.policy import Policy
from ivr.scene import Scene
from jobs.phone import Phone
from jobs.queue import Queue
from settings import Settings


@dataclass(frozen=True)
class Line:
    """Built once at the start of a process, and handed to whatever needs it."""

    settings: Settings
    policy: Policy
    clock: Clock
    sessions: Sessions
    queue: Queue
    phone: Phone

    @classmethod
    def build(cls, settings: Settings, engine: Engine | None = None) -> Line:
        """`engine`: one that is there already; by default the settings' database is connected."""
        return cls(
            settings=settings,
            policy=Policy.read(settings.policy_file),
            clock=settings.clock(),
            sessions=sessions(engine or connect(settings.database_url)),
            queue=Queue(settings.redis_url),
            phone=Phone(settings),
        )

    @contextmanager
    def scene(self) -> Iterator[Scene]:
        """One transaction at one moment; what became due in it is enqueued after the commit."""
        with self.sessions.begin() as session:
            settings = self.settings
            number, url = settings.line_number, settings.public_url
            scene = Scene(session, self.policy, number, self.clock(), url)
            yield scene
        self.queue.nudge(scene.nudges)
