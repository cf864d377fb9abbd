"""In what order clients are called back, whose phone rings for whom, and why: the pure rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.explain import explain
from ivr.ordering import Owed, Standing, places, rank, spread
from ivr.reason import Reason

NOW = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AGENTS = st.lists(st.integers(1, 5), unique=True)


def owed(number: int, priority: str = "P2", due: int = 60) -> Owed:
    return Owed(number, priority, NOW + due * MINUTE)


def standing(number: int, priority: str = "P2", due: int = 60, **facts: object) -> Standing:
    one = {"at": NOW, "left": due * MINUTE, "attempts": 0, **facts}
    return Standing(owed(number, priority, due), **one)  # type: ignore[arg-type]


def test_a_p1_goes_first_however_much_time_it_has_then_what_runs_out_first() -> None:
    late, soon, calm, critical = owed(1, due=-5), owed(2, due=5), owed(3), owed(4, "P1", 59)
    by_arrival = [calm, late, soon, critical]
    assert sorted(by_arrival, key=rank) == [critical, late, soon, calm]


def test_a_p3_that_runs_out_goes_before_a_p2_that_has_time() -> None:
    assert sorted([owed(1, "P2", 90), owed(2, "P3", 10)], key=rank)[0].priority == "P3"


@given(st.lists(AGENTS, max_size=8), st.sets(st.integers(1, 5)))
def test_nobody_is_rung_for_two_things_and_nobody_is_left_idle(
    asked: list[list[int]], free: set[int]
) -> None:
    chosen = spread(list(enumerate(asked)), free)
    assert len(set(chosen.values())) == len(chosen)
    assert set(chosen.values()) <= free
    idle = free - set(chosen.values())
    for callback, agents in enumerate(asked):
        if callback in chosen:
            assert chosen[callback] in agents
        else:
            assert not set(agents) & idle, "whoever waits could have rung nobody else"


@given(st.lists(AGENTS, min_size=1, max_size=8), st.sets(st.integers(1, 5)))
def test_what_comes_later_changes_nothing_for_what_comes_first(
    asked: list[list[int]], free: set[int]
) -> None:
    wanted = list(enumerate(asked))
    last = len(wanted) - 1
    whole = spread(wanted, free)
    whole.pop(last, None)
    assert whole == spread(wanted[:-1], free)


def test_no_more_are_asked_than_there_are_phones() -> None:
    asked: list[int] = []

    def wanted() -> Iterator[tuple[int, list[int]]]:
        for number in range(40):
            asked.append(number)
            yield number, [1, 2]

    assert spread(wanted(), {1, 2}) == {0: 1, 1: 2}
    assert asked == [0, 1]


def test_each_is_told_its_place_and_why() -> None:
    found = places(
        [
            standing(1, "P3", 40),
            standing(2, "P1", 50),
            standing(3, "P2", -5),
            standing(4, rung="Alice"),
            standing(5, "P2", 20, client_talks=True),
            standing(6, at=NOW + 30 * MINUTE),
            standing(7, at=NOW + 30 * MINUTE, attempts=2),
            standing(8, at=NOW + 30 * MINUTE, attempts=2, capped="number"),
        ],
        NOW,
        there=2,
    )
    assert {number: reason.key for number, reason in found.items()} == {
        2: "ordering.next",
        3: "ordering.late",
        5: "ordering.client_talks",
        1: "ordering.next",
        4: "ordering.rung",
        6: "ordering.planned",
        7: "ordering.again",
        8: "ordering.capped_number",
    }
    assert [found[number].facts["place"] for number in (2, 3, 5, 1)] == [1, 2, 3, 4]


def test_with_nobody_there_it_says_so() -> None:
    assert places([standing(1)], NOW, there=0)[1].key == "ordering.nobody"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "fr",
            "Rang 2 dans les rappels\u00a0: P2, reste 40 minutes; "
            "agents présents\u00a0: 2, un appel à la fois chacun.",
        ),
        (
            "en",
            "Number 2 to be called back: P2, 40 minutes left; "
            "agents present: 2, one call at a time each.",
        ),
    ],
)
def test_in_words(language: str, sentence: str) -> None:
    reason = places([standing(1, "P1"), standing(2, due=40)], NOW, there=2)[2]
    assert said(reason, language) == sentence


def test_every_reason_has_words() -> None:
    standings = [
        standing(1),
        standing(2, due=-5),
        standing(3, client_talks=True),
        standing(4, rung="Alice"),
        standing(5, at=NOW + MINUTE),
        standing(6, at=NOW + MINUTE, attempts=1),
        *(
            standing(10 + number, at=NOW + MINUTE, capped=cap)
            for number, cap in enumerate(("number", "client", "day", "spend"))
        ),
    ]
    reasons = [*places(standings, NOW, 2).values(), *places(standings[:1], NOW, 0).values()]
    reasons += [
        Reason(f"caps.{cap}", {"limit": "12", "at": NOW.isoformat()})
        for cap in ("number", "client", "day", "spend")
    ]
    for language in ("fr", "en"):
        sentences = [said(reason, language) for reason in reasons]
        assert len(set(sentences)) == len(reasons)


def said(reason: Reason, language: str) -> str:
    return explain(reason, language, ZoneInfo("America/Toronto"), NOW)
