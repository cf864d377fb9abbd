"""Who is on call at a moment: layers, shifts, overrides, products, languages, levels."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from ivr.rota import Override, RotaError, Shift, Turns, levels_at, who
from tests.rota.cast import (
    DAY,
    MONDAY,
    NIGHTS,
    TORONTO,
    hours,
    local,
    order,
    override,
    rota,
    shift,
    span,
    weekly,
)

SATURDAY_NIGHT = local("2026-12-12 02:00")


def on_call(made: object, at: str = "2026-12-12 02:00", **asked: str) -> tuple[int, ...]:
    return order(who(made, local(at), **asked)).get("on_call", ())  # type: ignore[arg-type]


class TestLayers:
    """Whose turn it is first, then the backups in the order of their turns."""

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2026-01-05 08:00", (1, 2, 3)),
            ("2026-01-12 07:59:59", (1, 2, 3)),
            ("2026-01-12 08:00", (2, 3, 1)),
            ("2026-01-05 07:59:59", (3, 1, 2)),
        ],
    )
    def test_turns(self, at: str, expected: tuple[int, ...]) -> None:
        assert on_call(rota(weekly(1, 2, 3)), at) == expected

    def test_daily_with_a_handover_at_half_past(self) -> None:
        turns = Turns.daily(MONDAY, time(17, 30), TORONTO)
        daily = rota(weekly(1, 2, turns=turns, backups=0))
        days = range(5, 9)
        assert [on_call(daily, f"2026-01-{day:02} 17:30") for day in days] == [(1,), (2,)] * 2
        assert on_call(daily, "2026-01-06 17:29") == (1,)

    def test_backups_are_as_many_as_the_layer_says(self) -> None:
        at = "2026-01-12 09:00"
        assert on_call(rota(weekly(1, 2, 3, 4, backups=0)), at) == (2,)
        assert on_call(rota(weekly(1, 2, 3, 4, backups=2)), at) == (2, 3, 4)

    def test_an_agent_with_two_turns_of_three_is_rung_once(self) -> None:
        assert on_call(rota(weekly(1, 2, 1, 3)), "2026-01-19 09:00") == (1, 3, 2)

    def test_a_later_layer_goes_over_an_earlier_one_in_its_hours_only(self) -> None:
        nights = rota(weekly(1, 2), weekly(3, 4, windows=hours(NIGHTS)))
        assert on_call(nights, "2026-12-11 16:29") == (1, 2)
        assert on_call(nights, "2026-12-11 16:30") == (3, 4)
        assert on_call(nights, "2026-12-14 07:59") == (3, 4)
        assert on_call(nights, "2026-12-14 08:00") == (2, 1)

    def test_only_in_its_time(self) -> None:
        summer = weekly(3, starts=local("2026-06-24 08:00"), ends=local("2026-09-01 08:00"))
        assert on_call(rota(weekly(1), summer), "2026-06-24 07:59") == (1,)
        assert on_call(rota(weekly(1), summer), "2026-06-24 08:00") == (3,)
        assert on_call(rota(weekly(1), summer), "2026-09-01 08:00") == (1,)

    def test_one_whose_turn_it_is_and_who_left_is_skipped_and_turns_do_not_move(self) -> None:
        left = rota(weekly(1, 2, 3), gone=(2,))
        assert on_call(left, "2026-01-05 09:00") == (1, 3)
        assert on_call(left, "2026-01-12 09:00") == (3, 1)
        assert on_call(left, "2026-01-19 09:00") == (3, 1)
        level = who(left, local("2026-01-12 09:00"))[0]
        assert level.duty == (3,)
        assert level.why[0].key == "rota.skipped"
        assert level.why[0].facts["agent"] == 2

    def test_a_layer_all_of_whose_members_left_covers_nothing(self) -> None:
        assert on_call(rota(weekly(1), weekly(2, 3), gone=(2, 3))) == (1,)


class TestShifts:
    """Explicit shifts go over layers."""

    def test_over_a_layer_while_they_last(self) -> None:
        made = rota(weekly(1, 2), shift(3, "2026-12-12 00:00", "2026-12-12 08:00"))
        assert on_call(made, "2026-12-11 23:59") == (1, 2)
        assert on_call(made, "2026-12-12 00:00") == (3,)
        assert on_call(made, "2026-12-12 08:00") == (1, 2)

    def test_several_at_once_ring_in_the_order_of_their_beginnings(self) -> None:
        made = rota(
            shift(3, "2026-12-12 00:00", "2026-12-12 08:00"),
            shift(4, "2026-12-11 20:00", "2026-12-12 08:00"),
        )
        assert on_call(made) == (4, 3)
        assert who(made, SATURDAY_NIGHT)[0].duty == (4, 3)

    def test_of_ranks_the_highest_that_can_be_rung(self) -> None:
        rules = (
            shift(3, "2026-12-11 00:00", "2026-12-13 00:00", rank=1),
            shift(4, "2026-12-11 00:00", "2026-12-13 00:00", rank=2),
            shift(5, "2026-12-11 00:00", "2026-12-13 00:00"),
        )
        assert on_call(rota(*rules)) == (4,)
        assert on_call(rota(*rules, gone=(4,))) == (3,)

    def test_a_shift_of_somebody_who_left_leaves_the_layer(self) -> None:
        made = rota(weekly(1), shift(3, "2026-12-12 00:00", "2026-12-12 08:00"), gone=(3,))
        assert on_call(made) == (1,)

    def test_refused(self) -> None:
        with pytest.raises(RotaError, match="does not come after"):
            Shift(1, "on_call", 1, span("2026-12-12 02:00", "2026-12-12 02:00"))
        with pytest.raises(RotaError, match="time zone"):
            Shift(1, "on_call", 1, (datetime(2026, 1, 1), datetime(2026, 1, 2)))  # noqa: DTZ001


class TestOverrides:
    """Somebody takes another's place, over all else."""

    def test_of_whoever_is_on_call(self) -> None:
        made = rota(weekly(1, 2, 3), override(5, "2026-12-12 02:00", "2026-12-12 03:00"))
        assert on_call(made, "2026-12-12 01:59") == (1, 2, 3)
        assert on_call(made, "2026-12-12 02:00") == (5, 2, 3)
        assert on_call(made, "2026-12-12 03:00") == (1, 2, 3)

    def test_by_a_backup_who_is_then_rung_once(self) -> None:
        made = rota(weekly(1, 2, 3), override(2, "2026-12-12 00:00", "2026-12-13 00:00"))
        assert on_call(made) == (2, 3)
        assert who(made, SATURDAY_NIGHT)[0].duty == (2,)

    def test_over_a_shift(self) -> None:
        made = rota(
            shift(3, "2026-12-12 00:00", "2026-12-12 08:00"),
            override(5, "2026-12-12 00:00", "2026-12-12 08:00"),
        )
        assert on_call(made) == (5,)

    def test_of_a_named_agent_wherever_that_one_stands(self) -> None:
        ill = override(6, "2026-12-12 00:00", "2026-12-13 00:00", replaces=2)
        made = rota(weekly(1, 2, 3), weekly(2, 4, level="second"), ill)
        assert order(who(made, SATURDAY_NIGHT)) == {"on_call": (1, 6, 3), "second": (4,)}

    def test_of_a_named_agent_at_one_level(self) -> None:
        ill = override(6, "2026-12-12 00:00", "2026-12-13 00:00", replaces=2, level="second")
        made = rota(weekly(1), weekly(2, 4, level="second"), ill)
        assert order(who(made, SATURDAY_NIGHT)) == {"on_call": (1,), "second": (6, 4)}

    def test_of_somebody_who_is_not_on_call_changes_nothing(self) -> None:
        made = rota(weekly(1), override(6, "2026-12-12 00:00", "2026-12-13 00:00", replaces=2))
        assert on_call(made) == (1,)

    def test_of_somebody_who_left(self) -> None:
        ill = override(6, "2026-12-12 00:00", "2026-12-13 00:00", replaces=1)
        assert on_call(rota(weekly(1, 2), ill, gone=(1,))) == (6, 2)
        assert on_call(rota(weekly(2), weekly(1), ill, gone=(1,))) == (6,)

    def test_where_nobody_is_on_call_it_fills_the_level(self) -> None:
        made = rota(override(5, "2026-12-12 00:00", "2026-12-13 00:00"))
        assert on_call(made) == (5,)
        assert who(made, SATURDAY_NIGHT)[0].why[0].key == "rota.fills"

    def test_whose_agent_left_changes_nothing_and_says_so(self) -> None:
        made = rota(weekly(1), override(5, "2026-12-12 00:00", "2026-12-13 00:00"), gone=(5,))
        assert on_call(made) == (1,)
        assert [reason.key for reason in who(made, SATURDAY_NIGHT)[0].why] == [
            "rota.override_skipped",
            "rota.turn",
        ]

    def test_a_later_one_goes_over_an_earlier_one(self) -> None:
        first = override(5, "2026-12-12 00:00", "2026-12-13 00:00", replaces=1)
        chained = override(6, "2026-12-12 01:00", "2026-12-12 03:00", replaces=5)
        assert on_call(rota(weekly(1, 2), first, chained)) == (6, 2)
        whoever = override(7, "2026-12-12 00:00", "2026-12-13 00:00")
        assert on_call(rota(weekly(1, 2), first, whoever)) == (7, 2)

    def test_that_names_nobody_and_no_level_is_refused(self) -> None:
        with pytest.raises(RotaError, match="names whom it replaces, or a level"):
            Override(1, 5, span("2026-12-12 00:00", "2026-12-13 00:00"))


