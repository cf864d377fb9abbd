"""Follows one call from outside: waits for what happens on it, or hurries the clock through it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from standin.clock import RealTime

if TYPE_CHECKING:
    from standin.leg import Leg
    from standin.switch import StandIn


class Watch:
    """`changed` is told whenever something happens on any leg."""

    def __init__(self, switch: StandIn) -> None:
        self._switch = switch
        self._condition = threading.Condition(switch.scheduler.lock)
        self._hurried: dict[str, int] = {}
        if isinstance(switch.scheduler, RealTime):
            switch.scheduler.in_a_hurry = self._in_a_hurry

    def changed(self) -> None:
        if self._switch.is_live:
            with self._condition:
                self._condition.notify_all()

    def wait(self, leg: Leg, entries: int, waits: int | None, longest: float) -> None:
        """Returns when the leg has more than so many entries, waits once more for its far end
        than `waits`, or is over; or after `longest` real seconds.
        """
        deadline = time.monotonic() + longest
        with self._condition:
            while len(self._switch.ledger.on_leg(leg.sid)) <= entries:
                if leg.over or (waits is not None and _settled(leg, waits)):
                    return
                left = deadline - time.monotonic()
                if left <= 0 or not self._switch.is_live:
                    return
                self._condition.wait(left)

    def hurry(self, leg: Leg, waits: int, longest: float) -> None:
        """Skips the time until the leg waits for its far end once more than `waits`, or is over."""
        if not isinstance(self._switch.scheduler, RealTime):
            while not _settled(leg, waits) and self._switch.scheduler.step():
                pass
            return
        deadline = time.monotonic() + longest
        with self._condition:
            self._hurried[leg.sid] = waits
            self._switch.scheduler.nudge()
            try:
                while not _settled(leg, waits) and (left := deadline - time.monotonic()) > 0:
                    self._condition.wait(left)
            finally:
                self._hurried.pop(leg.sid, None)

    def _in_a_hurry(self) -> bool:
        return any(
            not _settled(self._switch.legs[sid], waits) for sid, waits in self._hurried.items()
        )


def _settled(leg: Leg, waits: int) -> bool:
    return leg.over or (bool(leg.waits_for) and leg.waits > waits)
