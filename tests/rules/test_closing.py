"""When an incident may be closed (§2.1.5): by the centre's calendar, by evidence, by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import closing
from ivr.closing import Case, Sign, Way
from ivr.policy import Policy
from ivr.states import Doer

Local = Callable[[str], datetime]
POLICY = Policy.read()
RULES, HOURS = POLICY.closing, POLICY.hours
AGENT, LEAD, MANAGER = (Doer(role, holds=True) for role in ("agent", "lead", "manager"))


def case(
    *signs: Sign, state: str = "resolved", priority: str = "P3", security: bool = False
) -> Case:
    return Case(state, priority, security, signs)


def left(at: datetime, channel: str = "voicemail") -> Sign:
    return Sign("left", at, channel)


def way(case_: Case, how: str) -> Way:
    return next(each for each in closing.ways(RULES, HOURS, case_) if each.how == how)


def closes(*moments: datetime) -> datetime | None:
    """From when on messages left at these moments may close it."""
    return way(case(*(left(at) for at in moments)), "messages").at


class TestMessages:
    """Two messages, 5 business days apart, and 5 business days after the last."""

    def test_from_the_opening_of_the_day(self, local: Local) -> None:
        at = closes(local("2026-11-02 10:00"), local("2026-11-09 15:00"))
        assert at == local("2026-11-16 08:00")

    def test_a_second_that_comes_too_soon_does_not_count(self, local: Local) -> None:
        first, soon = local("2026-11-02 10:00"), local("2026-11-06 16:00")
        assert closes(first, soon) is None
        assert closes(first, soon, local("2026-11-09 08:00")) == local("2026-11-16 08:00")

    def test_the_days_count_from_the_last_of_them_all(self, local: Local) -> None:
        moments = ("2026-11-02 10:00", "2026-11-09 10:00", "2026-11-11 10:00")
        assert closes(*map(local, moments)) == local("2026-11-18 08:00")

    def test_holidays_are_no_business_days(self, local: Local) -> None:
        """Christmas Day and New Year's Day both fall on a Friday."""
        at = closes(local("2026-12-21 10:00"), local("2026-12-29 10:00"))
        assert at == local("2027-01-06 08:00")

    def test_what_was_left_on_a_day_off_counts_as_left_on_the_next_day(self, local: Local) -> None:
        assert closes(local("2026-11-07 10:00"), local("2026-11-16 09:00")) == local(
            "2026-11-23 08:00"
        )
        assert closes(local("2026-11-07 10:00"), local("2026-11-13 09:00")) is None

    def test_the_day_is_the_centres_own(self, local: Local) -> None:
        """22:30 on a Monday is Tuesday in UTC, and still Monday's message."""
        at = closes(local("2026-11-02 22:30"), local("2026-11-09 22:30"))
        assert at == local("2026-11-16 08:00")

    def test_over_the_change_of_clocks(self, local: Local) -> None:
        at = closes(local("2026-10-26 10:00"), local("2026-11-02 10:00"))
        assert at == local("2026-11-09 08:00")

    def test_a_reply_begins_the_count_anew(self, local: Local) -> None:
        first, second = left(local("2026-11-02 10:00")), left(local("2026-11-09 10:00"))
        replied = Sign("replied", local("2026-11-10 10:00"))
        assert way(case(first, second, replied), "messages").at is None
        assert way(case(first, second, replied), "messages").evidence == ()
        third, fourth = left(local("2026-11-16 10:00")), left(local("2026-11-23 10:00"))
        again = way(case(first, second, replied, third, fourth), "messages")
        assert again.at == local("2026-11-30 08:00")

    def test_it_shows_its_evidence_and_says_what_is_missing(self, local: Local) -> None:
        nothing = way(case(), "messages")
        assert nothing.missing
        assert nothing.missing.key == "closing.no_message"
        one = way(case(left(local("2026-11-02 10:00"), "mail")), "messages")
        assert [each.key for each in one.evidence] == ["closing.left_mail"]
        assert one.missing
        assert one.missing.facts == {"date": "2026-11-09"}
        two = way(
            case(left(local("2026-11-02 10:00"), "mail"), left(local("2026-11-09 10:00"))),
            "messages",
        )
        assert [each.key for each in two.evidence] == [
            "closing.left_mail",
            "closing.left_voicemail",
            "closing.days_after",
        ]

    @pytest.mark.parametrize(("priority", "security"), [("P1", False), ("P4", True)])
    def test_silence_closes_no_p1_and_no_security_matter(
        self, local: Local, priority: str, security: bool
    ) -> None:
        signs = left(local("2026-11-02 10:00")), left(local("2026-11-09 10:00"))
        silent = case(*signs, priority=priority, security=security)
        found = way(silent, "messages")
        assert found.at is None
        assert found.missing
        assert found.missing.key == "closing.critical"
        assert closing.proposal(RULES, HOURS, silent) is None


