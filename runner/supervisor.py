"""Keeps the processes of a Procfile running, and ends them all, in the reverse order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from runner.child import Child
from runner.guard import Guard
from runner.lines import Lines
from runner.procfile import Entry

TICK_SECONDS = 0.1
GRACE_SECONDS = 10.0
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0
STEADY_SECONDS = 30.0
"""What ran for so long was well: its next end waits for the first delay again."""


@dataclass
class Place:
    """What runs, or will run again, for one entry."""

    entry: Entry
    child: Child | None = None
    started: float = 0.0
    delay: float = field(default_factory=lambda: FIRST_DELAY)
    again: float = 0.0
    """When to start it again; in the seconds of `time.monotonic`, as `started` is."""


class Supervisor:
    """`stopping` is set from outside, by a signal; `hurry` too, where it may not wait."""

    def __init__(self, environ: Mapping[str, str], lines: Lines, guard: Guard) -> None:
        self.stopping = threading.Event()
        self.hurry = threading.Event()
        self.on_start: dict[str, Callable[[], None]] = {}
        """By name, what to do each time that a process has been started."""
        self._environ = environ
        self._lines = lines
        self._guard = guard
        self._places: list[Place] = []

    def start(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            place = Place(entry)
            self._places.append(place)
            self._start(place)

    def run_to_end(self, entry: Entry) -> bool:
        """Runs a command that ends by itself; true where it went well."""
        child = self._child(entry.name, entry.command)
        while (status := child.status()) is None:
            if self.hurry.is_set():
                child.kill()
            elif self.stopping.is_set():
                child.terminate()
            self._look()
            time.sleep(TICK_SECONDS)
        self._guard.ended(child.group)
        return status == 0

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Watches over what runs until something is true; false when stopped or out of time."""
        deadline = time.monotonic() + seconds
        while not self.stopping.is_set() and time.monotonic() < deadline:
            if until():
                return True
            self._look()
            self.stopping.wait(TICK_SECONDS)
        return False

    def watch(self) -> None:
        """Starts again what ends, until it is told to stop."""
        while not self.stopping.wait(TICK_SECONDS):
            self._look()

    def stop(self, names: Iterable[str] | None = None) -> None:
        """Ends these processes, or all: SIGTERM, and SIGKILL for what is left of them later."""
        wanted = None if names is None else set(names)
        going = [place for place in self._places if wanted is None or place.entry.name in wanted]
        children = [place.child for place in going if place.child]
        self._places = [place for place in self._places if place not in going]
        for child in reversed(children):
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while children := [child for child in children if not self._has_ended(child)]:
            if self.hurry.is_set() or time.monotonic() > deadline:
                for child in children:
                    child.kill()
            time.sleep(TICK_SECONDS / 2)

    def _look(self) -> None:
        for place in self._places:
            if place.child is None:
                if time.monotonic() >= place.again:
                    self._start(place)
            elif (status := place.child.status()) is not None:
                self._has_ended(place.child)
                self._put_off(place, status)

    def _start(self, place: Place) -> None:
        place.child = self._child(place.entry.name, f"exec {place.entry.command}")
        place.started = time.monotonic()
        if then := self.on_start.get(place.entry.name):
            then()

    def _child(self, name: str, command: str) -> Child:
        child = Child(name, command, self._environ, self._lines)
        self._guard.started(child.group)
        return child

    def _put_off(self, place: Place, status: int) -> None:
        now = time.monotonic()
        if now - place.started >= STEADY_SECONDS:
            place.delay = FIRST_DELAY
        end = f"status {status}" if status >= 0 else f"signal {-status}"
        name, delay = place.entry.name, place.delay
        self._lines.say(name, f"ended with {end}; starts again in {delay:g} s")
        place.child, place.again = None, now + delay
        place.delay = min(delay * 2, LONGEST_DELAY)

    def _has_ended(self, child: Child) -> bool:
        if child.status() is None:
            return False
        self._guard.ended(child.group)
        return True