class TestProductsAndLanguages:
    """Another product never rings a rule; another language rings it later."""

    def test_a_layer_of_one_product(self) -> None:
        made = rota(weekly(1), weekly(2, products=("imaging",)))
        assert on_call(made, product="imaging") == (2,)
        assert on_call(made, product="billing") == (1,)

    def test_a_product_that_is_not_known_rings_those_for_all_first_and_then_the_others(
        self,
    ) -> None:
        layers = (weekly(2, products=("imaging",)), weekly(3, products=("medical",)))
        assert on_call(rota(weekly(1), *layers)) == (1, 3, 2)
        assert on_call(rota(*layers)) == (3, 2)

    def test_of_two_layers_of_one_product_the_later_goes_over(self) -> None:
        layers = (weekly(2, products=("imaging",)), weekly(3, products=("imaging",)))
        assert on_call(rota(weekly(1), *layers)) == (1, 3)

    def test_a_layer_for_all_that_comes_later_goes_over_one_of_a_product(self) -> None:
        made = rota(weekly(2, products=("imaging",)), weekly(1))
        assert on_call(made, product="imaging") == (1,)
        assert on_call(made) == (1,)

    def test_another_language_is_rung_later_never_left_out(self) -> None:
        made = rota(weekly(1), weekly(7, languages=("en",)))
        assert on_call(made, language="en") == (7,)
        assert on_call(made, language="fr") == (1, 7)
        assert on_call(made) == (1, 7)
        assert on_call(rota(weekly(7, languages=("en",))), language="fr") == (7,)

    def test_those_who_speak_the_callers_language_first_where_the_layer_says_so(self) -> None:
        made = rota(weekly(1, 2, 7, language_first=True))
        assert on_call(made, language="en") == (7, 1, 2)
        assert on_call(made, language="fr") == (1, 2, 7)
        assert on_call(made) == (1, 2, 7)
        assert who(made, SATURDAY_NIGHT, language="en")[0].duty == (1,)
        assert on_call(rota(weekly(1, 2, 7)), language="en") == (1, 2, 7)

    def test_a_shift_of_one_product_goes_over_one_for_all(self) -> None:
        made = rota(
            shift(1, "2026-12-12 00:00", "2026-12-12 08:00"),
            shift(2, "2026-12-12 00:00", "2026-12-12 08:00", products=("imaging",)),
        )
        assert on_call(made, product="imaging") == (2,)
        assert on_call(made, product="billing") == (1,)

    @pytest.mark.parametrize("other", ["billing", *"abcdefghijklmnop"])
    def test_of_two_shifts_of_products_the_narrower_goes_first(self, other: str) -> None:
        """Whatever the process: a set has an order of its own in each."""
        made = rota(
            shift(1, "2026-12-12 00:00", "2026-12-12 08:00", products=("medical", other)),
            shift(2, "2026-12-12 00:00", "2026-12-12 08:00", products=("medical",)),
        )
        assert on_call(made) == (2, 1)
        assert on_call(made, product="medical") == (2,)
        assert on_call(made, product=other) == (1,)


