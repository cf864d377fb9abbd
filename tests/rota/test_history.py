"""Who was on call at a past moment, and turns that are told uncut across now."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from ivr.models import Agent, RotaLayer, RotaLayerMember
from ivr.rota import entering, history
from ivr.rota.stretches import Duty
from ivr.scene import Scene
from tests.rota.cast import local, span

Agents = dict[str, Agent]


@pytest.fixture(autouse=True)
def weekly(scene: Scene, agents: Agents) -> None:
    """Alice, Denis (who has left) and Bob, a week each from Mondays at 8:00."""
    enter(scene, agents["alice"], agents["denis"], agents["bob"])


def enter(scene: Scene, *members: Agent, **more: Any) -> RotaLayer:
    facts: dict[str, Any] = {
        "level": "on_call",
        "place": 0,
        "name": "Garde",
        "first_day": date(2026, 11, 9),
        "handover": time(8),
        "entered_at": local("2026-01-05 08:00"),
    }
    layer = RotaLayer(
        **facts | more,
        members=[RotaLayerMember(position=n, agent_id=one.id) for n, one in enumerate(members)],
    )
    scene.session.add(layer)
    scene.session.flush()
    return layer


def told(scene: Scene, start: str, end: str) -> list[tuple[str, datetime, datetime]]:
    names = {one.id: one.name.split()[0] for one in scene.session.query(Agent)}
    found: list[Duty] = history.turns(scene, local(start), local(end))
    return [(names[one.place.agent], one.start, one.end) for one in found]


def on_duty(scene: Scene, at: str) -> tuple[int, ...]:
    return next(one.duty for one in history.levels_then(scene, local(at)) if one.name == "on_call")


def test_whoever_has_left_since_was_on_call_then(scene: Scene, agents: Agents) -> None:
    assert on_duty(scene, "2026-11-20 02:00") == (agents["denis"].id,)


def test_whoever_has_left_is_not_on_call_to_come(scene: Scene, agents: Agents) -> None:
    assert on_duty(scene, "2026-12-10 02:00") == (agents["bob"].id,)


def test_a_turn_that_runs_is_told_once_and_whole(scene: Scene) -> None:
    """It is Saturday the 28th, in Bob's week."""
    week = told(scene, "2026-11-27 00:00", "2026-11-30 00:00")
    assert week == [("Bob", local("2026-11-23 08:00"), local("2026-11-30 08:00"))]


def test_what_lies_outside_the_asked_time_still_cuts_a_turn(scene: Scene, agents: Agents) -> None:
    """An override that is over, and one of next week, inside turns that touch the asked time."""
    chloe = agents["chloe"]
    entering.override(scene, chloe, span("2026-11-24 08:00", "2026-11-25 08:00"), level="on_call")
    entering.override(scene, chloe, span("2026-12-03 08:00", "2026-12-04 08:00"), level="on_call")
    assert told(scene, "2026-11-28 02:00", "2026-12-01 00:00") == [
        ("Bob", local("2026-11-25 08:00"), local("2026-11-30 08:00")),
        ("Alice", local("2026-11-30 08:00"), local("2026-12-03 08:00")),
    ]


def test_an_agent_who_left_during_a_turn_had_it_until_now(scene: Scene, agents: Agents) -> None:
    agents["bob"].active = False
    scene.session.flush()
    now = scene.now
    assert told(scene, "2026-11-27 00:00", "2026-11-30 00:00") == [
        ("Bob", local("2026-11-23 08:00"), now),
        ("Alice", now, local("2026-11-30 08:00")),
    ]


def test_pieces_of_one_turn_around_an_override_are_each_told(scene: Scene, agents: Agents) -> None:
    chloe = agents["chloe"]
    entering.override(scene, chloe, span("2026-11-24 08:00", "2026-11-25 08:00"), level="on_call")
    assert told(scene, "2026-11-23 08:00", "2026-11-30 08:00") == [
        ("Bob", local("2026-11-23 08:00"), local("2026-11-24 08:00")),
        ("Chloé", local("2026-11-24 08:00"), local("2026-11-25 08:00")),
        ("Bob", local("2026-11-25 08:00"), local("2026-11-30 08:00")),
    ]


@pytest.mark.parametrize("days", [0, 3, 9, 30])
def test_the_same_turns_are_told_whenever_they_are_asked_for(scene: Scene, days: int) -> None:
    """A calendar's UIDs rest on it."""
    asked = local("2026-12-22 12:00")
    scene.now = local("2026-11-28 02:00") + timedelta(days=days)
    found = history.turns(scene, asked, asked + timedelta(minutes=1))
    assert [(one.start, one.end) for one in found] == [span("2026-12-21 08:00", "2026-12-28 08:00")]
