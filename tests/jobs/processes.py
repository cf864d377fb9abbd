"""Worker and sweep as processes of their own, on a world's stand-in, clock and database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.database import reading
from ivr.models import Heartbeat
from settings import HERE
from trial.product import Product

STARTS_WITHIN = 30.0


class Process:
    """`python -m MODULE ARGUMENTS`, which can be killed at any moment and started again."""

    def __init__(self, world: Product, module: str, log: Path, *arguments: str) -> None:
        self._world, self._module, self._log = world, module, log
        self._arguments = arguments
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", self._module, *self._arguments],
                cwd=HERE,
                env={**os.environ, **environ(self._world)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a kill takes its own helpers with it
            )

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As a deployment does; the exit code."""
        return self._end(signal.SIGTERM)

    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def beats(self) -> bool:
        """Has it been heard of since the world began?"""
        with reading(self._world.line.sessions) as session:
            return session.get(Heartbeat, self._module.removeprefix("jobs.")) is not None

    def wait_until_it_beats(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while not self.beats():
            assert self.is_running(), self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def _end(self, number: signal.Signals) -> int:
        if self._running is None:
            return 0
        if self._running.poll() is None:
            if number == signal.SIGKILL:
                os.killpg(self._running.pid, number)
            else:
                self._running.send_signal(number)
        return self._running.wait(STARTS_WITHIN)


@contextmanager
def process(world: Product, module: str, folder: Path) -> Iterator[Process]:
    made = Process(world, module, folder / f"{module}.log")
    made.start()
    try:
        yield made
    finally:
        made.kill()


def environ(world: Product) -> dict[str, str]:
    settings = world.line.settings
    assert settings.start is not None
    return {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_API_BASE_URL": settings.twilio_api_base_url,
        "PUBLIC_URL": settings.public_url,
        "P1LINE_NUMBER": settings.line_number,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "SMTP_URL": settings.smtp_url or "",
        "MAIL_FROM": settings.mail_from,
        "FALLBACK_DIR": str(settings.fallback_dir),
        "FALLBACK_DUTY": ",".join(settings.fallback_duty),
        "P1LINE_NOW": settings.start.isoformat(),
    }
