"""How many seeds of a long run: a sample in `make test`, all of them in `make soak`."""

from __future__ import annotations

import os

SOAKING = bool(os.environ.get("P1LINE_SOAK"))


def seeds(sample: int, soak: int) -> list[int]:
    """P1LINE_SEED replays one run that failed."""
    if seed := os.environ.get("P1LINE_SEED"):
        return [int(seed)]
    return list(range(soak if SOAKING else sample))
