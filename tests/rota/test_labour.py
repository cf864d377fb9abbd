"""Labour figures: 14 h in 24, 50 h a week, 32 h of rest in one piece, known 5 days ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy import Policy
from ivr.rota import Rota
from ivr.rota.labour import Finding, counted, late_notice, overwork
from ivr.rota.stretches import duties, shifts_between
from tests.rota.cast import DAY, HOUR, TORONTO, WEEK, local, rota, shift, span, weekly

SUNDAY = local("2026-11-22 00:00")
LABOUR = Policy.read().rota.labour


def broken(*work: tuple[datetime, datetime]) -> list[Finding]:
    """What one agent's work in that week breaks."""
    return overwork({1: work}, SUNDAY, SUNDAY + WEEK, LABOUR, TORONTO)


def keys(*work: tuple[datetime, datetime]) -> list[str]:
    return [finding.key for finding in broken(*work)]


def desk() -> list[tuple[datetime, datetime]]:
    days = [SUNDAY + n * DAY for n in range(1, 6)]
    return [(day + 8 * HOUR, day + 16.5 * HOUR) for day in days]


def test_a_week_at_the_desk_breaks_nothing() -> None:
    assert keys(*desk()) == []


def test_more_than_14_hours_in_24() -> None:
    fourteen = span("2026-11-24 06:00", "2026-11-24 20:00")
    assert keys(fourteen) == []
    (finding,) = broken((fourteen[0], fourteen[1] + timedelta(minutes=1)))
    assert (finding.key, finding.seconds, finding.limit) == (
        "rota.long_day",
        14 * 3600 + 60,
        14 * 3600,
    )


def test_of_any_24_hours_not_of_a_day_of_the_calendar() -> None:
    evening = span("2026-11-24 16:00", "2026-11-25 00:00")
    morning = span("2026-11-25 07:00", "2026-11-25 14:00")
    assert keys(evening, morning) == ["rota.long_day"]
    later = span("2026-11-25 17:00", "2026-11-26 00:00")
    assert keys(evening, later) == []


def test_a_call_in_the_night_after_a_day_at_the_desk() -> None:
    """8.5 hours at the desk and a call from 1:00 to 7:00: 14.5 hours in 24."""
    call = span("2026-11-25 01:00", "2026-11-25 07:00")
    assert keys(*desk(), call) == ["rota.long_day"]
    assert keys(*desk(), (call[0], call[1] - HOUR)) == []


def test_more_than_50_hours_a_week() -> None:
    long = [(start, start + 10 * HOUR) for start, _ in desk()]
    assert keys(*long) == []
    assert keys(*long, span("2026-11-28 10:00", "2026-11-28 10:01")) == ["rota.long_week"]


def test_less_than_32_hours_of_rest_in_one_piece() -> None:
    calls = [
        (SUNDAY + n * DAY + 12 * HOUR, SUNDAY + n * DAY + 12 * HOUR + timedelta(minutes=30))
        for n in range(8)
    ]
    (finding,) = broken(*calls)
    assert (finding.key, finding.seconds) == ("rota.short_rest", int(23.5 * 3600))
    assert (finding.start, finding.end) == (SUNDAY, SUNDAY + WEEK)


def test_a_rest_that_begins_in_the_week_may_run_into_the_next() -> None:
    until_saturday = [(SUNDAY + n * DAY, SUNDAY + n * DAY + HOUR) for n in range(7)]
    assert keys(*until_saturday) == []
    assert "rota.short_rest" in keys(*until_saturday, (SUNDAY + WEEK, SUNDAY + WEEK + HOUR))


def test_a_week_without_end_is_told_once_a_figure() -> None:
    assert keys((SUNDAY - WEEK, SUNDAY + 2 * WEEK)) == [
        "rota.long_day",
        "rota.long_week",
        "rota.short_rest",
    ]


def test_the_week_in_which_clocks_change_has_the_hours_that_pass() -> None:
    week = (local("2026-11-01 00:00"), local("2026-11-08 00:00"))
    found = overwork({1: [week]}, *week, LABOUR, TORONTO)
    assert {one.key: one.seconds // 3600 for one in found}["rota.long_week"] == 169


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7 * 96), st.integers(1, 60)), max_size=12))
def test_it_finds_a_long_day_where_a_plain_count_of_quarters_does(
    pieces: list[tuple[int, int]],
) -> None:
    quarter = timedelta(minutes=15)
    work = [(SUNDAY + at * quarter, SUNDAY + (at + length) * quarter) for at, length in pieces]
    worked = {n for at, length in pieces for n in range(at, at + length)}
    sums = [sum(n in worked for n in range(at, at + 96)) for at in range(-96, 8 * 96)]
    found = [
        one
        for one in overwork({1: work}, SUNDAY - WEEK, SUNDAY + 2 * WEEK, LABOUR, TORONTO)
        if one.key == "rota.long_day"
    ]
    assert bool(found) == any(count > 14 * 4 for count in sums)
    if found:
        assert max(one.seconds for one in found) == max(sums) * 900


def test_being_on_call_counts_only_at_levels_that_the_data_names() -> None:
    made = duties(shifts_between(rota(weekly(1, 2)), SUNDAY, SUNDAY + WEEK))
    assert counted(made, LABOUR.counted_levels) == {}
    work = counted(made, ["on_call"])
    assert sum((end - start for start, end in work[1]), timedelta()) == WEEK - 32 * HOUR
    assert set(work) == {1, 2}


def known(made: Rota, start: datetime = SUNDAY) -> list[Finding]:
    return late_notice(
        duties(shifts_between(made, start, start + 2 * WEEK)), start, LABOUR, TORONTO
    )


def test_a_shift_is_known_five_days_ahead() -> None:
    monday = ("2026-11-30 08:00", "2026-12-01 08:00")
    assert known(rota(shift(1, *monday, entered_at=local("2026-11-25 08:00")))) == []
    (late,) = known(rota(shift(1, *monday, entered_at=local("2026-11-25 08:01"))))
    assert (late.key, late.agent) == ("rota.late_notice", 1)
    assert late.seconds == 5 * 24 * 3600 - 60


def test_five_days_are_five_on_the_wall_clock_when_it_changes() -> None:
    monday = ("2026-11-02 08:00", "2026-11-03 08:00")
    told = shift(1, *monday, entered_at=local("2026-10-28 08:00"))
    assert known(rota(told), local("2026-10-25 00:00")) == []


def test_one_entered_when_it_had_begun_was_known_not_at_all_ahead() -> None:
    late = shift(1, "2026-11-30 08:00", "2026-12-01 08:00", entered_at=local("2026-11-30 09:00"))
    assert [finding.seconds for finding in known(rota(late))] == [0]


def test_a_rotation_is_known_since_it_was_entered() -> None:
    entered = weekly(1, 2, entered_at=local("2026-11-23 10:00"), starts=local("2026-11-23 10:00"))
    assert [finding.start for finding in known(rota(entered))] == [local("2026-11-23 10:00")]
    assert known(rota(weekly(1, 2))) == []
