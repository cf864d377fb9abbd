"""Turns on ordinary weeks, when clocks change, and in zones that do odd things."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.rota import RotaError, Turns
from tests.rota.cast import MONDAY, TORONTO, local

ZONES = ("America/Toronto", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def weekly(weekday: int = 0, handover: time = time(8), every: int = 1) -> Turns:
    return Turns.weekly(MONDAY, weekday, handover, TORONTO, every)


@pytest.mark.parametrize(
    ("at", "number"),
    [
        ("2026-01-05 08:00", 0),
        ("2026-01-12 07:59:59", 0),
        ("2026-01-12 08:00", 1),
        ("2026-01-26 08:00", 3),
        ("2026-01-05 07:59:59", -1),
        ("2025-12-22 12:00", -2),
    ],
)
def test_turns_are_half_open(at: str, number: int) -> None:
    assert weekly().number(local(at)) == number


def test_the_anchor_may_be_any_day_of_the_first_turn() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(7)]
    turns = {Turns.weekly(day, 0, time(8), TORONTO) for day in days}
    assert turns == {weekly()}


def test_every_second_week_and_every_third_day() -> None:
    fortnight = weekly(every=2)
    assert fortnight.span(1) == (local("2026-01-19 08:00"), local("2026-02-02 08:00"))
    third = Turns.daily(date(2026, 1, 8), time(17), TORONTO, every=3)
    assert third.span(0) == (local("2026-01-08 17:00"), local("2026-01-11 17:00"))


def test_a_turn_keeps_its_local_handover_when_clocks_change() -> None:
    autumn = weekly().span(weekly().number(local("2026-11-01 02:00")))
    assert autumn == (local("2026-10-26 08:00"), local("2026-11-02 08:00"))
    assert autumn[1] - autumn[0] == timedelta(days=7, hours=1)
    spring = weekly().span(weekly().number(local("2027-03-14 12:00")))
    assert spring[1] - spring[0] == timedelta(days=7, hours=-1)


def test_a_handover_in_the_hour_that_autumn_repeats_happens_once_the_first_time() -> None:
    turns = weekly(weekday=6, handover=time(1, 30))
    assert turns.start(turns.number(local("2026-11-01 12:00"))) == datetime(
        2026, 11, 1, 5, 30, tzinfo=UTC
    )


def test_a_handover_in_the_hour_that_spring_skips_is_as_if_clocks_had_not_moved() -> None:
    turns = weekly(weekday=6, handover=time(2, 30))
    begun = turns.start(turns.number(local("2027-03-14 12:00")))
    assert begun == local("2027-03-14 03:30")


def test_a_zone_that_skips_a_whole_day() -> None:
    """Samoa had no 30 December 2011: the turn of that day is empty, and nobody's."""
    turns = Turns.daily(date(2011, 12, 28), time(8), ZoneInfo("Pacific/Apia"))
    at = datetime(2011, 12, 31, 12, tzinfo=ZoneInfo("Pacific/Apia"))
    assert turns.number(at) == 3
    assert turns.number(turns.start(3) - timedelta(seconds=1)) == 1


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(1, 20),
    st.times(),
    st.datetimes(datetime(2005, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_moment_is_in_one_turn_and_turns_meet(
    zone: str, days: int, handover: time, at: datetime
) -> None:
    turns = Turns(MONDAY, handover, ZoneInfo(zone), days)
    number = turns.number(at)
    start, end = turns.span(number)
    assert start <= at < end
    assert turns.number(end) > number
    assert list(turns.handovers(start, end)) == []
    assert list(turns.handovers(start, end + timedelta(seconds=1)))[:1] == [end]


def test_refused() -> None:
    with pytest.raises(RotaError):
        Turns(MONDAY, time(8), TORONTO, days=0)
    with pytest.raises(RotaError):
        weekly(weekday=7)
    with pytest.raises(RotaError):
        Turns(MONDAY, time(8, tzinfo=UTC), TORONTO)
    with pytest.raises(RotaError):
        weekly().number(datetime(2026, 1, 5, 8))  # noqa: DTZ001
