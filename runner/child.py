"""One process of the Procfile, leader of a process group: the group starts and ends as one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from typing import IO

from runner.lines import Lines


class Child:
    """Runs a shell command; its lines are printed by a thread of their own."""

    def __init__(self, name: str, command: str, environ: Mapping[str, str], lines: Lines) -> None:
        self.name = name
        self._lines = lines
        self._process = subprocess.Popen(  # noqa: S603 the Procfile is ours
            ["/bin/sh", "-c", command],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the runner alone, which stops all in order
        )
        self.group = self._process.pid
        self._over = False
        self._reader = threading.Thread(target=self._read, args=[self._process.stdout], daemon=True)
        self._reader.start()

    def status(self) -> int | None:
        """How it ended, none while it runs; what it left running in its group is killed first."""
        if not self._over and self._has_ended():
            self.kill()
            self._process.wait()
            self._reader.join(timeout=1)
            self._over = True
        return self._process.returncode if self._over else None

    def terminate(self) -> None:
        """Asks the leader to end: it ends its own helpers in its own order."""
        with contextlib.suppress(ProcessLookupError):  # it ended in this very moment
            os.kill(self.group, signal.SIGTERM)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the second
            os.killpg(self.group, signal.SIGKILL)

    def _has_ended(self) -> bool:
        """Looks without reading it, so that its group's number is nobody else's yet."""
        if not hasattr(os, "waitid"):  # macOS, until Python 3.13
            return self._process.poll() is not None
        return os.waitid(os.P_PID, self.group, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.say(self.name, line.decode("utf-8", "replace").rstrip("\r\n"))
