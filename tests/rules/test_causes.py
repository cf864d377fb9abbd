"""A broken promise has exactly one cause, out of the closed list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import presence
from ivr.causes import Cause, Evidence, Found, Outage, Ring, cause
from ivr.models import PresenceChange
from ivr.spans import Span

NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 9:00 in Montréal
ALICE, BOB = 1, 2


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def span(start: float, end: float) -> Span:
    return at(start), at(end)


def ring(agent: int | None, start: float, *, accepted: bool = False) -> Ring:
    return Ring(agent, at(start), at(start + 0.5), accepted)


HOUR = Evidence(
    start=at(0),
    due_at=at(60),
    taken_at=None,
    reachable=True,
    open=[span(0, 60)],
    there={ALICE: [span(0, 60)], BOB: [span(0, 60)]},
    busy={},
    client_busy=[],
    rings=[],
)
"""An hour in which Alice and Bob are there and free, and nobody was rung."""
TRIED = [ring(ALICE, 0), ring(BOB, 1), ring(ALICE, 20), ring(BOB, 45)]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (HOUR, Cause.NOT_CALLED),
        (replace(HOUR, reachable=False), Cause.NO_NUMBER),
        (replace(HOUR, there={}), Cause.NOBODY_PRESENT),
        (replace(HOUR, there={ALICE: [span(-60, 0)]}), Cause.NOBODY_PRESENT),
        (replace(HOUR, open=[]), Cause.NOBODY_PRESENT),
        (replace(HOUR, busy={ALICE: [span(0, 60)], BOB: [span(-5, 61)]}), Cause.ALL_BUSY),
        (replace(HOUR, busy={ALICE: [span(0, 60)]}), Cause.NOT_CALLED),
        (replace(HOUR, client_busy=[span(0, 60)]), Cause.CLIENT_UNREACHABLE),
        (replace(HOUR, rings=TRIED), Cause.NOBODY_ACCEPTED),
        (
            replace(HOUR, rings=[*TRIED, ring(ALICE, 50, accepted=True), ring(None, 51)]),
            Cause.CLIENT_UNREACHABLE,
        ),
        (
            replace(HOUR, rings=[ring(ALICE, 1, accepted=True), ring(None, 2), *TRIED[2:]]),
            Cause.NOBODY_ACCEPTED,
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Cause) else "",
)  # fmt: skip
def test_the_cause(evidence: Evidence, expected: Cause) -> None:
    assert cause(evidence) == Found(expected)


def test_tried_once_and_then_forgotten_is_our_fault() -> None:
    assert cause(replace(HOUR, rings=[ring(ALICE, 0)])) == Found(Cause.NOT_CALLED)


def test_rung_too_late_is_our_fault() -> None:
    late = replace(HOUR, rings=[ring(ALICE, 10), ring(BOB, 30), ring(ALICE, 50)])
    assert cause(late) == Found(Cause.NOT_CALLED)


def test_a_try_after_the_due_moment_excuses_nothing() -> None:
    assert cause(replace(HOUR, rings=[ring(ALICE, 61)])) == Found(Cause.NOT_CALLED)


def test_an_outage_is_named_with_its_parts_where_it_left_no_time() -> None:
    down = [Outage("web", at(-10), at(59)), Outage("redis", at(5), at(40))]
    assert cause(replace(HOUR, outages=down)) == Found(Cause.OUTAGE, ("redis", "web"))


def test_an_outage_that_left_time_is_no_excuse() -> None:
    short = [Outage("web", at(10), at(30))]
    assert cause(replace(HOUR, outages=short)).cause is Cause.NOT_CALLED


def test_an_outage_of_another_hour_is_not_the_cause() -> None:
    earlier = [Outage("web", at(-60), at(0))]
    assert cause(replace(HOUR, there={}, outages=earlier)).cause is Cause.NOBODY_PRESENT


def test_a_try_that_an_outage_cut_off_is_nobodys_refusal() -> None:
    down = [Outage("web", at(0), at(60))]
    assert cause(replace(HOUR, rings=TRIED, outages=down)) == Found(Cause.OUTAGE, ("web",))


minutes = st.integers(0, 60)
spans = st.lists(st.tuples(minutes, minutes).map(sorted).map(lambda pair: span(*pair)), max_size=3)
rings = st.lists(
    st.builds(
        lambda agent, start, accepted: ring(agent, start, accepted=accepted),
        st.sampled_from((None, ALICE, BOB)), minutes, st.booleans(),
    ),
    max_size=4,
)  # fmt: skip
outages = st.lists(spans.map(lambda found: [Outage("web", *one) for one in found[:1]]), max_size=2)


@settings(max_examples=60)
@given(spans, spans, spans, rings, outages, st.booleans())
def test_whatever_happened_there_is_one_cause(
    there: list[Span],
    busy: list[Span],
    client_busy: list[Span],
    rung: list[Ring],
    down: list[list[Outage]],
    reachable: bool,
) -> None:
    evidence = replace(
        HOUR,
        there={ALICE: sorted(there)},
        busy={ALICE: busy},
        client_busy=client_busy,
        rings=rung,
        outages=[each for some in down for each in some],
        reachable=reachable,
    )
    found = cause(evidence)
    assert bool(found.parts) == (found.cause is Cause.OUTAGE)
    if not there or not reachable:
        assert found.cause is not Cause.NOT_CALLED
    if found.cause is Cause.NOBODY_ACCEPTED:
        assert any(each.agent is not None and not each.accepted for each in rung)


def test_presence_is_read_back_from_its_changes() -> None:
    changes = [
        PresenceChange(agent_id=ALICE, at=at(-30), present=False),
        PresenceChange(agent_id=ALICE, at=at(10), present=True),
        PresenceChange(agent_id=ALICE, at=at(40), present=False),
        PresenceChange(agent_id=ALICE, at=at(90), present=True),
    ]
    assert presence.spans(True, changes, at(0), at(60)) == [span(10, 40)]
    assert presence.spans(True, changes, at(-60), at(100)) == [
        span(-60, -30), span(10, 40), span(90, 100),
    ]  # fmt: skip
    assert presence.spans(True, [], at(0), at(60)) == [span(0, 60)]
    assert presence.spans(False, [], at(0), at(60)) == []
