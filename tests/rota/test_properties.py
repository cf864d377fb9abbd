"""What holds of every rota: it equals a slow model, at every quarter of an hour of any week."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.rota import Layer, Override, Person, Rota, Scope, Shift, Turns, who
from ivr.rota.stretches import edges, next_changes, shifts_between
from tests.rota.cast import TORONTO, hours, local, order, rota, weekly
from tests.rota.slow import (
    TICK,
    SlowLayer,
    SlowOverride,
    SlowRota,
    SlowShift,
    ring,
    ticks,
    walk,
)

LEVELS = ("on_call", "second")
FIRST_DAYS = {"autumn": date(2026, 10, 26), "winter": date(2027, 1, 11), "spring": date(2027, 3, 8)}
WINDOWS: dict[str, Any] = {
    "nights": {"weekdays": ["0:00-8:00", "16:30-24:00"], "weekend": ["0:00-24:00"]},
    "weekends": {"weekend": ["0:00-24:00"]},
    "small hours": {"every_day": ["1:30-2:45"]},
}
DAYS = 8
START = {
    name: datetime.combine(day, time(12), TORONTO).astimezone(UTC)
    for name, day in FIRST_DAYS.items()
}

agents = st.integers(1, 4)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
products = st.sampled_from([set(), set(), {"medical"}, {"imaging"}, {"medical", "imaging"}])
languages = st.sampled_from([set(), set(), {"fr"}, {"en"}])
offsets = st.integers(-96, 96 * DAYS)


def moments(start: datetime) -> st.SearchStrategy[datetime]:
    return offsets.map(lambda n: start + n * TICK)


def spans(start: datetime) -> st.SearchStrategy[tuple[datetime, datetime]]:
    return st.tuples(moments(start), st.integers(1, 300)).map(
        lambda it: (it[0], it[0] + it[1] * TICK)
    )


@st.composite
def rotas(draw: st.DrawFn) -> tuple[SlowRota, Rota, datetime]:
    """The same rota twice, for the model and for us, and when to begin to look at it."""
    season = draw(st.sampled_from(sorted(START)))
    start = START[season]
    gone = draw(st.sets(agents, max_size=2))
    speak = {n: draw(st.sampled_from(["fr", "en"])) for n in range(1, 5)}
    slow = SlowRota(list(LEVELS), speak, gone)
    layers = [draw(_layer(slow, FIRST_DAYS[season], start)) for _ in range(draw(st.integers(0, 3)))]
    shifts = [draw(_shift(slow, n, start)) for n in range(draw(st.integers(0, 3)))]
    overrides = [draw(_override(slow, n, start)) for n in range(draw(st.integers(0, 3)))]
    people = {n: Person(n, speak[n], usable=n not in gone) for n in range(1, 5)}
    return slow, Rota(LEVELS, people, tuple(layers), tuple(shifts), tuple(overrides)), start


@st.composite
def _layer(draw: st.DrawFn, slow: SlowRota, first_day: date, start: datetime) -> Layer:
    names = st.none() | st.sampled_from(sorted(WINDOWS))
    window = draw(names)
    layer = SlowLayer(
        draw(st.sampled_from(LEVELS)),
        draw(st.lists(agents, min_size=1, max_size=4)),
        first_day,
        draw(st.sampled_from([1, 2, 7])),
        draw(quarters),
        _by_weekday(WINDOWS[window]) if window else None,
        draw(st.none() | moments(start)),
        draw(st.none() | moments(start)),
        draw(products),
        draw(languages),
        draw(st.none() | st.integers(0, 2)),
        draw(st.booleans()),
    )
    slow.layers.append(layer)
    return Layer(
        len(slow.layers),
        layer.level,
        f"layer {len(slow.layers)}",
        tuple(layer.members),
        Turns(first_day, layer.handover, TORONTO, layer.days),
        hours(WINDOWS[window]) if window else None,
        layer.starts or datetime.min.replace(tzinfo=UTC),
        layer.ends or datetime.max.replace(tzinfo=UTC),
        Scope(frozenset(layer.products), frozenset(layer.languages)),
        layer.backups,
        layer.language_first,
    )


@st.composite
def _shift(draw: st.DrawFn, slow: SlowRota, number: int, start: datetime) -> Shift:
    span = draw(spans(start))
    made = SlowShift(
        draw(st.sampled_from(LEVELS)),
        draw(agents),
        *span,
        draw(st.integers(0, 1)),
        draw(products),
        draw(languages),
    )
    slow.shifts.append(made)
    scope = Scope(frozenset(made.products), frozenset(made.languages))
    return Shift(number, made.level, made.agent, span, rank=made.rank, scope=scope)


@st.composite
def _override(draw: st.DrawFn, slow: SlowRota, number: int, start: datetime) -> Override:
    replaces = draw(st.none() | agents)
    level = (
        draw(st.sampled_from(LEVELS))
        if replaces is None
        else draw(st.none() | st.sampled_from(LEVELS))
    )
    span = draw(spans(start))
    made = SlowOverride(draw(agents), *span, replaces, level)
    slow.overrides.append(made)
    return Override(number, made.agent, span, replaces, level)


def _by_weekday(data: dict[str, list[str]]) -> dict[int, list[tuple[int, int]]]:
    days = {"weekdays": range(5), "weekend": range(5, 7), "every_day": range(7)}
    return {
        day: [_minutes(text) for text in texts]
        for name, texts in data.items()
        for day in days[name]
    }


def _minutes(text: str) -> tuple[int, int]:
    since, until = (
        int(clock.split(":")[0]) * 60 + int(clock.split(":")[1]) for clock in text.split("-")
    )
    return since, until


callers = st.tuples(
    st.sampled_from([None, "medical", "billing"]), st.sampled_from([None, "fr", "en"])
)
slowly = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slowly
@given(rotas(), callers)
def test_it_equals_the_slow_model(
    made: tuple[SlowRota, Rota, datetime], caller: tuple[str | None, str | None]
) -> None:
    slow, fast, start = made
    for now in walk(slow, start, 96 * DAYS):
        told = {name: list(agents) for name, agents in order(who(fast, now, *caller)).items()}
        assert told == ring(slow, now, *caller), now


@slowly
@given(rotas(), callers)
def test_stretches_are_a_partition_and_each_holds_all_along(
    made: tuple[SlowRota, Rota, datetime], caller: tuple[str | None, str | None]
) -> None:
    _, fast, start = made
    end = start + DAYS * 96 * TICK
    stretches = shifts_between(fast, start, end, *caller)
    for level in LEVELS:
        mine = [stretch for stretch in stretches if stretch.level.name == level]
        assert (mine[0].start, mine[-1].end) == (start, end)
        assert all(one.end == other.start for one, other in pairwise(mine))
        for now in ticks(start, 96 * DAYS):
            (holds,) = [one for one in mine if one.start <= now < one.end]
            assert holds.level.agents == order(who(fast, now, *caller)).get(level, ())


@slowly
@given(rotas())
def test_between_two_changes_the_same_phones_ring(made: tuple[SlowRota, Rota, datetime]) -> None:
    _, fast, start = made
    end = start + DAYS * 96 * TICK
    changes = {change.at: order(change.levels) for change in next_changes(fast, start, end)}
    rings = order(who(fast, start))
    for now in ticks(start + TICK, 96 * DAYS - 1):
        rings = changes.get(now, rings)
        assert order(who(fast, now)) == rings


@settings(deadline=None)
@given(
    st.integers(1, 5),
    st.sampled_from([1, 2, 7, 14]),
    st.times(),
    st.datetimes(datetime(2026, 6, 1), datetime(2027, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_layer_without_windows_has_exactly_one_agent_on_call_at_each_moment(
    members: int, days: int, handover: time, at: datetime
) -> None:
    made = rota(
        weekly(*range(1, members + 1), turns=Turns(date(2026, 1, 5), handover, TORONTO, days))
    )
    level = who(made, at)[0]
    assert len(level.duty) == 1
    assert level.agents[0] == level.duty[0]
    assert sorted(level.agents) == list(range(1, members + 1))


def test_the_nights_when_clocks_change_minute_by_minute() -> None:
    """Handovers at half past one and half past two, on both nights: one agent, one handover."""
    for handover in (time(1, 30), time(2, 30)):
        made = rota(weekly(1, 2, 3, turns=Turns(date(2026, 1, 4), handover, TORONTO, 7)))
        for midnight in (local("2026-11-01 00:00"), local("2027-03-14 00:00")):
            begin = midnight.astimezone(UTC)
            duty = [who(made, begin + timedelta(minutes=n))[0].duty for n in range(24 * 60)]
            changes = [n for n in range(1, len(duty)) if duty[n] != duty[n - 1]]
            assert len(changes) == 1
            assert all(len(each) == 1 for each in duty)
            assert edges(made, begin, begin + timedelta(days=1)) == [
                begin + timedelta(minutes=changes[0])
            ]