class TestLevels:
    """An empty level is skipped, and nobody is rung twice."""

    def test_an_empty_level_is_skipped(self) -> None:
        made = rota(weekly(3, level="manager"))
        assert order(who(made, SATURDAY_NIGHT)) == {"manager": (3,)}

    def test_an_empty_rota_says_why(self) -> None:
        assert who(rota(), SATURDAY_NIGHT) == ()
        levels = levels_at(rota(), SATURDAY_NIGHT)
        assert [level.why[-1].key for level in levels] == ["rota.empty"] * 4
        assert not any(level.standing for level in levels)

    def test_nobody_stands_at_two_levels(self) -> None:
        made = rota(weekly(1, 2), weekly(2, 3, level="second"), weekly(1, level="manager"))
        assert order(who(made, SATURDAY_NIGHT)) == {"on_call": (1, 2), "second": (3,)}
        manager = levels_at(made, SATURDAY_NIGHT)[2]
        assert [reason.key for reason in manager.why] == ["rota.already", "rota.empty"]
        assert (manager.agents, manager.duty) == ((), (1,))

    def test_everyone_is_each_agent_who_can_be_rung_and_is_not_there_yet(self) -> None:
        made = rota(weekly(3, 1, backups=0), gone=(4,), everyone="everyone")
        levels = order(who(made, SATURDAY_NIGHT))
        assert levels == {"on_call": (3,), "everyone": (1, 2, 5, 6, 7, 8, 9)}

    def test_a_level_that_the_policy_does_not_name_is_not_rung(self) -> None:
        assert who(rota(weekly(1, level="third")), SATURDAY_NIGHT) == ()

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        with pytest.raises(RotaError, match="time zone"):
            who(rota(), datetime(2026, 11, 28, 2))  # noqa: DTZ001


