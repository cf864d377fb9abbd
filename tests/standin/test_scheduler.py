"""Virtual time: order, interruption, and the same run again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standin.scheduler import (
    Fetch,
    InterruptError,
    Mailbox,
    Scheduler,
    Sleep,
    Steps,
    Wait,
    microseconds,
)

START = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(START, perform=lambda request: f"answer to {request}")


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_events_happen_in_the_order_of_their_moments(delays: list[float]) -> None:
    scheduler = Scheduler(START, perform=lambda request: request)
    seen: list[datetime] = []
    for delay in delays:
        scheduler.after(delay, lambda: seen.append(scheduler.now))
    scheduler.run_until_idle()
    assert seen == sorted(seen)
    assert len(seen) == len(delays)
    for moment, delay in zip(seen, sorted(delays), strict=True):
        assert abs((moment - START).total_seconds() - delay) < 1e-6


def test_events_of_one_moment_keep_their_order(scheduler: Scheduler) -> None:
    seen: list[int] = []
    for n in range(5):
        scheduler.after(1, lambda n=n: seen.append(n))  # type: ignore[misc]
    scheduler.run_until_idle()
    assert seen == [0, 1, 2, 3, 4]


def test_run_until_leaves_the_clock_there(scheduler: Scheduler) -> None:
    seen: list[str] = []
    scheduler.after(60, lambda: seen.append("due"))
    scheduler.after(60.000001, lambda: seen.append("later"))
    scheduler.run_until(START + timedelta(seconds=60))
    assert seen == ["due"]
    assert scheduler.now == START + timedelta(seconds=60)
    assert scheduler.next_event() == START + timedelta(seconds=60, microseconds=1)


def test_a_cancelled_timer_moves_no_clock(scheduler: Scheduler) -> None:
    scheduler.after(3600, lambda: None).cancel()
    scheduler.run_until_idle()
    assert scheduler.now == START
    assert scheduler.next_event() is None


def test_a_mailbox_wakes_its_reader_or_times_out(scheduler: Scheduler) -> None:
    box = Mailbox(scheduler)
    seen: list[tuple[object, float]] = []

    def reader() -> Steps[None]:
        for _ in range(3):
            item = yield Wait(box, 10)
            seen.append((item, (scheduler.now - START).total_seconds()))

    scheduler.spawn(reader(), "reader")
    scheduler.after(4, lambda: box.put("a"))
    scheduler.after(5, lambda: box.put("b"))
    scheduler.run_until_idle()
    assert seen == [("a", 4), ("b", 5), (None, 15)]


def test_an_interruption_ends_the_wait_and_makes_its_answer_stale(scheduler: Scheduler) -> None:
    seen: list[str] = []

    def sleeper() -> Steps[None]:
        try:
            yield Sleep(10)
            seen.append("slept")
        except InterruptError:
            seen.append(f"interrupted {(scheduler.now - START).total_seconds()}")
            yield Sleep(20)
            seen.append("went on")

    task = scheduler.spawn(sleeper(), "sleeper")
    scheduler.after(3, lambda: scheduler.interrupt(task, InterruptError()))
    scheduler.run_until_idle()
    assert seen == ["interrupted 3.0", "went on"]
    assert scheduler.now == START + timedelta(seconds=23)


def test_a_fetch_is_answered_while_time_stands_still(scheduler: Scheduler) -> None:
    seen: list[object] = []

    def asker() -> Steps[None]:
        seen.append((yield Fetch("one")))
        seen.append((yield Fetch("two")))

    scheduler.spawn(asker(), "asker")
    scheduler.run_until_idle()
    assert seen == ["answer to one", "answer to two"]
    assert scheduler.now == START


def test_what_a_fetch_calls_may_interrupt_the_task_that_waits_for_it() -> None:
    """As a webhook that ends its own call over REST."""
    seen: list[str] = []

    def perform(request: str) -> str:
        scheduler.interrupt(task, InterruptError())
        return request

    def asker() -> Steps[None]:
        try:
            yield Fetch("x")
            seen.append("answered")
        except InterruptError:
            seen.append("interrupted")

    scheduler = Scheduler(START, perform)
    task = scheduler.spawn(asker(), "asker")
    scheduler.run_until_idle()
    assert seen == ["interrupted"]


def test_an_error_in_a_task_is_not_swallowed(scheduler: Scheduler) -> None:
    def broken() -> Steps[None]:
        yield Sleep(1)
        raise ZeroDivisionError

    scheduler.spawn(broken(), "broken")
    with pytest.raises(ZeroDivisionError):
        scheduler.run_until_idle()


def test_microseconds_are_exact() -> None:
    assert microseconds(START + timedelta(microseconds=1)) - microseconds(START) == 1
