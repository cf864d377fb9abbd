"""Overrides and shifts by hand: from now if need be, for the record, and never forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr.models import Agent, AuditLine, RotaOverride, RotaShift
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


class TestMoving:
    """Other hours for what was entered by hand; what has been stays as it was."""

    def test_an_override_to_come_is_entered_anew(
        self, scene: Scene, agents: dict[str, Agent]
    ) -> None:
        old = entering.override(
            scene, agents["chloe"], span("2026-11-29 08:00", "2026-11-29 12:00"), note="noces"
        )
        moved = span("2026-11-29 14:00", "2026-11-29 18:00")
        new = entering.change_override(scene, old.id, moved, agents["bob"])
        assert (old.withdrawn_at, old.withdrawn_by_id) == (scene.now, agents["bob"].id)
        assert (new.note, new.agent, new.entered_by) == ("noces", agents["chloe"], agents["bob"])
        assert on_call(scene, "2026-11-29 09:00") == (1, 2)
        assert on_call(scene, "2026-11-29 15:00") == (3, 2)

    def test_one_that_runs_keeps_what_it_was(self, scene: Scene, agents: dict[str, Agent]) -> None:
        began = scene.now
        old = entering.override(scene, agents["chloe"], (began, began + HOUR))
        scene.now += HOUR / 2
        entering.change_override(scene, old.id, (began - DAY, scene.now + HOUR))
        assert [old.withdrawn_at, on_call(scene, "2026-11-27 12:00")] == [scene.now, (1, 2)]
        rows = scene.session.scalars(select(RotaOverride).order_by(RotaOverride.id)).all()
        assert [(one.starts_at, one.ends_at) for one in rows] == [
            (began, began + HOUR),
            (scene.now, scene.now + HOUR),
        ]

    def test_a_shift_to_come_moves(self, scene: Scene, agents: dict[str, Agent]) -> None:
        row = entering.shift(
            scene, agents["chloe"], span("2026-11-29 08:00", "2026-11-29 12:00"), "on_call"
        )
        moved = span("2026-11-29 14:00", "2026-11-29 18:00")
        entering.change_shift(scene, row.id, moved)
        assert (row.starts_at, row.ends_at) == moved

    def test_one_that_has_begun_ends_at_another_time(
        self, scene: Scene, agents: dict[str, Agent]
    ) -> None:
        began = scene.now
        row = entering.shift(scene, agents["chloe"], (began, began + DAY), "on_call")
        scene.now += HOUR
        entering.change_shift(scene, row.id, (scene.now + HOUR, began + 2 * DAY))
        assert (row.starts_at, row.ends_at) == (began, began + 2 * DAY)
        with refused("rota.over_already"):
            entering.change_shift(scene, row.id, (began, began + HOUR / 2))

    def test_what_makes_no_sense_is_refused(self, scene: Scene, agents: dict[str, Agent]) -> None:
        row = entering.shift(
            scene, agents["chloe"], span("2026-11-29 08:00", "2026-11-29 12:00"), "on_call"
        )
        with refused("rota.ends_before_start"):
            entering.change_shift(scene, row.id, span("2026-11-29 18:00", "2026-11-29 14:00"))
        with refused("rota.no_such_shift"):
            entering.change_shift(scene, 999, span("2026-11-29 14:00", "2026-11-29 18:00"))
        with refused("rota.no_such_override"):
            entering.change_override(scene, 999, span("2026-11-29 14:00", "2026-11-29 18:00"))

    def test_each_change_leaves_a_line(self, scene: Scene, agents: dict[str, Agent]) -> None:
        hours = span("2026-11-29 08:00", "2026-11-29 12:00")
        override = entering.override(scene, agents["chloe"], hours, by=agents["bob"])
        entering.withdraw(scene, override.id, agents["bob"])
        shift = entering.shift(scene, agents["chloe"], hours, "on_call", by=agents["bob"])
        entering.change_shift(scene, shift.id, span("2026-11-29 14:00", "2026-11-29 18:00"))
        entering.remove_shift(scene, shift.id, agents["bob"])
        scene.session.flush()
        lines = scene.session.scalars(select(AuditLine).order_by(AuditLine.id)).all()
        assert [(one.act, one.agent_id) for one in lines] == [
            ("override_entered", 2),
            ("override_withdrawn", 2),
            ("shift_entered", 2),
            ("shift_changed", None),
            ("shift_removed", 2),
        ]
        assert {one.subject for one in lines} == {"Chloé Côté"}