def test_why_has_one_reason_for_each_agent_in_order() -> None:
    made = rota(weekly(1, 2, 3, name="Nuits"), override(5, "2026-12-12 02:00", "2026-12-12 03:00"))
    why = who(made, SATURDAY_NIGHT)[0].why
    assert [(reason.key, reason.facts["agent"]) for reason in why] == [
        ("rota.replaces", 5),
        ("rota.backup", 2),
        ("rota.backup", 3),
    ]
    assert why[0].facts["replaced"] == 1
    turn = who(made, SATURDAY_NIGHT + DAY)[0].why[0]
    assert (turn.key, turn.facts["layer"]) == ("rota.turn", "Nuits")
    assert turn.facts["end"] == "2026-12-14T13:00:00+00:00"


def test_a_turn_in_windows_is_said_from_window_to_window() -> None:
    made = rota(weekly(1, windows=hours(NIGHTS)))
    facts = who(made, local("2026-12-11 02:00"))[0].why[0].facts
    assert facts["start"] == "2026-12-10T21:30:00+00:00"
    assert facts["end"] == "2026-12-11T13:00:00+00:00"


def test_an_override_may_begin_at_this_very_moment() -> None:
    """Others refuse one that begins within half an hour: an agent falls ill when it happens."""
    now = local("2026-12-12 02:13:27")
    made = rota(weekly(1, 2))
    ill = Override(1, 5, (now, now + timedelta(minutes=1)), replaces=1)
    replaced = rota(weekly(1, 2), ill)
    assert order(who(made, now))["on_call"] == (1, 2)
    assert order(who(replaced, now))["on_call"] == (5, 2)
