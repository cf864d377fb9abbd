"""What is owed, by example: §4's cases, what ends a clock, and what a promise binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ivr import promise
from ivr.days import SpecialDay
from ivr.hours import Hours
from ivr.policy import Policy
from ivr.promise import Facts, Happened, Owed

Local = Callable[[str], datetime]
HOUR = timedelta(hours=1)
THURSDAY = "2026-11-26"


@pytest.fixture
def owed(policy: Policy, local: Local) -> Callable[..., Owed]:
    """`owed("P2", "9:00", ("10:00", "taken"))`: on that Thursday, or a whole moment."""

    def moment(text: str) -> datetime:
        return local(text if " " in text else f"{THURSDAY} {text:0>5}")

    def derived(
        priority: str,
        opened: str,
        *happened: tuple[str, str] | tuple[str, str, dict[str, Any]],
        extended: bool = False,
        hours: Hours | None = None,
    ) -> Owed:
        rules = replace(policy, hours=hours) if hours else policy
        facts = Facts(priority, moment(opened), rules.window() if extended else None)
        events = [Happened(moment(at), kind, dict(*what)) for at, kind, *what in happened]
        return promise.owed(rules, facts, events)

    return derived


# The response --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "met"),
    [
        ([], None),
        ([("9:30", "taken")], None),
        ([("9:30", "told")], None),
        ([("9:30", "taken"), ("9:40", "told")], "9:40"),
        ([("9:30", "told"), ("9:40", "taken")], "9:40"),
        ([("9:30", "taken"), ("9:35", "handed_back"), ("9:40", "told")], None),
        (
            [("9:30", "taken"), ("9:35", "handed_back"), ("9:40", "told"), ("9:50", "taken")],
            "9:50",
        ),
        ([("9:30", "taken"), ("9:35", "told"), ("9:40", "handed_back")], "9:35"),
        ([("9:30", "taken"), ("9:35", "told"), ("9:36", "untold")], None),
        ([("9:30", "taken"), ("9:35", "told"), ("9:36", "untold"), ("9:50", "told")], "9:50"),
        ([("9:30", "taken"), ("9:40", "told"), ("9:50", "reopened"), ("9:55", "taken")], "9:40"),
    ],
)
def test_met_at_the_later_of_the_act_and_the_telling(
    owed: Callable[..., Owed], local: Local, happened: list[tuple[str, str]], met: str | None
) -> None:
    found = owed("P2", "9:00", *happened).response.ended_at
    assert found == (local(f"{THURSDAY} {met:0>5}") if met else None)


def test_at_the_due_moment_is_in_time_and_a_second_later_is_late(
    owed: Callable[..., Owed], local: Local
) -> None:
    now = local(f"{THURSDAY} 16:00")
    just = owed("P2", "9:00", ("9:30", "taken"), ("11:00", "told"))
    assert not just.response.is_late(now)
    late = owed("P2", "9:00", ("9:30", "taken"), ("11:00:01", "told"))
    assert late.response.is_late(now)
    assert owed("P2", "9:00").response.is_late(now)


def test_a_p1_of_the_extended_service_runs_at_night(
    owed: Callable[..., Owed], local: Local
) -> None:
    saturday = "2026-11-28 02:00"
    assert owed("P1", saturday, extended=True).response.due_at == local("2026-11-28 03:00")
    assert owed("P1", saturday).response.due_at == local("2026-11-30 09:00")
    assert owed("P1", saturday, extended=True).warn_at((50,)) == local("2026-11-28 02:30")


# The correction ------------------------------------------------------------------------------


def test_only_p2_has_a_correction_clock(owed: Callable[..., Owed]) -> None:
    assert [owed(p, "9:00").correction is not None for p in ("P1", "P2", "P3", "P4")] == [
        False,
        True,
        False,
        False,
    ]


def test_twelve_business_hours_from_the_opening(owed: Callable[..., Owed], local: Local) -> None:
    """7.5 h on Thursday, 4.5 h on Friday; less than that is in time, and that itself is late."""
    found = owed("P2", "9:00").correction
    assert found is not None
    assert found.due_at == local("2026-11-27 12:30")
    assert not found.is_late(local("2026-11-27 12:29"))
    assert found.is_late(local("2026-11-27 12:30"))
    just = owed("P2", "9:00", ("2026-11-27 12:30", "resolved")).correction
    assert just is not None
    assert just.is_late(local("2026-11-27 15:00"))


def test_waiting_pauses_it_and_says_why(owed: Callable[..., Owed], local: Local) -> None:
    waits = owed("P2", "9:00", ("10:00", "waiting", {"reason": "journal"}))
    assert waits.correction is not None
    assert (waits.correction.due_at, waits.due("correction")) == (None, None)
    assert waits.correction.pauses == (promise.Pause(local(f"{THURSDAY} 10:00"), None, "journal"),)
    assert waits.response.due_at == local(f"{THURSDAY} 11:00"), "that clock never pauses"
    went_on = owed("P2", "9:00", ("10:00", "waiting"), ("15:00", "resumed"))
    assert went_on.due("correction") == local("2026-11-30 09:00")


def test_a_pause_over_the_night_gives_no_time_back(owed: Callable[..., Owed], local: Local) -> None:
    """Waited for from the closing on: nothing of the clock's own time was saved."""
    night = owed("P2", "9:00", ("16:30", "waiting"), ("2026-11-27 08:00", "resumed"))
    assert night.due("correction") == local("2026-11-27 12:30")


