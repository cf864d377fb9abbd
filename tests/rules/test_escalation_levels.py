"""Which level of escalation a client may ask for, and when (§3): level by level, in its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.escalation_levels import LEVELS, Asked, Standing, refusal, standing
from ivr.hours import ALWAYS, Hours, OpenTime

TORONTO = ZoneInfo("America/Toronto")
HOURS = Hours.from_data({"weekdays": ["8:00-16:30"]}, TORONTO)
HOUR = timedelta(hours=1)
FRIDAY_16 = datetime(2026, 11, 27, 16, 0, tzinfo=TORONTO)
MONDAY_9_30 = datetime(2026, 11, 30, 9, 30, tzinfo=TORONTO)


def after_one(at: datetime, counted: OpenTime = HOURS) -> Standing:
    return standing([Asked(1, at)], 2 * HOUR, counted)


def key(stands: Standing, level: int, now: datetime, *, senior: bool = False) -> str | None:
    reason = refusal(stands, level, now, senior=senior)
    return reason.key if reason else None


def test_the_first_level_may_be_asked_for_at_once() -> None:
    stands = standing([], 2 * HOUR, HOURS)
    assert stands == Standing(0, 1, None)
    assert stands.is_next_open(FRIDAY_16)
    assert key(stands, 1, FRIDAY_16) is None


def test_no_level_is_left_out() -> None:
    assert key(standing([], HOUR, HOURS), 2, FRIDAY_16) == "escalation.level_before"
    assert key(after_one(FRIDAY_16), 3, MONDAY_9_30) == "escalation.level_before"
    assert key(after_one(FRIDAY_16), 3, MONDAY_9_30, senior=True) == "escalation.level_before"


def test_the_next_level_waits_for_its_time_on_the_incidents_own_clock() -> None:
    """Two hours from Friday 16:00: half an hour until closing, the rest from Monday 8:00 on."""
    stands = after_one(FRIDAY_16)
    assert stands.next_from == MONDAY_9_30
    just_before = MONDAY_9_30 - timedelta(microseconds=1)
    assert key(stands, 2, just_before) == "escalation.too_soon"
    assert key(stands, 2, MONDAY_9_30) is None


def test_where_the_night_counts_the_time_passes_at_night() -> None:
    assert after_one(FRIDAY_16, ALWAYS).next_from == FRIDAY_16 + 2 * HOUR


def test_a_team_lead_need_not_wait_where_the_plan_does_not_satisfy() -> None:
    assert key(after_one(FRIDAY_16), 2, FRIDAY_16, senior=True) is None


def test_a_level_is_asked_for_once() -> None:
    assert key(after_one(FRIDAY_16), 1, MONDAY_9_30, senior=True) == "escalation.asked_already"


def test_after_the_last_level_there_is_none() -> None:
    stands = standing(
        [Asked(1, FRIDAY_16), Asked(2, FRIDAY_16), Asked(3, MONDAY_9_30)], HOUR, HOURS
    )
    assert (stands.level, stands.next_level, stands.next_from) == (3, None, None)
    assert not stands.is_next_open(MONDAY_9_30 + 1000 * HOUR)
    assert key(stands, 3, MONDAY_9_30) == "escalation.asked_already"


@pytest.mark.parametrize("level", [0, 4, -1])
def test_a_level_that_is_none(level: int) -> None:
    assert key(standing([], HOUR, HOURS), level, FRIDAY_16) == "escalation.no_level"


MOMENTS = st.datetimes(datetime(2026, 10, 1), datetime(2027, 4, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(LEVELS), MOMENTS), max_size=30), st.booleans())
def test_whoever_asks_whenever_levels_come_in_order_and_in_their_time(
    tries: list[tuple[int, datetime]], always: bool
) -> None:
    """Many ask, at any moment: what was granted is 1, 2, 3, each no earlier than it may be."""
    counted: OpenTime = ALWAYS if always else HOURS
    granted: list[Asked] = []
    for level, now in sorted(tries, key=lambda each: each[1]):
        if refusal(standing(granted, 2 * HOUR, counted), level, now) is None:
            granted.append(Asked(level, now))
    assert [each.level for each in granted] == list(LEVELS[: len(granted)])
    for before, following in pairwise(granted):
        assert counted.between(before.at, following.at) >= 2 * HOUR
