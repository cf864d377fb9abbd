"""Overrides and shifts by hand: from now if need be, for the record, and never forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr.models import Agent, RotaOverride, RotaShift
from ivr.rota import entering, planning, tables, who
from ivr.rota.layers import from_data
from ivr.rota.refusal import Refused
from ivr.scene import Scene
from tests.rota import feeds
from tests.rota.cast import DAY, HOUR, local, order, span
from tests.rota.test_importing import bring
from tests.rota.test_layers import WEEKS, plans


@pytest.fixture(autouse=True)
def rotation(scene: Scene) -> None:
    """Alice is on call this week, Bob the next."""
    changes = planning.compare(scene.session, plans(WEEKS, scene.policy), scene.now - 7 * DAY)
    planning.enter(scene.session, changes, scene.now - 7 * DAY, scene.now - 7 * DAY)


def on_call(scene: Scene, at: str | None = None) -> tuple[int, ...]:
    moment = local(at) if at else scene.now
    rota = tables.read(scene.session, scene.policy, scene.line_number, moment)
    return order(who(rota, moment)).get("on_call", ())


def refused(key: str) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=key, check=lambda error: error.reason.key == key)


class TestOverride:
    """It may begin this very second."""

    def test_from_now(self, scene: Scene, agents: dict[str, Agent]) -> None:
        entering.override(scene, agents["chloe"], (scene.now, scene.now + HOUR))
        assert on_call(scene) == (3, 2)
        scene.now += HOUR
        assert on_call(scene) == (1, 2)

    def test_who_entered_it_and_when_is_kept(self, scene: Scene, agents: dict[str, Agent]) -> None:
        row = entering.override(
            scene,
            agents["chloe"],
            (scene.now, scene.now + HOUR),
            replaces=agents["alice"],
            by=agents["bob"],
            note="malade",
        )
        assert (row.entered_at, row.entered_by, row.note) == (scene.now, agents["bob"], "malade")
        assert row.level is None

    def test_in_the_past_for_the_record(self, scene: Scene, agents: dict[str, Agent]) -> None:
        entering.override(scene, agents["chloe"], span("2026-11-26 18:00", "2026-11-26 20:00"))
        assert on_call(scene, "2026-11-26 19:00") == (3, 2)
        assert on_call(scene) == (1, 2)

    def test_withdrawn_while_it_runs_it_held_until_then(
        self, scene: Scene, agents: dict[str, Agent]
    ) -> None:
        row = entering.override(scene, agents["chloe"], (scene.now, scene.now + DAY))
        scene.now += HOUR
        entering.withdraw(scene, row.id, agents["bob"])
        assert on_call(scene) == (1, 2)
        assert on_call(scene, "2026-11-28 02:59") == (3, 2)
        kept = scene.session.scalars(select(RotaOverride)).one()
        assert (kept.withdrawn_at, kept.withdrawn_by_id) == (scene.now, agents["bob"].id)
        assert kept.ends_at == scene.now - HOUR + DAY

    def test_withdrawn_before_it_begins_it_never_held(
        self, scene: Scene, agents: dict[str, Agent]
    ) -> None:
        tomorrow = (scene.now + DAY, scene.now + 2 * DAY)
        row = entering.override(scene, agents["chloe"], tomorrow)
        entering.withdraw(scene, row.id)
        scene.now += DAY
        assert on_call(scene) == (1, 2)
        assert entering.standing_overrides(scene) == []

    def test_cannot_be_withdrawn_twice_or_when_it_is_over(
        self, scene: Scene, agents: dict[str, Agent]
    ) -> None:
        row = entering.override(scene, agents["chloe"], (scene.now, scene.now + HOUR))
        over = entering.override(scene, agents["chloe"], (scene.now - HOUR, scene.now))
        entering.withdraw(scene, row.id)
        with refused("rota.withdrawn_already"):
            entering.withdraw(scene, row.id)
        with refused("rota.over_already"):
            entering.withdraw(scene, over.id)
        with refused("rota.no_such_override"):
            entering.withdraw(scene, 999)

    def test_refused(self, scene: Scene, agents: dict[str, Agent]) -> None:
        hour = (scene.now, scene.now + HOUR)
        with refused("rota.ends_before_start"):
            entering.override(scene, agents["chloe"], (scene.now, scene.now))
        with refused("rota.same_agent"):
            entering.override(scene, agents["chloe"], hour, replaces=agents["chloe"])
        with refused("rota.unusable"):
            entering.override(scene, agents["denis"], hour)
        agents["chloe"].phone = "+19005550199"
        with refused("rota.unusable"):
            entering.override(scene, agents["chloe"], hour)

    def test_that_changes_nothing_is_told(self, scene: Scene, agents: dict[str, Agent]) -> None:
        hour = (scene.now, scene.now + HOUR)
        nothing = entering.override(scene, agents["bob"], hour, replaces=agents["chloe"])
        told = entering.idle(scene, nothing)
        assert told
        assert told.key == "rota.idle"
        some = entering.override(scene, agents["chloe"], hour, replaces=agents["alice"])
        assert entering.idle(scene, some) is None


class TestShift:
    """A shift by hand goes over the rotation, and is taken back from now on."""

    def test_over_the_rotation(self, scene: Scene, agents: dict[str, Agent]) -> None:
        entering.shift(scene, agents["chloe"], (scene.now, scene.now + HOUR), "on_call")
        assert on_call(scene) == (3,)

    def test_taken_back(self, scene: Scene, agents: dict[str, Agent]) -> None:
        row = entering.shift(scene, agents["chloe"], (scene.now, scene.now + DAY), "on_call")
        scene.now += HOUR
        entering.remove_shift(scene, row.id)
        assert on_call(scene) == (1, 2)
        assert on_call(scene, "2026-11-28 02:59") == (3,)
        scene.now += HOUR
        with refused("rota.over_already"):
            entering.remove_shift(scene, row.id)

    def test_before_it_begins_it_is_gone(self, scene: Scene, agents: dict[str, Agent]) -> None:
        tomorrow = (scene.now + DAY, scene.now + 2 * DAY)
        row = entering.shift(scene, agents["chloe"], tomorrow, "on_call")
        entering.remove_shift(scene, row.id)
        scene.session.flush()
        assert scene.session.scalars(select(RotaShift)).all() == []
        with refused("rota.no_such_shift"):
            entering.remove_shift(scene, row.id)

    def test_one_of_a_calendar_is_changed_there(self, scene: Scene) -> None:
        bring(scene, feeds.PAGERDUTY)
        row = scene.session.scalars(select(RotaShift)).first()
        assert row
        with refused("rota.shift_of_feed"):
            entering.remove_shift(scene, row.id)


@pytest.mark.parametrize(
    ("who", "name"),
    [("ALICE.1@example.org ", "Alice Roy"), ("chloé côté", "Chloé Côté")],
)
def test_an_agent_by_address_or_name(scene: Scene, who: str, name: str) -> None:
    assert entering.agent_of(scene, who).name == name


def test_an_agent_who_is_not_known_or_not_the_only_one(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    with refused("rota.unknown_agent"):
        entering.agent_of(scene, "personne")
    agents["bob"].name = "Alice Roy"
    scene.session.flush()
    with refused("rota.several_agents"):
        entering.agent_of(scene, "alice roy")


def test_changes_are_timed_to_the_second(scene: Scene, agents: dict[str, Agent]) -> None:
    scene.now += timedelta(seconds=13)
    entering.override(scene, agents["chloe"], (scene.now, scene.now + timedelta(seconds=1)))
    assert on_call(scene) == (3, 2)
    assert from_data([], scene.policy) == []
