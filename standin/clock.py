"""Real time: the same tasks, run by a thread that sleeps until the next event is due.

The clock is real time plus an offset that can be moved. After a jump the events that it passed
over run in order, each at its own moment, and the clock stands still for the webhooks among them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from standin.scheduler import Scheduler, Task, microseconds

log = logging.getLogger(__name__)

LATE = 2_000_000
"""Microseconds: an event later than this was passed over by a jump, not by a busy machine."""
LONGEST_NAP = 1.0


class ClockError(Exception):
    """The clock cannot be put there."""


class RealTime(Scheduler):
    """A scheduler that runs by itself between `start` and `stop`."""

    def __init__(self, start: datetime, perform: Callable[[Any], Any]) -> None:
        super().__init__(start, perform)
        self._offset = microseconds(start) - microseconds(datetime.now(UTC))
        self._condition = threading.Condition(self.lock)
        self._pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="webhook")
        self._in_flight: set[object] = set()
        self._late: set[object] = set()
        self._executing = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.in_a_hurry: Callable[[], bool] = lambda: False
        """Whether the clock may jump to the next event instead of sleeping until it."""

    @property
    def moment(self) -> int:
        with self.lock:
            catching_up = self._executing or self._late or self._is_late()
            return self._moment if catching_up else max(self._moment, self._wall())

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="standin-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._condition:
            self._stopped = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def advance(self, seconds: float) -> None:
        """Moves the clock by `seconds`; raises `ClockError` backwards while events wait."""
        with self._condition:
            step = round(seconds * 1_000_000)
            if step < 0 and self._peek() is not None:
                raise ClockError("calls are under way: the clock cannot go back")
            self._moment = self.moment + min(0, step)
            self._late |= self._in_flight  # they were asked before the jump: it waits for them
            self._offset += step
            self._condition.notify_all()

    def set(self, moment: datetime) -> None:
        with self._condition:
            self.advance((microseconds(moment) - self._wall()) / 1_000_000)

    def catch_up(self, longest: float) -> None:
        """Returns when what a jump passed over has happened, or after so many real seconds."""
        deadline = time.monotonic() + longest
        with self._condition:
            while (self._late or self._is_late()) and time.monotonic() < deadline:
                self._condition.wait(0.05)

    def nudge(self) -> None:
        """Looks again at what is due: `in_a_hurry` may answer otherwise now."""
        with self._condition:
            self._condition.notify_all()

    def _wall(self) -> int:
        return time.time_ns() // 1000 + self._offset

    def _is_late(self) -> bool:
        timer = self._peek()
        return timer is not None and self._wall() - timer.moment > LATE

    def _run(self) -> None:
        while not self._stopped:
            try:
                with self._condition:
                    if not self._run_one():
                        self._nap()
            except Exception:
                log.exception("standin clock: an event failed, the others go on")

    def _run_one(self) -> bool:
        """Does one event that is due; False where there is none, or where it has to wait."""
        timer = self._peek()
        if timer is None or (self._in_flight and self._is_late()):
            return False
        ahead = timer.moment - self._wall()
        if ahead > 0:
            if self._in_flight or not self.in_a_hurry():
                return False
            self._offset += ahead
        self._executing = True
        try:
            return self.step()
        finally:
            self._executing = False

    def _nap(self) -> None:
        timer = self._peek()
        seconds = LONGEST_NAP
        if timer is not None and not self._is_late():
            seconds = min(LONGEST_NAP, (timer.moment - self._wall()) / 1_000_000)
        if seconds > 0 and not self._stopped:
            self._condition.wait(seconds)

    def _dispatch(self) -> None:
        late = self._wall() - self._moment > LATE
        while self._fetches:
            task, turn, request = self._fetches.popleft()
            flight = object()
            self._in_flight.add(flight)
            if late:
                self._late.add(flight)
            future = self._pool.submit(self._perform, request)
            future.add_done_callback(self._answerer(task, turn, flight))

    def _answerer(self, task: Task, turn: int, flight: object) -> Callable[[Future[Any]], None]:
        def answer(future: Future[Any]) -> None:
            with self._condition:
                if future.cancelled():
                    return
                if (error := future.exception()) is None:
                    self._answer(task, turn, future.result())
                else:
                    log.error("standin fetch failed task=%s", task.name, exc_info=error)
                self._in_flight.discard(flight)
                self._late.discard(flight)
                self._condition.notify_all()

        return answer

    def _wake_up(self) -> None:
        self._condition.notify_all()
