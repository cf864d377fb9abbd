"""Business time held against an independent slow model that looks at the wall each minute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ivr.hours import HoursError
from tests.rules.slow_time import MINUTE, MINUTES, Calendar, calendars, intervals

minutes = st.integers(0, MINUTES - 1)
seconds = st.integers(0, 59)
slow = settings(max_examples=50, deadline=None)


@slow
@given(calendars(), minutes, seconds)
def test_open_and_its_next_change(calendar: Calendar, minute: int, second: int) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE + timedelta(seconds=second)
    opening = hours.opening_at(at)
    assert hours.is_open(at) is opening.open is model[minute]
    change = next((n for n in range(minute, len(model)) if model[n] != model[minute]), None)
    if change is not None:
        assert opening.until == calendar.start() + change * MINUTE
    elif opening.until is not None:
        assert opening.until >= calendar.start() + len(model) * MINUTE


@slow
@given(calendars(), minutes, minutes, seconds, seconds)
def test_between(calendar: Calendar, first: int, last: int, early: int, late: int) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    start = calendar.start() + first * MINUTE + timedelta(seconds=early)
    end = calendar.start() + last * MINUTE + timedelta(seconds=late)

    def passed(minute: int, second: int) -> int:
        return 60 * sum(model[:minute]) + (second if model[minute] else 0)

    expected = timedelta(seconds=passed(last, late) - passed(first, early))
    assert hours.between(start, end) == expected
    assert hours.between(end, start) == -expected


@slow
@given(calendars(), minutes, st.data())
def test_add(calendar: Calendar, minute: int, data: st.DataObject) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    assume(any(model[minute:]))
    duration = data.draw(st.integers(1, sum(model[minute:])))
    left, here = duration, minute
    while left > 0:
        left -= model[here]
        here += 1
    assert hours.add(at, duration * MINUTE) == calendar.start() + here * MINUTE
    assert hours.between(at, hours.add(at, duration * MINUTE)) == duration * MINUTE


@slow
@given(calendars(), minutes, st.data())
def test_subtract(calendar: Calendar, minute: int, data: st.DataObject) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    assume(any(model[:minute]))
    duration = data.draw(st.integers(1, sum(model[:minute])))
    left, here = duration, minute
    while left > 0:
        here -= 1
        left -= model[here]
    assert hours.add(at, -duration * MINUTE) == calendar.start() + here * MINUTE


@slow
@given(calendars(), minutes)
def test_next_open(calendar: Calendar, minute: int) -> None:
    model, hours = calendar.open_minutes(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    assume(any(model[minute:]))
    opens = model.index(True, minute)
    assert hours.next_open(at) == calendar.start() + opens * MINUTE
    assert hours.add(at, timedelta()) == hours.next_open(at)


@slow
@given(calendars(), st.data())
def test_union_and_outside(calendar: Calendar, data: st.DataObject) -> None:
    other = Calendar(
        calendar.zone,
        calendar.middle,
        data.draw(st.dictionaries(st.integers(0, 6), intervals(), min_size=1)),
        frozenset(),
        {},
    )
    first, second = calendar.open_minutes(), other.open_minutes()
    union = calendar.hours().union(other.hours())
    outside = calendar.hours().outside()
    end = calendar.start() + len(first) * MINUTE
    either = sum(a or b for a, b in zip(first, second, strict=True))
    assert union.between(calendar.start(), end) == either * MINUTE
    assert outside.between(calendar.start(), end) == (len(first) - sum(first)) * MINUTE
    for minute in data.draw(st.lists(minutes, min_size=5, max_size=20)):
        at = calendar.start() + minute * MINUTE
        assert union.is_open(at) is (first[minute] or second[minute])
        assert outside.is_open(at) is not first[minute]


@slow
@given(calendars(), minutes)
def test_hours_united_with_all_that_is_outside_them_are_all_the_time(
    calendar: Calendar, minute: int
) -> None:
    hours, at = calendar.hours(), calendar.start() + minute * MINUTE
    for whole in (hours.union(hours.outside()), hours.outside().union(hours)):
        assert whole.add(at, timedelta(hours=1)) == at + timedelta(hours=1)
        assert whole.opening_at(at).until is None


@slow
@given(calendars(), minutes, minutes)
def test_answers_do_not_depend_on_what_was_asked_before(
    calendar: Calendar, minute: int, other: int
) -> None:
    """The index grows forward and back; a fresh one must say the same."""
    asked, fresh = calendar.hours(), calendar.hours()
    at = calendar.start() + minute * MINUTE
    far = calendar.start() + other * MINUTE
    asked.between(far - timedelta(days=1500), far - timedelta(days=700))
    asked.between(far, far + timedelta(days=800))
    assert asked.opening_at(at) == fresh.opening_at(at)
    try:
        expected = fresh.add(at, timedelta(hours=5))
    except HoursError:
        with pytest.raises(HoursError):
            asked.add(at, timedelta(hours=5))
    else:
        assert asked.add(at, timedelta(hours=5)) == expected
