"""When an incident is due, from when it is called back, and why (§4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import sla
from ivr.hours import HoursError
from ivr.policy import Policy

Local = Callable[[str], datetime]
PRIORITIES = ("P1", "P2", "P3", "P4")

# priority, opened, extended service, due; all local.
DUE = [
    ("P1", "2026-11-24 10:00", False, "2026-11-24 11:00"),
    ("P1", "2026-11-24 10:00", True, "2026-11-24 11:00"),
    ("P1", "2026-11-24 16:10", False, "2026-11-25 08:40"),
    ("P1", "2026-11-24 16:10", True, "2026-11-24 17:10"),
    ("P1", "2026-11-28 02:00", True, "2026-11-28 03:00"),
    ("P1", "2026-11-28 02:00", False, "2026-11-30 09:00"),
    ("P1", "2026-12-24 23:30", True, "2026-12-25 00:30"),
    ("P2", "2026-11-28 02:00", True, "2026-11-30 10:00"),
    ("P2", "2026-12-24 15:30", False, "2026-12-28 09:00"),
    ("P2", "2026-11-27 14:30", False, "2026-11-27 16:30"),
    ("P3", "2026-11-24 16:00", False, "2026-11-25 11:30"),
    ("P4", "2026-11-27 08:30", False, "2026-11-27 16:30"),
    ("P4", "2026-11-27 09:00", False, "2026-11-30 08:30"),
    ("P4", "2027-06-23 12:00", False, "2027-06-25 11:30"),
    ("P4", "2026-12-31 16:30", False, "2027-01-04 16:00"),
]


@pytest.mark.parametrize(("priority", "opened", "extended", "due"), DUE)
def test_due(
    policy: Policy, local: Local, priority: str, opened: str, extended: bool, due: str
) -> None:
    window = policy.window() if extended else None
    assert sla.due(policy, priority, local(opened), window).at == local(due)


def test_a_contract_that_says_less(policy: Policy, local: Local) -> None:
    evenings = policy.window({"every_day": ["16:30-22:00"], "holidays": []})
    for opened, due in [
        ("2026-11-24 16:10", "2026-11-24 17:10"),
        ("2026-11-24 21:40", "2026-11-25 08:40"),
        ("2026-11-28 21:40", "2026-11-29 17:10"),
        ("2026-12-24 21:40", "2026-12-26 17:10"),
    ]:
        assert sla.due(policy, "P1", local(opened), evenings).at == local(due)


def test_one_hour_of_real_time_over_the_changes_of_clocks(policy: Policy, local: Local) -> None:
    hour = timedelta(hours=1)
    for opened in ("2026-11-01 00:30", "2026-11-01 01:30", "2027-03-14 01:30"):
        due = sla.due(policy, "P1", local(opened), policy.window()).at
        assert due.timestamp() - local(opened).timestamp() == hour.total_seconds()


@pytest.mark.parametrize(
    ("priority", "opened", "extended", "call_from"),
    [
        ("P1", "2026-11-28 02:00", True, "2026-11-28 02:00"),
        ("P1", "2026-11-28 02:00", False, "2026-11-30 08:00"),
        ("P2", "2026-11-24 10:00", False, "2026-11-24 10:00"),
        ("P3", "2026-11-24 10:00", False, "2026-11-24 12:00"),
        ("P3", "2026-11-24 16:00", False, "2026-11-25 09:30"),
        ("P4", "2026-11-28 02:00", False, "2026-11-30 12:00"),
    ],
)
def test_call_from(
    policy: Policy, local: Local, priority: str, opened: str, extended: bool, call_from: str
) -> None:
    window = policy.window() if extended else None
    assert sla.call_from(policy, priority, local(opened), window) == local(call_from)


@given(
    st.sampled_from(PRIORITIES),
    st.booleans(),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001
)
def test_what_holds_for_every_incident(priority: str, extended: bool, opened: datetime) -> None:
    policy = POLICY
    at = opened.replace(tzinfo=policy.zone)
    window = policy.window() if extended else None
    due = sla.due(policy, priority, at, window).at
    starts = sla.call_from(policy, priority, at, window)
    within = policy.priorities[priority].taken_within
    assert at <= starts < due
    assert sla.left(policy, priority, due, at, window) == within
    if not extended or priority != "P1":
        assert policy.hours.is_open(due - timedelta(seconds=1)), "nothing is due at night"
        assert policy.hours.is_open(starts) or starts == at


POLICY = Policy.read()


def test_what_is_left_stands_still_while_closed(policy: Policy, local: Local) -> None:
    due = local("2026-11-30 09:00")
    for now in ("2026-11-27 16:30", "2026-11-28 12:00", "2026-11-30 08:00"):
        assert sla.left(policy, "P2", due, local(now)) == timedelta(hours=1)


def test_overdue_is_negative(policy: Policy, local: Local) -> None:
    due = local("2026-11-24 10:00")
    assert sla.left(policy, "P2", due, local("2026-11-24 12:05")) == -timedelta(hours=2, minutes=5)


def test_why_step_by_step(policy: Policy, local: Local) -> None:
    steps = sla.due(policy, "P2", local("2026-12-24 15:30")).why
    assert [step.key for step in steps] == [
        "sla.business",
        "sla.counted",
        "hours.closed_holiday",
        "hours.closed_weekend",
        "sla.counted",
        "sla.due",
    ]
    assert [step.facts["seconds"] for step in steps if step.key == "sla.counted"] == [3600, 3600]


def test_two_holidays_in_a_row_are_two_reasons_and_a_weekend_is_one(
    policy: Policy, local: Local
) -> None:
    steps = sla.due(policy, "P2", local("2026-11-28 02:00")).why
    assert [step.key for step in steps] == [
        "sla.business",
        "hours.closed_weekend",
        "sla.counted",
        "sla.due",
    ]


def test_why_with_the_extended_service(policy: Policy, local: Local) -> None:
    steps = sla.due(policy, "P1", local("2026-11-28 02:00"), policy.window()).why
    assert [step.key for step in steps] == ["sla.extended", "sla.counted", "sla.due"]


def test_the_extended_service_is_for_p1_alone(policy: Policy, local: Local) -> None:
    for priority in PRIORITIES[1:]:
        assert sla.clock(policy, priority, policy.window()) is policy.hours


def test_refused(policy: Policy, local: Local) -> None:
    with pytest.raises(KeyError):
        sla.due(policy, "P5", local("2026-11-24 10:00"))
    with pytest.raises(HoursError):
        sla.due(policy, "P1", datetime(2026, 11, 24, 10))  # noqa: DTZ001
