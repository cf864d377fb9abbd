"""Ends the runner's processes when the runner itself is killed and cannot.

The runner holds the other end of our standard input, and writes there each process group that it
starts ("123") or has seen end ("-123"). The end of the input is the end of the runner.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import IO

GRACE_SECONDS = 10.0


class Guard:
    """The runner's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runner.guard"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def started(self, group: int) -> None:
        self._tell(f"{group}\n")

    def ended(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # without a guard the runner still works
            self._input.write(line.encode())
            self._input.flush()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line)
        groups.discard(-number) if number < 0 else groups.add(number)
    _send(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and (groups := _send(groups, 0)):
        time.sleep(0.1)
    _send(groups, signal.SIGKILL)


def _send(groups: set[int], number: int) -> set[int]:
    """Signals each group; answers those that exist."""
    alive = set()
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
            alive.add(group)
    return alive


if __name__ == "__main__":
    main()
