"""A calendar is shown, then entered; the same calendar replaces what it brought, and no more."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ivr.models import Agent, RotaShift
from ivr.rota import feed, importing, tables, who
from ivr.rota.importing import Preview
from ivr.rota.scope import Scope
from ivr.scene import Scene
from tests.rota import feeds
from tests.rota.cast import TORONTO, local, order
from tests.rota.feeds import event, ics

MONDAY, TUESDAY = ":20261130T130000Z", ":20261201T130000Z"
WEDNESDAY, THURSDAY = ":20261202T130000Z", ":20261203T130000Z"


def shown(scene: Scene, data: bytes, name: str = "pager", level: str = "on_call") -> Preview:
    read = feed.read(data, TORONTO, scene.now, scene.now + importing.AHEAD)
    return importing.preview(scene, read, name, level)


def bring(scene: Scene, data: bytes, name: str = "pager", level: str = "on_call") -> Preview:
    preview = shown(scene, data, name, level)
    importing.enter(scene, preview)
    return preview


def shifts(scene: Scene) -> list[tuple[str, str, str]]:
    """Whose shift, from when, until when, on the wall."""
    rows = scene.session.scalars(select(RotaShift).order_by(RotaShift.starts_at, RotaShift.id))
    return [
        (
            row.agent.name.split()[0],
            f"{row.starts_at.astimezone(TORONTO):%d %H:%M}",
            f"{row.ends_at.astimezone(TORONTO):%d %H:%M}",
        )
        for row in rows
    ]


def on_call(scene: Scene, at: str) -> tuple[int, ...]:
    moment = local(at)
    rota = tables.read(scene.session, scene.policy, scene.line_number, moment)
    return order(who(rota, moment)).get("on_call", ())


def test_nothing_is_written_before_it_is_entered(scene: Scene) -> None:
    preview = shown(scene, feeds.PAGERDUTY)
    assert [shift.agent for shift in preview.added] == [1, 2]
    assert shifts(scene) == []
    importing.enter(scene, preview)
    assert shifts(scene) == [("Alice", "30 08:00", "07 08:00"), ("Bob", "07 08:00", "14 08:00")]
    assert on_call(scene, "2026-12-07 08:00") == (2,)


def test_again_changes_nothing(scene: Scene) -> None:
    bring(scene, feeds.PAGERDUTY)
    ids = list(scene.session.scalars(select(RotaShift.id)))
    preview = bring(scene, feeds.PAGERDUTY)
    assert (preview.added, preview.removed, preview.kept) == ({}, [], 2)
    assert list(scene.session.scalars(select(RotaShift.id))) == ids


def test_what_it_has_no_more_is_removed_and_another_calendars_stays(scene: Scene) -> None:
    bring(scene, ics(event("alice.1", MONDAY, TUESDAY)), "other")
    bring(scene, ics(event("bob.2", MONDAY, TUESDAY) + "\n" + event("bob.2", TUESDAY, WEDNESDAY)))
    preview = bring(scene, ics(event("bob.2", MONDAY, TUESDAY)))
    assert (len(preview.added), len(preview.removed), preview.kept) == (0, 1, 1)
    assert shifts(scene) == [("Alice", "30 08:00", "01 08:00"), ("Bob", "30 08:00", "01 08:00")]


def test_the_same_calendar_at_another_level_moves(scene: Scene) -> None:
    bring(scene, feeds.PAGERDUTY)
    preview = bring(scene, feeds.PAGERDUTY, level="second")
    assert (len(preview.added), len(preview.removed)) == (2, 2)
    assert set(scene.session.scalars(select(RotaShift.level))) == {"second"}


def test_what_is_over_stays_on_record(scene: Scene) -> None:
    bring(
        scene, ics(event("alice.1", MONDAY, TUESDAY) + "\n" + event("alice.1", TUESDAY, WEDNESDAY))
    )
    scene.now = local("2026-12-01 09:00")
    preview = bring(scene, ics(event("bob.2", WEDNESDAY, THURSDAY)))
    assert len(preview.removed) == 1
    assert shifts(scene) == [
        ("Alice", "30 08:00", "01 08:00"),
        ("Alice", "01 08:00", "01 09:00"),
        ("Bob", "02 08:00", "03 08:00"),
    ]


def test_a_shift_that_runs_and_is_shortened_is_one(scene: Scene) -> None:
    bring(scene, ics(event("alice.1", MONDAY, WEDNESDAY)))
    scene.now = local("2026-12-01 07:00")
    bring(scene, ics(event("alice.1", MONDAY, TUESDAY) + "\n" + event("bob.2", TUESDAY, WEDNESDAY)))
    assert shifts(scene) == [("Alice", "30 08:00", "01 08:00"), ("Bob", "01 08:00", "02 08:00")]


def test_an_event_that_is_there_twice_is_one_shift(scene: Scene) -> None:
    twice = event("alice.1", MONDAY, TUESDAY) + "\n" + event("alice.1", MONDAY, TUESDAY, uid="x")
    bring(scene, ics(twice))
    assert shifts(scene) == [("Alice", "30 08:00", "01 08:00")]


def test_each_event_that_matches_nobody_is_told(scene: Scene) -> None:
    body = [
        event("Dîner", MONDAY, TUESDAY),
        event("Denis Roy", MONDAY, TUESDAY),
        event("Alice Roy", MONDAY, MONDAY),
        event("Alice Roy", TUESDAY, WEDNESDAY),
    ]
    preview = bring(scene, ics("\n".join(body)))
    assert sorted((one.summary, one.why.key) for one in preview.unmatched) == [
        ("Alice Roy", "rota.event_empty"),
        ("Denis Roy", "rota.event_unusable"),
        ("Dîner", "rota.event_nobody"),
    ]
    assert shifts(scene) == [("Alice", "01 08:00", "02 08:00")]


def test_of_grafanas_ranks_the_highest_is_on_call(scene: Scene, agents: dict[str, Agent]) -> None:
    bring(scene, feeds.GRAFANA)
    assert on_call(scene, "2026-11-30 12:00") == (2,)
    agents["bob"].active = False
    assert on_call(scene, "2026-11-30 12:00") == (1,)


def test_only_for_a_product(scene: Scene) -> None:
    read = feed.read(feeds.PAGERDUTY, TORONTO, scene.now, scene.now + importing.AHEAD)
    scope = Scope(frozenset({"imaging"}))
    importing.enter(scene, importing.preview(scene, read, "pager", "on_call", scope))
    at = local("2026-11-30 12:00")
    rota = tables.read(scene.session, scene.policy, scene.line_number, at)
    assert order(who(rota, at, "imaging"))["on_call"] == (1,)
    assert "on_call" not in order(who(rota, at, "billing"))
    again = importing.preview(scene, read, "pager", "on_call", scope)
    assert (len(again.added), again.kept) == (0, 2)


@pytest.mark.parametrize(("data", "empties"), [(ics(""), True), (feeds.PAGERDUTY, False)])
def test_a_calendar_that_leaves_nothing_says_so(scene: Scene, data: bytes, empties: bool) -> None:
    assert not shown(scene, data).empties
    bring(scene, feeds.PAGERDUTY)
    assert shown(scene, data).empties is empties
