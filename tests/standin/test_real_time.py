"""The same calls in real time: the moved clock, the hurried call, webhooks that are slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from standin import StandIn, behaviours
from standin.clock import ClockError, RealTime
from standin.entries import Heard
from standin.scheduler import Fetch, Sleep, Steps
from standin.transport import Wsgi
from tests.standin.application import BASE, TOKEN, Application
from tests.standin.conftest import ACCOUNT, LINE, START

CALLER, AGENT = "+15145550102", "+14385550113"


@pytest.fixture
def live(app: Application) -> Iterator[StandIn]:
    made = StandIn(
        ACCOUNT, TOKEN, LINE, f"{BASE}/voice", START, live=True, transport=Wsgi(app.wsgi)
    )
    made.serve()
    yield made
    made.close()


def test_the_clock_goes_on_by_itself(live: StandIn) -> None:
    assert timedelta() <= live.now() - START < timedelta(seconds=5)
    before = live.now()
    time.sleep(0.05)
    assert timedelta(seconds=0.04) < live.now() - before < timedelta(seconds=1)


def test_a_call_goes_on_by_itself(live: StandIn, app: Application) -> None:
    app.says["/voice"] = '<Pause length="1"/><Hangup/>'
    leg = live.dial_line(CALLER).leg
    assert_soon(lambda: leg.over, within=3)
    assert leg.answered_at is not None
    assert 0.95 < (leg.answered_at - leg.created).total_seconds() < 1.5


def test_a_hurried_call_takes_no_real_time(live: StandIn, app: Application) -> None:
    app.says["/voice"] = f'<Dial action="/done" timeout="60">{AGENT}</Dial>'
    app.says["/done"] = '<Say>Nobody.</Say><Gather numDigits="1" timeout="600" action="/done"/>'
    live.devices.set(AGENT, behaviours.RingsOut())
    before = time.monotonic()
    leg = live.dial_line(CALLER).leg
    live.watch.hurry(leg, 0, longest=10)
    assert leg.waits_for == "gather"
    live.watch.hurry(leg, leg.waits, longest=10)
    assert leg.over
    assert time.monotonic() - before < 5
    assert leg.seconds > 600


def test_a_jump_of_the_clock_does_what_it_passes_over_in_order(
    live: StandIn, app: Application
) -> None:
    """Each at its own moment, webhooks included: a night passes in a second."""
    app.says["/voice"] = '<Pause length="60"/><Say>One.</Say><Redirect>/two</Redirect>'
    app.says["/two"] = '<Pause length="3600"/><Say>Two.</Say>'
    leg = live.dial_line(CALLER).leg
    assert_soon(lambda: bool(app.asked))
    live.advance_clock(8 * 3600)
    assert leg.over
    first, second = live.ledger.of(Heard, leg.sid)
    assert 60 <= (first.moment - leg.created).total_seconds() < 62
    assert 3660 <= (second.moment - first.moment).total_seconds() + 60 < 3662
    assert live.now() >= START + timedelta(hours=8)


def test_the_clock_goes_back_only_while_nothing_is_under_way(
    live: StandIn, app: Application
) -> None:
    app.says["/voice"] = '<Pause length="600"/>'
    live.advance_clock(3600)
    live.set_clock(START)
    assert live.now() - START < timedelta(seconds=5)
    live.dial_line(CALLER)
    with pytest.raises(ClockError):
        live.set_clock(START - timedelta(hours=1))


def test_a_slow_webhook_does_not_stop_the_other_calls(live: StandIn, app: Application) -> None:
    slow = threading.Event()

    def answer(form: dict[str, str]) -> str:
        if form["From"] == CALLER:
            slow.wait(10)
        return "<Hangup/>"

    app.says["/voice"] = answer
    first = live.dial_line(CALLER).leg
    assert_soon(lambda: len(app.asked) == 1)
    second = live.dial_line(AGENT).leg
    assert_soon(lambda: second.over)
    assert not first.over
    slow.set()
    assert_soon(lambda: first.over)


def test_an_event_that_fails_stops_nothing_else(live: StandIn, app: Application) -> None:
    app.says["/voice"] = "<Hangup/>"

    def broken() -> Steps[None]:
        yield Sleep(0)
        raise ZeroDivisionError

    live.scheduler.spawn(broken(), "broken")
    live.scheduler.spawn(_asks_nonsense(), "nonsense")
    leg = live.dial_line(CALLER).leg
    assert_soon(lambda: leg.over)


def _asks_nonsense() -> Steps[None]:
    yield Fetch("no request")


def test_stopping_leaves_no_thread(app: Application) -> None:
    made = StandIn(ACCOUNT, TOKEN, LINE, BASE, START, live=True, transport=Wsgi(app.wsgi))
    made.serve()
    made.close()
    assert isinstance(made.scheduler, RealTime)
    assert not [each for each in threading.enumerate() if each.name == "standin-clock"]


def assert_soon(holds: object, within: float = 5.0) -> None:
    deadline = time.monotonic() + within
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
