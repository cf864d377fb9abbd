"""How many seeds of a long run: a sample in `make test`, all of them in `make soak`."""

from __future__ import annotations

import os


def seeds(sample: int, soak: int) -> list[int]:
    """P1LINE_SOAK makes all of them, P1LINE_SEEDS so many, and P1LINE_SEED replays one."""
    if seed := os.environ.get("P1LINE_SEED"):
        return [int(seed)]
    if count := os.environ.get("P1LINE_SEEDS"):
        return list(range(min(int(count), soak)))
    return list(range(soak if os.environ.get("P1LINE_SOAK") else sample))
