"""The three clocks held against an independent slow model that counts minute by minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import promise
from ivr.policy import Policy
from ivr.policy_parts import Correction
from ivr.promise import Facts, Happened, Owed
from tests.rules.slow_time import MINUTE, MINUTES, Calendar, calendars

POLICY = replace(Policy.read(), correction=Correction({"P2": timedelta(hours=2)}))
CORRECTED_WITHIN = 120  # minutes, so that a random week often holds it
PERCENTS = (50, 75, 90, 100)
RESPONSE = ("taken", "handed_back", "told", "untold")
CORRECTION = ("waiting", "resumed", "handed_back", "resolved", "closed", "reopened")
UPDATES = ("update_agreed", "update_given", "told", "resolved", "closed", "reopened")
KINDS = tuple(dict.fromkeys(RESPONSE + CORRECTION + UPDATES))
slow = settings(max_examples=25, deadline=None)


@dataclass(frozen=True)
class Case:
    """An incident: what happened in which minute since the calendar's beginning."""

    calendar: Calendar
    priority: str
    opened: int
    happened: tuple[tuple[int, str, dict[str, Any]], ...]

    @property
    def policy(self) -> Policy:
        return replace(POLICY, hours=self.calendar.hours())

    @property
    def facts(self) -> Facts:
        return Facts(self.priority, self.moment(self.opened))

    def moment(self, minute: int) -> datetime:
        return self.calendar.start() + minute * MINUTE

    def events(self) -> list[Happened]:
        return [Happened(self.moment(minute), kind, what) for minute, kind, what in self.happened]

    def owed(self) -> Owed:
        return promise.owed(self.policy, self.facts, self.events())

    def kinds_in(self, minute: int) -> Iterator[str]:
        return (kind for when, kind, _ in self.happened if when == minute)


opening_calendars = calendars().filter(lambda calendar: any(calendar.week.values()))


