"""The cost of business time does not grow with the span: counted in lines of Python executed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import pytest

from ivr.policy import Policy

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DAY, THREE_YEARS = timedelta(hours=8.5), timedelta(hours=42.5 * 52 * 3)


def lines_executed(work: Callable[[], Any]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_three_years_cost_what_a_day_costs() -> None:
    hours = Policy.read().hours
    far = hours.add(AT, THREE_YEARS)  # the index grows here, once
    for short, long in (
        (lambda: hours.add(AT, DAY), lambda: hours.add(AT, THREE_YEARS)),
        (lambda: hours.add(far, -DAY), lambda: hours.add(far, -THREE_YEARS)),
        (lambda: hours.between(AT, AT + DAY), lambda: hours.between(AT, far)),
    ):
        assert lines_executed(long) <= 2 * lines_executed(short)
        assert lines_executed(short) > 5, "the count counts"


@pytest.mark.parametrize("question", ["is_open", "opening_at", "next_open"])
def test_a_question_about_a_known_year_builds_nothing(question: str) -> None:
    hours = Policy.read().hours
    hours.between(AT, AT + timedelta(days=1000))
    ask = getattr(hours, question)
    assert lines_executed(lambda: ask(AT + timedelta(days=900))) < 100


def test_each_year_is_built_once() -> None:
    hours = Policy.read().hours
    first = lines_executed(lambda: hours.add(AT, THREE_YEARS))
    again = lines_executed(lambda: hours.add(AT, THREE_YEARS))
    assert again * 100 < first
