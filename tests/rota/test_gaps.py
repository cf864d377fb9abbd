"""Gaps are found days before, and the level that rings instead is named."""

from __future__ import annotations

from ivr.policy import Policy
from ivr.rota.gaps import Gap, gaps
from tests.rota.cast import NIGHTS, hours, local, override, rota, shift, weekly

PRODUCTS = ("billing", "imaging", "medical")
RINGING = ("on_call", "second", "manager")
WEEK_FROM = (local("2026-11-23 08:00"), local("2026-11-30 08:00"))


def found(*rules: object, **more: object) -> list[Gap]:
    return gaps(rota(*rules, **more), [WEEK_FROM], PRODUCTS, RINGING)  # type: ignore[arg-type]


def test_an_empty_rota_is_one_gap_and_nobody_rings() -> None:
    assert found() == [Gap(*WEEK_FROM, "on_call", "")]
    assert found()[0].why.key == "rota.gap_nobody"


def test_a_rotation_of_one_has_none() -> None:
    assert found(weekly(1)) == []


def test_between_two_shifts_the_next_level_rings() -> None:
    made = (
        shift(1, "2026-11-23 08:00", "2026-11-25 08:00"),
        shift(2, "2026-11-25 12:00", "2026-11-30 08:00"),
        weekly(3, level="manager"),
    )
    (gap,) = found(*made)
    assert gap == Gap(local("2026-11-25 08:00"), local("2026-11-25 12:00"), "on_call", "manager")
    assert gap.why.facts["rings"] == "manager"
    assert found(*made, override(4, "2026-11-25 08:00", "2026-11-25 12:00")) == []


def test_a_level_that_is_used_should_have_somebody_and_one_that_is_not_need_not() -> None:
    made = (weekly(1), shift(2, "2026-11-23 08:00", "2026-11-29 08:00", level="second"))
    assert found(*made) == [Gap(local("2026-11-29 08:00"), WEEK_FROM[1], "second", "on_call")]


def test_a_level_whose_people_stand_above_is_no_gap() -> None:
    assert found(weekly(1, 2), weekly(2, level="second")) == []


def test_an_agent_who_left_makes_one() -> None:
    assert found(weekly(1), gone=(1,)) == [Gap(*WEEK_FROM, "on_call", "")]


def test_of_one_product() -> None:
    assert found(weekly(1, products=("medical",))) == [
        Gap(*WEEK_FROM, "on_call", "", ("billing", "imaging"))
    ]


def test_only_in_the_hours_that_are_needed(policy: Policy) -> None:
    nights = rota(weekly(1, windows=hours(NIGHTS)))
    outside = list(policy.hours.outside().openings(*WEEK_FROM))
    assert gaps(nights, outside, PRODUCTS, RINGING) == []
    assert len(gaps(nights, [WEEK_FROM], PRODUCTS, RINGING)) == 5


def test_a_holiday_is_needed_and_nights_alone_leave_it_open(policy: Policy) -> None:
    """25 December 2026 is a Friday: the desk is closed, and nobody of the nights is on call."""
    nights = rota(weekly(1, windows=hours(NIGHTS)))
    christmas = (local("2026-12-25 00:00"), local("2026-12-26 00:00"))
    needed = list(policy.hours.outside().openings(*christmas))
    assert gaps(nights, needed, PRODUCTS, RINGING) == [
        Gap(local("2026-12-25 08:00"), local("2026-12-25 16:30"), "on_call", "")
    ]
