"""The rota over time: changes, stretches that are always the same, who is on call from when."""

from __future__ import annotations

from datetime import timedelta

from ivr.rota.stretches import duties, next_change, next_changes, shifts_between, whole
from tests.rota.cast import DAY, NIGHTS, WEEK, hours, local, order, override, rota, shift, weekly

NOW = local("2026-11-28 02:00")


def test_the_next_change_is_the_next_handover() -> None:
    change = next_change(rota(weekly(1, 2)), NOW)
    assert change
    assert change.at == local("2026-11-30 08:00")
    assert order(change.levels) == {"on_call": (2, 1)}


def test_nothing_changes_where_one_agent_is_always_on_call() -> None:
    assert next_change(rota(weekly(1)), NOW) is None
    assert next_change(rota(), NOW) is None


def test_changes_in_order_with_what_rings_from_then_on() -> None:
    made = rota(weekly(1, 2), override(5, "2026-11-28 06:00", "2026-11-28 07:00"))
    changes = next_changes(made, NOW, NOW + WEEK)
    assert [(change.at, order(change.levels)["on_call"]) for change in changes] == [
        (local("2026-11-28 06:00"), (5, 2)),
        (local("2026-11-28 07:00"), (1, 2)),
        (local("2026-11-30 08:00"), (2, 1)),
    ]


def test_a_stretch_that_is_empty_is_there_too() -> None:
    made = rota(weekly(1, windows=hours(NIGHTS)))
    stretches = [
        stretch
        for stretch in shifts_between(made, NOW, NOW + 4 * DAY)
        if stretch.level.name == "on_call"
    ]
    assert [(one.start, one.level.agents) for one in stretches] == [
        (NOW, (1,)),
        (local("2026-11-30 08:00"), ()),
        (local("2026-11-30 16:30"), (1,)),
        (local("2026-12-01 08:00"), ()),
        (local("2026-12-01 16:30"), (1,)),
    ]


def test_whole_stretches_are_the_same_whenever_they_are_asked_for() -> None:
    made = rota(
        weekly(1, 2),
        weekly(3, level="manager", windows=hours(NIGHTS)),
        shift(4, "2026-11-10 00:00", "2026-11-20 00:00"),
        override(5, "2026-12-01 06:00", "2026-12-01 07:00", replaces=2),
    )
    start, end = local("2026-11-01 00:00"), local("2027-01-01 00:00")
    every = {(one.start, one.level.name): one.end for one in whole(made, start, end)}
    for n in range(0, 55 * 24, 7):
        asked = start + timedelta(hours=n)
        for stretch in whole(made, asked, asked + DAY):
            if stretch.level.standing:
                assert every[stretch.start, stretch.level.name] == stretch.end


def test_who_is_on_call_leaves_out_the_backups_and_is_one_a_turn() -> None:
    made = rota(weekly(1, 2), override(2, "2026-11-28 06:00", "2026-11-28 07:00"))
    found = duties(whole(made, NOW, NOW + DAY))
    assert [(duty.start, duty.end, duty.place.agent) for duty in found] == [
        (local("2026-11-23 08:00"), local("2026-11-28 06:00"), 1),
        (local("2026-11-28 06:00"), local("2026-11-28 07:00"), 2),
        (local("2026-11-28 07:00"), local("2026-11-30 08:00"), 1),
    ]


def test_what_happens_to_a_backup_does_not_cut_the_turn_of_who_is_on_call() -> None:
    made = rota(weekly(1, 2), override(5, "2026-11-28 06:00", "2026-11-28 07:00", replaces=2))
    (duty,) = duties(whole(made, NOW, NOW + DAY))
    assert (duty.start, duty.end) == (local("2026-11-23 08:00"), local("2026-11-30 08:00"))


def test_two_turns_of_the_only_member_are_two() -> None:
    found = duties(shifts_between(rota(weekly(1)), NOW, NOW + WEEK))
    assert [duty.start for duty in found] == [NOW, local("2026-11-30 08:00")]
