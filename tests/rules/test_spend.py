"""What a day of calls costs: minutes and texts as Twilio counts them, and when a cap is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.caps import Placed, cap_of
from ivr.policy import Policy
from ivr.policy_parts import Prices
from ivr.spend import Talk, cost, segments

NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
PRICES = Prices("USD", call_minute=0.01, line_minute=0.02, text_segment=0.005)
CAPS = replace(
    Policy.read().caps, calls_per_number=3, calls_per_client=5, calls_per_day=10, prices=PRICES
)


def talk(seconds: float) -> Talk:
    return Talk(NINE, NINE + timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 1), (1, 1), (60, 1), (60.5, 2), (3600, 60)])
def test_each_minute_that_has_begun_is_billed(seconds: float, minutes: int) -> None:
    assert talk(seconds).minutes == minutes


@pytest.mark.parametrize(("length", "texts"), [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3)])
def test_a_long_text_is_several(length: int, texts: int) -> None:
    assert segments("a" * length) == texts


def test_a_day_is_the_sum() -> None:
    spent = cost(PRICES, [talk(30), talk(61)], [talk(119)], ["a", "b" * 200])
    assert spent == pytest.approx(3 * 0.01 + 2 * 0.02 + 3 * 0.005)


@pytest.mark.parametrize(
    ("placed", "spent", "cap", "for_a_p1"),
    [
        (Placed(2, 4, 9), False, None, None),
        (Placed(3, 4, 9), False, "number", "number"),
        (Placed(2, 5, 9), False, "client", "client"),
        (Placed(2, 4, 10), False, "day", None),
        (Placed(2, 4, 9), True, "spend", None),
        (Placed(3, 5, 10), True, "number", "number"),
    ],
)
def test_which_cap_is_reached(
    placed: Placed, spent: bool, cap: str | None, for_a_p1: str | None
) -> None:
    """A P1 is held back by neither the day's calls nor the day's cost."""
    assert cap_of(CAPS, placed, critical=False, spent=spent) == cap
    assert cap_of(CAPS, placed, critical=True, spent=spent) == for_a_p1