class TestFollowUps:
    """For lack of information, after two follow-ups (§2.1.5, 2)."""

    def waiting(self, *moments: datetime) -> Way:
        signs = [Sign("follow_up", at) for at in moments]
        return way(case(*signs, state="waiting"), "no_information")

    def test_two_on_different_days(self, local: Local) -> None:
        found = self.waiting(local("2026-11-05 10:00"), local("2026-11-06 10:00"))
        assert found.at == local("2026-11-09 08:00")

    def test_two_on_one_day_are_one(self, local: Local) -> None:
        found = self.waiting(local("2026-11-05 10:00"), local("2026-11-05 15:00"))
        assert found.at is None
        assert found.missing
        assert found.missing.facts == {"wanted": 2, "count": 1}

    def test_not_once_it_is_resolved(self, local: Local) -> None:
        signs = [Sign("follow_up", local("2026-11-05 10:00"))]
        assert "no_information" not in [
            each.how for each in closing.ways(RULES, HOURS, case(*signs))
        ]


class TestApproval:
    def test_closes_at_once_also_a_p1(self, local: Local) -> None:
        approved = case(Sign("approved", local("2026-11-02 10:00")), priority="P1", security=True)
        found = closing.proposal(RULES, HOURS, approved)
        assert found is not None
        assert (found.how, found.at) == ("approval", local("2026-11-02 10:00"))

    def test_stands_when_the_client_calls_again_and_falls_when_it_is_reopened(
        self, local: Local
    ) -> None:
        approved = Sign("approved", local("2026-11-02 10:00"))
        assert way(case(approved, Sign("replied", local("2026-11-03 10:00"))), "approval").at
        assert way(case(approved, Sign("anew", local("2026-11-03 10:00"))), "approval").at is None


class TestClosing:
    """What a person may confirm, and who."""

    def refused(
        self, case_: Case, how: str, now: datetime, doer: Doer = AGENT, why: str = ""
    ) -> str | None:
        found = closing.refusal(RULES, HOURS, case_, how, now, doer, why)
        return found.key if found else None

    def test_not_a_second_before_the_day(self, local: Local) -> None:
        tried = case(left(local("2026-11-02 10:00")), left(local("2026-11-09 10:00")))
        opens = local("2026-11-16 08:00")
        too_early = self.refused(tried, "messages", opens - timedelta(seconds=1))
        assert too_early == "closing.too_early"
        assert self.refused(tried, "messages", opens) is None

    def test_without_evidence_it_says_what_is_missing(self, local: Local) -> None:
        now = local("2026-11-16 08:00")
        assert self.refused(case(), "approval", now) == "closing.not_approved"
        assert self.refused(case(), "messages", now) == "closing.no_message"
        assert self.refused(case(state="waiting"), "no_information", now) == (
            "closing.few_follow_ups"
        )

    @pytest.mark.parametrize("how", ["approval", "nonsense", ""])
    def test_a_way_that_the_state_does_not_know(self, local: Local, how: str) -> None:
        now = local("2026-11-16 08:00")
        assert self.refused(case(state="waiting"), how, now) == "closing.not_so"
        assert (
            self.refused(case(state="taken"), "reasonable", now, MANAGER, "x") == "closing.not_so"
        )

    @pytest.mark.parametrize(
        ("doer", "priority", "security", "rule"),
        [
            (AGENT, "P3", False, "closing.lead_only"),
            (LEAD, "P3", False, None),
            (MANAGER, "P3", False, None),
            (LEAD, "P1", False, "closing.manager_only"),
            (LEAD, "P4", True, "closing.manager_only"),
            (MANAGER, "P1", True, None),
        ],
    )
    def test_a_delay_judged_reasonable(
        self, local: Local, doer: Doer, priority: str, security: bool, rule: str | None
    ) -> None:
        now = local("2026-11-02 10:00")
        short = case(priority=priority, security=security)
        assert self.refused(short, "reasonable", now, doer, "The site has closed.") == rule
        if rule is None:
            assert self.refused(short, "reasonable", now, doer, "  ") == "closing.no_reason"


def slow_business_days(day: date, days: int) -> date:
    """Day by day, with the calendar asked for each."""
    while not HOURS.intervals(day):
        day += timedelta(days=1)
    while days:
        day += timedelta(days=1)
        days -= 1 if HOURS.intervals(day) else 0
    return day


AUTUMN = datetime(2026, 10, 1, tzinfo=HOURS.zone)
MOMENTS = st.integers(0, 120 * 24).map(lambda hours: AUTUMN + timedelta(hours=hours))


@settings(max_examples=60, deadline=None)
@given(st.lists(MOMENTS, min_size=2, max_size=5).map(sorted))
def test_messages_close_exactly_when_the_clause_says(moments: list[datetime]) -> None:
    """Against a model that tries each pair: some two are 5 days apart, the last 5 days ago."""
    days = [at.astimezone(HOURS.zone).date() for at in moments]
    apart = any(
        later >= slow_business_days(earlier, 5)
        for place, earlier in enumerate(days)
        for later in days[place + 1 :]
    )
    at = closes(*moments)
    assert (at is not None) == apart
    if at is not None:
        assert at.astimezone(HOURS.zone).date() == slow_business_days(days[-1], 5)
        assert HOURS.is_open(at)
