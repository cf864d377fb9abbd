"""Whom to ring at this moment, out of the database: the call's levels, and the whole chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time

import pytest

from ivr import staff
from ivr.last_rota import LastRota
from ivr.models import Agent, RotaLayer, RotaLayerMember
from ivr.rota import entering
from ivr.scene import Scene
from tests.rota.cast import HOUR


def layer(scene: Scene, level: str, *agents: Agent, **more: object) -> None:
    members = [RotaLayerMember(position=n, agent_id=one.id) for n, one in enumerate(agents)]
    scene.session.add(
        RotaLayer(
            level=level,
            place=more.pop("place", 0),
            name=level,
            first_day=date(2026, 1, 5),
            handover=time(8),
            members=members,
            entered_at=scene.now,
            **more,
        )
    )
    scene.session.flush()


def names(agents: Sequence[Agent]) -> list[str]:
    return [agent.email.split(".")[0] for agent in agents]


def chain(scene: Scene) -> dict[str, list[str]]:
    return {level.name: names(level.agents) for level in staff.levels(scene)}


def test_an_empty_rota_rings_everyone_and_nobody_is_on_call(scene: Scene) -> None:
    assert names(staff.to_ring(scene)) == ["alice", "bob", "chloe", "anne"]
    assert staff.on_call(scene) == []
    assert chain(scene) == {"everyone": ["alice", "bob", "chloe", "anne"]}


def test_an_empty_rota_publishes_nobodys_phone(scene: Scene) -> None:
    """The static route's own last number rings then: who is off duty stays out of it."""
    assert all(not turn.targets for turn in LastRota.of(scene).turns)


def test_in_a_call_the_first_levels_ring_and_the_chain_has_all(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    layer(scene, "on_call", agents["alice"], backups=0)
    layer(scene, "second", agents["bob"])
    layer(scene, "manager", agents["anne"])
    assert names(staff.on_call(scene)) == ["alice", "bob"]
    assert chain(scene) == {
        "on_call": ["alice"],
        "second": ["bob"],
        "manager": ["anne"],
        "everyone": ["chloe"],
    }


def test_where_nobody_of_those_is_on_call_the_next_level_rings(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    layer(scene, "manager", agents["anne"])
    assert names(staff.on_call(scene)) == ["anne"]
    layer(scene, "on_call", agents["denis"])
    assert names(staff.on_call(scene)) == ["anne"]


def test_the_levels_that_ring_are_data(scene: Scene, agents: dict[str, Agent]) -> None:
    layer(scene, "on_call", agents["alice"])
    layer(scene, "manager", agents["anne"])
    rota = replace(scene.policy.rota, rung_in_call=("on_call", "manager"))
    scene.policy = replace(scene.policy, rota=rota)
    assert names(staff.on_call(scene)) == ["alice", "anne"]


@pytest.mark.parametrize("phone", ["450 466", "+18005550100", "+19005550112", "911"])
def test_a_phone_that_the_line_cannot_ring_is_passed_over(
    scene: Scene, agents: dict[str, Agent], phone: str
) -> None:
    """One bad number in the rota never leaves a caller with music."""
    layer(scene, "on_call", agents["alice"], agents["bob"])
    agents["alice"].phone = phone
    scene.session.flush()
    assert names(staff.on_call(scene)) == ["bob"]
    agents["bob"].active = False
    scene.session.flush()
    assert staff.on_call(scene) == []
    assert names(staff.to_ring(scene)) == ["chloe", "anne"]


def test_an_override_that_begins_now_rings_now(scene: Scene, agents: dict[str, Agent]) -> None:
    layer(scene, "on_call", agents["alice"], agents["bob"])
    entering.override(
        scene, agents["chloe"], (scene.now, scene.now + HOUR), replaces=agents["alice"]
    )
    assert names(staff.on_call(scene)) == ["chloe", "bob"]


def test_by_product_and_language(scene: Scene, agents: dict[str, Agent]) -> None:
    layer(scene, "on_call", agents["alice"])
    layer(scene, "on_call", agents["bob"], place=1, products=["imaging"])
    layer(scene, "on_call", agents["anne"], place=2, languages=["en"])
    assert names(staff.on_call(scene, "imaging", "fr")) == ["bob", "anne"]
    assert names(staff.on_call(scene, "billing", "fr")) == ["alice", "anne"]
    assert names(staff.on_call(scene, "billing", "en")) == ["anne"]
    assert names(staff.on_call(scene)) == ["alice", "anne", "bob"]
