"""Looks at processes of this machine, for tests that start some."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]


def alive(process_id: int) -> bool:
    """Whether the process runs; one that has ended and waits to be read does not."""
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def offspring(process_id: int) -> set[int]:
    return {child.pid for child in psutil.Process(process_id).children(recursive=True)}


def eventually(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Waits until something is true; fails the test where it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
