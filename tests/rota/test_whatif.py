"""What a change of a rotation would do, told before it is made, and the same once it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ivr.models import Agent, RotaLayer
from ivr.rota import planning, review, tables, whatif
from ivr.rota.layers import LayerPlan
from ivr.rota.planning import LayerChange
from ivr.rota.refusal import Refused
from ivr.scene import Scene
from tests.rota.cast import NIGHTS, local

Agents = dict[str, Agent]
AT = local("2026-12-01 12:00")


def plan(agents: Agents, *members: str, **more: Any) -> LayerPlan:
    emails = tuple(agents[name].email for name in members)
    facts: dict[str, Any] = {"level": "on_call", "name": "Garde", "place": 0, **more}
    facts = {"first_day": date(2026, 11, 2), "days": 7, "handover": time(8), **facts}
    return LayerPlan(members=emails, **facts)


@pytest.fixture
def layer(scene: Scene, agents: Agents) -> RotaLayer:
    """Alice and Bob, a week each; it is Saturday 28 November, in Bob's."""
    added = LayerChange("added", "on_call", "Garde", None, plan(agents, "alice", "bob"))
    planning.enter(scene.session, [added], local("2026-11-02 08:00"), local("2026-01-05 08:00"))
    return scene.session.scalars(select(RotaLayer)).one()


CHANGES: dict[str, Any] = {
    "another member": {"members": ("alice", "bob", "chloe")},
    "another handover": {"members": ("alice", "bob"), "handover": time(16, 30)},
    "days": {"members": ("alice", "bob"), "days": 1},
    "nights": {"members": ("alice", "bob"), "windows": NIGHTS},
    "an end": {"members": ("alice", "bob"), "ends_at": local("2026-12-20 00:00")},
    "nobody": None,
}


def change_of(agents: Agents, layer: RotaLayer, facts: dict[str, Any] | None) -> LayerChange:
    if facts is None:
        return LayerChange("ended", layer.level, layer.name, layer)
    more = {name: value for name, value in facts.items() if name != "members"}
    wanted = replace(plan(agents, *facts["members"], **more), starts_at=AT)
    return LayerChange("changed", layer.level, layer.name, layer, wanted)


@pytest.mark.parametrize("facts", CHANGES.values(), ids=CHANGES)
def test_what_is_told_is_what_happens(
    scene: Scene, agents: Agents, layer: RotaLayer, facts: dict[str, Any] | None
) -> None:
    change, end = change_of(agents, layer, facts), AT + whatif.AHEAD

    def read() -> tables.Rota:
        return tables.read(scene.session, scene.policy, scene.line_number, AT, end)

    before, gaps = read(), review.find_gaps(scene, AT, end)
    told = whatif.effect(scene, change, AT)
    assert read() == before  # nothing is written
    planning.enter(scene.session, [change], AT, scene.now)
    after = read()
    assert list(told.differences) == list(whatif.differences(before, after, AT, end))
    assert told.differences
    now = review.find_gaps(scene, AT, end)
    assert set(told.gaps) == set(now) - set(gaps)
    assert set(told.mended) == set(gaps) - set(now)


def test_the_last_rotation_gone_is_a_gap(scene: Scene, agents: Agents, layer: RotaLayer) -> None:
    told = whatif.effect(scene, change_of(agents, layer, None), AT)
    assert told.gaps
    assert all(one.after == () for one in told.differences)


def test_a_gap_that_is_mended_is_told(scene: Scene, agents: Agents) -> None:
    added = LayerChange("added", "on_call", "Garde", None, plan(agents, "alice"))
    told = whatif.effect(scene, added, AT)
    assert (told.gaps, bool(told.mended)) == ((), True)


def test_turns_that_are_announced_too_late_are_told(
    scene: Scene, agents: Agents, layer: RotaLayer
) -> None:
    change = change_of(agents, layer, CHANGES["another member"])
    keys = {one.key for one in whatif.effect(scene, change, AT).findings}
    assert keys == {"rota.late_notice"}


def test_the_higher_rotation_goes_before(scene: Scene, agents: Agents, layer: RotaLayer) -> None:
    facts = {"name": "Noël", "place": 1, "starts_at": AT}
    over = LayerChange("added", "on_call", "Noël", None, plan(agents, "chloe", **facts))
    under = replace(over, plan=plan(agents, "chloe", **{**facts, "place": 0}))
    layer.place = 1
    scene.session.flush()
    assert {one.after for one in whatif.effect(scene, over, AT).differences} == {
        (agents["chloe"].id,)
    }
    assert whatif.effect(scene, under, AT).differences == ()


def test_a_member_who_is_no_agent_is_refused(
    scene: Scene, agents: Agents, layer: RotaLayer
) -> None:
    wanted = replace(plan(agents, "alice"), members=("x@example.org",))
    with pytest.raises(Refused):
        whatif.effect(scene, LayerChange("changed", "on_call", "Garde", layer, wanted), AT)


def test_differences_that_touch_are_one(scene: Scene, agents: Agents, layer: RotaLayer) -> None:
    """Weeks of one person become weeks of another: each week is told once."""
    told = whatif.effect(scene, change_of(agents, layer, {"members": ("bob", "alice")}), AT)
    assert len(told.differences) == 9
    assert told.differences[-1].end == AT + whatif.AHEAD
    assert told.differences[0].end - AT < timedelta(days=7)
    assert scene.session.scalar(select(func.count()).select_from(RotaLayer)) == 1