@st.composite
def cases(draw: st.DrawFn, kinds: Sequence[str] = KINDS, priority: str = "") -> Case:
    calendar = draw(opening_calendars)
    opened = draw(st.integers(0, MINUTES // 2))
    minutes = sorted(draw(st.lists(st.integers(opened, MINUTES - 1), max_size=12)))
    drawn = [draw(st.sampled_from(kinds)) for _ in minutes]
    every = st.sampled_from((0, 60, 120)).map(lambda minutes: {"every": minutes * 60})
    what = [draw(every) if kind == "update_agreed" else {} for kind in drawn]
    priority = priority or draw(st.sampled_from(("P1", "P2", "P3")))
    return Case(calendar, priority, opened, tuple(zip(minutes, drawn, what, strict=True)))


def reached(open_minutes: Sequence[bool], start: int, amount: int) -> int | None:
    """The minute's end at which so many open minutes have passed; none: not in this week."""
    passed = 0
    for minute in range(start, len(open_minutes)):
        passed += open_minutes[minute]
        if passed == amount:
            return minute + 1
    return None


def corrected(case: Case, open_minutes: Sequence[bool], amount: int) -> int | None:
    """When the correction clock has used so many minutes, told minute by minute."""
    used, state = 0, "runs"
    for minute in range(case.opened, len(open_minutes)):
        for kind in case.kinds_in(minute):
            if kind in ("resolved", "closed"):
                state = "over"
            elif kind == "reopened" or (kind in ("resumed", "handed_back") and state == "waits"):
                state = "runs"
            elif kind == "waiting" and state == "runs":
                state = "waits"
        used += open_minutes[minute] and state == "runs"
        if used == amount:
            return minute + 1
    return None


def same(case: Case, found: datetime | None, minute: int | None) -> bool:
    """What the model does not see, since its week is over, lies after it, or never comes."""
    if minute is None:
        return found is None or found >= case.moment(MINUTES)
    return found == case.moment(minute)


@slow
@given(cases())
def test_the_response_is_due_after_so_many_open_minutes(case: Case) -> None:
    open_minutes, owed = case.calendar.open_minutes(), case.owed()
    within = {"P1": 60, "P2": 120, "P3": 240}[case.priority]
    assert same(case, owed.response.due_at, reached(open_minutes, case.opened, within))
    for percent in (50, 75, 90):
        part = reached(open_minutes, case.opened, within * percent // 100)
        told = next((n for n in range(part, MINUTES) if open_minutes[n]), None) if part else None
        assert same(case, owed.response.threshold(percent), told)


@slow
@given(cases(RESPONSE))
def test_the_response_is_met_when_both_are_so_for_the_first_time(case: Case) -> None:
    taken = told = False
    met: int | None = None
    for minute, kind, _ in case.happened:
        if kind in ("taken", "handed_back"):
            taken = kind == "taken"
        if kind in ("told", "untold"):
            told = kind == "told"
            met = met if told else None
        if taken and told and met is None:
            met = minute
    assert case.owed().response.ended_at == (None if met is None else case.moment(met))


@slow
@given(cases(CORRECTION, "P2"))
def test_the_correction_counts_only_what_nobody_waits_in(case: Case) -> None:
    correction = case.owed().correction
    assert correction is not None
    open_minutes = case.calendar.open_minutes()
    due = corrected(case, open_minutes, CORRECTED_WITHIN)
    assert same(case, correction.due_at, due)
    for percent in (50, 75, 90):
        part = corrected(case, open_minutes, CORRECTED_WITHIN * percent // 100)
        assert same(case, correction.at(correction.within * percent / 100), part)


@slow
@given(cases(CORRECTION, "P2"), st.integers(0, MINUTES - 1))
def test_the_time_used_is_what_was_counted_until_now(case: Case, now: int) -> None:
    correction, open_minutes = case.owed().correction, case.calendar.open_minutes()
    assert correction is not None
    used = correction.used(case.moment(now)) // MINUTE
    for amount in {used, used + 1} - {0}:
        came = corrected(case, open_minutes, amount)
        assert (came is not None and came <= now) is (amount == used)


@slow
@given(cases(UPDATES))
def test_an_update_is_due_so_long_after_the_last_one(case: Case) -> None:
    every, since, over = 0, None, False
    for minute, kind, what in case.happened:
        over = {"resolved": True, "closed": True, "reopened": False}.get(kind, over)
        every = what["every"] // 60 if kind == "update_agreed" else every
        if kind in ("update_agreed", "update_given", "told", "reopened", "resolved", "closed"):
            since = minute
    owed = case.owed()
    closed = [kind for _, kind, _ in case.happened if kind in ("closed", "reopened")]
    if not every or over or since is None or closed[-1:] == ["closed"]:
        assert owed.due("update") is None
    else:
        due = reached(case.calendar.open_minutes(), since, every)
        assert same(case, owed.due("update"), due)


@slow
@given(cases())
def test_the_next_warning_is_the_first_threshold_of_what_is_live(case: Case) -> None:
    owed = case.owed()
    open_minutes = case.calendar.open_minutes()
    warn_at = owed.warn_at(PERCENTS)
    every = [clock.threshold(percent) for clock in owed.live for percent in PERCENTS]
    assert warn_at == min((at for at in every if at), default=None)
    if warn_at is not None and warn_at < case.moment(MINUTES):
        minute = (warn_at - case.calendar.start()) // MINUTE
        assert open_minutes[minute], "nobody is told while it is closed"


@slow
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_changes_nothing(case: Case, random: Any) -> None:
    alone = {minute: what for minute, *what in case.happened}  # one in a minute
    case = replace(case, happened=tuple((m, kind, w) for m, (kind, w) in alone.items()))
    events = case.events()
    random.shuffle(events)
    shuffled = promise.owed(case.policy, case.facts, events)
    assert shuffled.clocks[0].ended_at == case.owed().clocks[0].ended_at
    assert [clock.due_at for clock in shuffled.clocks] == [c.due_at for c in case.owed().clocks]


@slow
@given(cases(), opening_calendars)
def test_a_promise_that_was_told_never_moves_later_by_another_calendar(
    case: Case, other: Calendar
) -> None:
    """And by another priority the time counts anew, from the opening, as if nothing was told."""
    before = case.owed().response.due_at
    assert before is not None
    facts = {"priority": case.priority, "due": before.isoformat()}
    told = [*case.events(), Happened(case.facts.opened_at, "promised", facts)]
    policy = replace(POLICY, hours=other.hours())
    after = promise.owed(policy, case.facts, told)
    fresh = promise.owed(policy, case.facts, case.events())
    assert after.response.due_at is not None
    assert fresh.response.due_at is not None
    assert after.response.due_at == min(before, fresh.response.due_at)
    assert after.is_bound is (before < fresh.response.due_at)
    at = after.response.threshold(50)
    assert at is not None
    assert at <= policy.hours.next_open(after.response.due_at)
    changed = replace(case.facts, priority="P4")
    anew = promise.owed(policy, changed, told).response
    assert anew.due_at == promise.owed(policy, changed, []).response.due_at