def test_used_up_at_the_moment_of_the_pause(owed: Callable[..., Owed], local: Local) -> None:
    found = owed("P2", "9:00", ("2026-11-27 12:30", "waiting")).correction
    assert found is not None
    assert found.due_at == local("2026-11-27 12:30")
    assert found.is_late(local("2026-11-27 13:00"))


def test_resolved_ends_it_and_reopened_it_goes_on(owed: Callable[..., Owed], local: Local) -> None:
    resolved = owed("P2", "9:00", ("11:00", "resolved"))
    assert resolved.correction is not None
    assert resolved.correction.ended_at == local(f"{THURSDAY} 11:00")
    assert resolved.due("correction") is None
    closed = owed("P2", "9:00", ("11:00", "resolved"), ("12:00", "closed"))
    assert closed.correction is not None
    assert closed.correction.ended_at == local(f"{THURSDAY} 11:00")
    reopened = owed("P2", "9:00", ("11:00", "resolved"), ("2026-11-30 08:00", "reopened"))
    assert reopened.correction is not None
    assert reopened.correction.used(local("2026-11-30 08:00")) == 2 * HOUR
    assert reopened.due("correction") == local("2026-12-01 09:30")


def test_what_is_closed_owes_nothing(owed: Callable[..., Owed]) -> None:
    closed = owed("P2", "9:00", ("9:10", "update_agreed", {"every": 3600}), ("10:00", "closed"))
    assert closed.live == ()
    assert closed.warn_at((50, 100)) is None


# Status updates ------------------------------------------------------------------------------


def test_each_update_is_counted_from_the_last(owed: Callable[..., Owed], local: Local) -> None:
    agreed = ("9:00", "update_agreed", {"every": 7200})
    assert owed("P3", "8:00", agreed).due("update") == local(f"{THURSDAY} 11:00")
    given = owed("P3", "8:00", agreed, ("10:30", "update_given"))
    assert given.due("update") == local(f"{THURSDAY} 12:30")
    assert owed("P3", "8:00", agreed, ("10:45", "told")).due("update") == local(f"{THURSDAY} 12:45")
    assert [clock.is_late(local(f"{THURSDAY} 12:00")) for clock in given.updates] == [False, False]


def test_no_more_updates_where_none_are_agreed_any_more(owed: Callable[..., Owed]) -> None:
    agreed = ("9:00", "update_agreed", {"every": 7200})
    ended = owed("P3", "8:00", agreed, ("9:30", "update_agreed", {"every": 0}))
    assert (ended.due("update"), ended.every) == (None, timedelta())


