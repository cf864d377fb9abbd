"""Twilio's identifiers: two letters and 32 hexadecimal digits, the same again for the same seed."""

from __future__ import annotations

import itertools
from hashlib import blake2b


class Sids:
    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._count = itertools.count()

    def new(self, prefix: str) -> str:
        name = f"{self.seed}/{next(self._count)}".encode()
        return prefix + blake2b(name, digest_size=16).hexdigest()
