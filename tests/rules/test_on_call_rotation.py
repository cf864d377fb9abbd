"""Who is on call at a moment, on ordinary weeks and when clocks change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.policy import Policy
from ivr.rota import RotaError, Rotation

Local = Callable[[str], datetime]
TORONTO = ZoneInfo("America/Toronto")
MONDAY = date(2026, 1, 5)


def weekly(*members: int, weekday: int = 0, handover: time = time(8)) -> Rotation:
    return Rotation(members, MONDAY, handover, weekday, TORONTO)


@pytest.mark.parametrize(
    ("at", "order"),
    [
        ("2026-01-05 08:00", (1, 2, 3)),
        ("2026-01-12 07:59:59", (1, 2, 3)),
        ("2026-01-12 08:00", (2, 3, 1)),
        ("2026-01-19 08:00", (3, 1, 2)),
        ("2026-01-26 08:00", (1, 2, 3)),
        ("2026-01-05 07:59:59", (3, 1, 2)),
        ("2025-12-22 12:00", (2, 3, 1)),
    ],
)
def test_turns(local: Local, at: str, order: tuple[int, ...]) -> None:
    assert weekly(1, 2, 3).on_call(local(at)) == order


def test_the_anchor_may_be_any_day_of_the_first_turn(local: Local) -> None:
    at = local("2026-11-28 02:00")
    rotations = [
        Rotation((1, 2, 3), MONDAY + timedelta(days=n), time(8), 0, TORONTO) for n in range(7)
    ]
    assert {rotation.on_call(at) for rotation in rotations} == {rotations[0].on_call(at)}


def test_a_shift_keeps_its_local_handover_when_clocks_change(local: Local) -> None:
    autumn = weekly(1, 2).shift_at(local("2026-11-01 02:00"))
    spring = weekly(1, 2).shift_at(local("2027-03-14 12:00"))
    assert autumn
    assert spring
    assert (autumn.start, autumn.end) == (local("2026-10-26 08:00"), local("2026-11-02 08:00"))
    assert autumn.end - autumn.start == timedelta(days=7, hours=1)
    assert spring.end - spring.start == timedelta(days=7, hours=-1)


@pytest.mark.parametrize("handover", [time(1, 30), time(2, 30)])
def test_a_handover_in_the_hour_that_changes(handover: time) -> None:
    """Sunday nights: every moment has one member, and turns meet without gap or overlap."""
    rotation = weekly(1, 2, weekday=6, handover=handover)
    for day in (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 14, tzinfo=UTC)):
        shifts = {rotation.shift_at(day + timedelta(minutes=n)) for n in range(24 * 60)}
        first, second = sorted((shift for shift in shifts if shift), key=lambda shift: shift.start)
        assert first.end == second.start
        assert {first.member, second.member} == {1, 2}


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True).map(tuple),
    st.integers(1, 20),
    st.integers(0, 6),
    st.times(),
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_holds_at_every_moment(
    members: tuple[int, ...], days: int, weekday: int, handover: time, at: datetime
) -> None:
    rotation = Rotation(members, MONDAY, handover, weekday, TORONTO, days)
    shift = rotation.shift_at(at)
    assert shift is not None
    assert shift.start <= at < shift.end == rotation.next_handover(at)
    order = rotation.on_call(at)
    assert order[0] == shift.member
    assert sorted(order) == sorted(members)
    following = rotation.shift_at(shift.end)
    assert following is not None
    assert following.start == shift.end
    assert following.member == order[1 % len(order)]


def test_daily(local: Local) -> None:
    daily = Rotation((1, 2), MONDAY, time(17), 0, TORONTO, days=1)
    assert [daily.on_call(local(f"2026-01-{day:02} 18:00"))[0] for day in range(5, 9)] == [
        1,
        2,
        1,
        2,
    ]


def test_of_other_turns_than_weeks_the_anchor_is_the_first_day(local: Local) -> None:
    rotation = Rotation((1, 2), date(2026, 1, 8), time(8), 0, TORONTO, days=3)
    first = rotation.shift_at(local("2026-01-08 08:00"))
    assert first
    assert (first.member, first.start) == (1, local("2026-01-08 08:00"))


def test_nobody(local: Local) -> None:
    at = local("2026-11-28 02:00")
    assert weekly().on_call(at) == ()
    assert weekly().shift_at(at) is None
    assert [reason.key for reason in weekly().why(at)] == ["rota.empty"]


def test_why(local: Local) -> None:
    first, *backups = weekly(7, 8, 9).why(local("2026-01-13 02:00"))
    assert first.key == "rota.on_call"
    assert first.facts["agent"] == 8
    assert first.facts["end"] == "2026-01-19T13:00:00+00:00"
    assert [backup.facts["agent"] for backup in backups] == [9, 7]


def test_by_the_policy(policy: Policy, local: Local) -> None:
    rotation = Rotation.of((1, 2), policy.rota, policy.zone)
    assert rotation.on_call(local("2026-01-05 08:00")) == (1, 2)


def test_refused(local: Local) -> None:
    with pytest.raises(RotaError):
        Rotation((1,), MONDAY, time(8), 0, TORONTO, days=0)
    with pytest.raises(RotaError):
        weekly(1, weekday=7)
    with pytest.raises(RotaError):
        weekly(1).on_call(datetime(2026, 1, 5, 8))  # noqa: DTZ001
