"""A discrete-event scheduler: a task is a generator that says what it waits for.

Time stands still except when `step` moves it to the next event, so that a night passes in
milliseconds and a run can be replayed. `standin/clock.py` runs the same tasks in real time.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

log = logging.getLogger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


class InterruptError(Exception):
    """Thrown into a task where it waits: what it was doing is over."""


@dataclass(frozen=True, slots=True)
class Sleep:
    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Answers the mailbox's next item, or None after `timeout` seconds (None: for ever)."""

    mailbox: Mailbox
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Answers what the scheduler's `perform` makes of the request."""

    request: Any


Effect: TypeAlias = Sleep | Wait | Fetch
Steps: TypeAlias = Generator[Effect, Any, T]


class Mailbox:
    """Items for one waiting task, kept until they are taken."""

    __slots__ = ("_scheduler", "_waiter", "items")

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiter: tuple[Task, int] | None = None
        self.items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        self.items.append(item)
        if self._waiter is not None:
            task, turn = self._waiter
            self._waiter = None
            self._scheduler.after(0, lambda: self._wake(task, turn))

    def clear(self) -> None:
        self.items.clear()

    def expect(self, task: Task, turn: int) -> None:
        self._waiter = (task, turn)

    def _wake(self, task: Task, turn: int) -> None:
        if task.turn != turn or task.done:
            return
        if self.items:
            self._scheduler.resume(task, turn, self.items.popleft())
        else:  # cleared in the meantime: wait on
            self._waiter = (task, turn)


class Task:
    """A generator under way. `turn` counts its waits: an answer to an older wait is stale."""

    __slots__ = ("done", "name", "steps", "timer", "turn")

    def __init__(self, steps: Steps[None], name: str) -> None:
        self.steps = steps
        self.name = name
        self.turn = 0
        self.done = False
        self.timer: Timer | None = None


class Timer:
    """An action at a moment; `cancel` takes it back, and it then moves no clock."""

    __slots__ = ("action", "moment")

    def __init__(self, moment: int, action: Callable[[], None]) -> None:
        self.moment = moment
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Scheduler:
    """Virtual time. `perform` answers a `Fetch`; it is called without the lock, so that what it
    calls may call back into the stand-in.
    """

    def __init__(self, start: datetime, perform: Callable[[Any], Any]) -> None:
        self.lock = threading.RLock()
        self._perform = perform
        self._moment = microseconds(start)
        self._heap: list[tuple[int, int, Timer]] = []
        self._count = itertools.count()
        self._fetches: deque[tuple[Task, int, Any]] = deque()

    @property
    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.moment)

    @property
    def moment(self) -> int:
        """The present, in microseconds since 1970: what the heap is ordered by."""
        return self._moment

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Does `action` in `seconds`; actions of one moment keep the order they were asked in."""
        with self.lock:
            timer = Timer(self.moment + max(0, round(seconds * 1_000_000)), action)
            heapq.heappush(self._heap, (timer.moment, next(self._count), timer))
            self._wake_up()
            return timer

    def spawn(self, steps: Steps[None], name: str) -> Task:
        task = Task(steps, name)
        self.after(0, lambda: self._advance(task, lambda: next(task.steps)))
        return task

    def resume(self, task: Task, turn: int, value: Any) -> None:
        if task.turn == turn and not task.done:
            self._advance(task, lambda: task.steps.send(value))

    def interrupt(self, task: Task, error: InterruptError) -> None:
        """Throws `error` into the task, at this moment and where it then waits."""

        def throw() -> None:
            if not task.done:
                self._advance(task, lambda: task.steps.throw(error))

        self.after(0, throw)

    def next_event(self) -> datetime | None:
        with self.lock:
            timer = self._peek()
            return None if timer is None else EPOCH + timedelta(microseconds=timer.moment)

    def step(self) -> bool:
        """Moves to the next event and does it; False where there is none."""
        with self.lock:
            timer = self._peek()
            if timer is None:
                return False
            heapq.heappop(self._heap)
            self._moment = max(self._moment, timer.moment)
            action, timer.action = timer.action, None
            if action is not None:
                action()
        self._dispatch()
        return True

    def run_until(self, moment: datetime) -> None:
        """Does everything due up to and at `moment`, and leaves the clock there."""
        end = microseconds(moment)
        while (event := self.next_event()) is not None and event <= moment:
            self.step()
        with self.lock:
            self._moment = max(self._moment, end)

    def run_until_idle(self) -> None:
        while self.step():
            pass

    def _peek(self) -> Timer | None:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][2] if self._heap else None

    def _advance(self, task: Task, go: Callable[[], Effect]) -> None:
        """Lets the task run to its next wait. Reads a mailbox that is not empty without waiting."""
        task.turn += 1
        if task.timer is not None:
            task.timer.cancel()
            task.timer = None
        try:
            effect = go()
            while isinstance(effect, Wait) and effect.mailbox.items:
                effect = task.steps.send(effect.mailbox.items.popleft())
        except (StopIteration, InterruptError):
            task.done = True
        except BaseException:
            task.done = True
            log.exception("standin task failed task=%s", task.name)
            raise
        else:
            self._obey(task, effect)

    def _obey(self, task: Task, effect: Effect) -> None:
        turn = task.turn
        if isinstance(effect, Fetch):
            self._fetches.append((task, turn, effect.request))
            return
        if isinstance(effect, Wait):
            effect.mailbox.expect(task, turn)
            seconds = effect.timeout
        else:
            seconds = effect.seconds
        if seconds is not None:
            task.timer = self.after(seconds, lambda: self.resume(task, turn, None))

    def _dispatch(self) -> None:
        """Answers the requests that the last step made, in order, while time stands still."""
        while self._fetches:
            task, turn, request = self._fetches.popleft()
            self._answer(task, turn, self._perform(request))

    def _answer(self, task: Task, turn: int, response: Any) -> None:
        self.after(0, lambda: self.resume(task, turn, response))

    def _wake_up(self) -> None:
        """Something new is on the heap; only real time has a sleeper to wake."""


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
