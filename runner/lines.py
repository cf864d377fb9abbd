"""What the processes say, one line at a time, each behind the name of who says it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)  # cyan, yellow, green, magenta, blue, then bright


class Lines:
    """Prints from several threads; in colour on a terminal, unless NO_COLOR is set."""

    def __init__(self, out: TextIO, names: Iterable[str], environ: Mapping[str, str]) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._places = {name: place for place, name in enumerate(names)}
        self._width = max(map(len, self._places), default=0)
        self._colour = out.isatty() and not environ.get("NO_COLOR")

    def say(self, name: str, text: str) -> None:
        self.write(f"{self._label(name)} {text}\n")

    def write(self, text: str) -> None:
        """As it is; nobody left to read it, such as a closed pipe, stops nothing."""
        with self._lock:
            try:
                self._out.write(text)
                self._out.flush()
            except BrokenPipeError:
                self._out = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 kept open

    def _label(self, name: str) -> str:
        label = f"{name:<{self._width}} |"
        if not self._colour:
            return label
        colour = COLOURS[self._places.get(name, 0) % len(COLOURS)]
        return f"\x1b[{colour}m{label}\x1b[0m"