def test_they_go_on_while_the_client_is_waited_for(owed: Callable[..., Owed], local: Local) -> None:
    agreed = ("9:00", "update_agreed", {"every": 7200})
    assert owed("P2", "8:00", agreed, ("9:30", "waiting")).due("update") == local(
        f"{THURSDAY} 11:00"
    )


# What was told -------------------------------------------------------------------------------


def told(local: Local, priority: str, due: str) -> tuple[str, str, dict[str, Any]]:
    return ("9:01", "promised", {"priority": priority, "due": local(due).isoformat()})


def test_a_day_that_becomes_a_holiday_moves_no_promise(
    owed: Callable[..., Owed], local: Local, policy: Policy
) -> None:
    """Told on Thursday at 15:30: before 9:00 on Friday. Friday is closed after all."""
    friday = local("2026-11-27 00:00").date()
    week = {day: [(timedelta(hours=8), timedelta(hours=16.5))] for day in range(5)}
    closed = Hours(policy.zone, week, closed={friday: SpecialDay()})
    spoken = told(local, "P2", "2026-11-27 09:00")
    found = owed("P2", "15:30", spoken, hours=closed)
    assert found.response.due_at == local("2026-11-27 09:00")
    assert found.is_bound
    assert owed("P2", "15:30", hours=closed).response.due_at == local("2026-11-30 09:00")


def test_a_calendar_that_brings_it_forward_does(
    owed: Callable[..., Owed], local: Local, policy: Policy
) -> None:
    week = {day: [(timedelta(hours=8), timedelta(hours=18))] for day in range(5)}
    longer = Hours(policy.zone, week)
    spoken = told(local, "P2", "2026-11-27 09:00")
    found = owed("P2", "15:30", spoken, hours=longer)
    assert found.response.due_at == local(f"{THURSDAY} 17:30")
    assert not found.is_bound


def test_another_priority_counts_from_the_opening_whatever_was_told(
    owed: Callable[..., Owed], local: Local
) -> None:
    spoken = told(local, "P2", f"{THURSDAY} 11:00")
    assert owed("P3", "9:00", spoken).response.due_at == local(f"{THURSDAY} 13:00")
    assert owed("P1", "9:00", spoken).response.due_at == local(f"{THURSDAY} 10:00")
    assert owed("P3", "9:00", spoken).promised_at is None


# Thresholds ----------------------------------------------------------------------------------


def test_each_is_told_once_and_a_lower_one_never_after_it(
    owed: Callable[..., Owed], local: Local
) -> None:
    percents = (50, 75, 90, 100)
    seventy_five = {"clock": "response", "period": "P2", "percent": 75}
    fresh = owed("P2", "9:00").response
    assert fresh.reached(percents, local(f"{THURSDAY} 10:31")) == 75
    heard = owed("P2", "9:00", ("10:31", "threshold", seventy_five)).response
    assert heard.reached(percents, local(f"{THURSDAY} 10:40")) is None
    assert heard.warn_at(percents) == local(f"{THURSDAY} 10:48")


def test_another_priority_has_thresholds_of_its_own(
    owed: Callable[..., Owed], local: Local
) -> None:
    seventy_five = ("10:31", "threshold", {"clock": "response", "period": "P2", "percent": 75})
    assert owed("P3", "9:00", seventy_five).warn_at((50,)) == local(f"{THURSDAY} 11:00")


def test_a_promise_that_leaves_no_open_time_is_overdue_at_once(
    owed: Callable[..., Owed], local: Local, policy: Policy
) -> None:
    friday = local("2026-11-27 00:00").date()
    week = {day: [(timedelta(hours=8), timedelta(hours=16.5))] for day in range(5)}
    closed = Hours(policy.zone, week, closed={friday: SpecialDay()})
    spoken = told(local, "P2", "2026-11-27 10:00")
    found = owed("P2", "16:30", spoken, hours=closed)
    assert found.warn_at((50, 75, 90, 100)) == local("2026-11-30 08:00")
