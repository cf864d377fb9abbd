"""What is wrong with the rota of the database: gaps, levels that are not there, work."""

from __future__ import annotations

from datetime import timedelta

from ivr.models import Agent, Incident, Leg
from ivr.rota import entering, review
from ivr.scene import Scene
from tests.rota.cast import DAY, HOUR, WEEK, local
from tests.rota.test_staff import layer


def test_gaps_of_the_hours_outside_the_desks(scene: Scene, agents: dict[str, Agent]) -> None:
    whole = review.find_gaps(scene, scene.now, scene.now + 3 * DAY)
    assert [(gap.start, gap.end) for gap in whole] == [
        (scene.now, local("2026-11-30 08:00")),
        (local("2026-11-30 16:30"), local("2026-12-01 02:00")),
    ]
    layer(scene, "on_call", agents["alice"])
    assert review.find_gaps(scene, scene.now, scene.now + 14 * DAY) == []


def test_a_level_that_the_policy_no_longer_has(scene: Scene, agents: dict[str, Agent]) -> None:
    layer(scene, "on_call", agents["alice"])
    assert review.unknown_levels(scene, scene.now, scene.now + DAY) == []
    layer(scene, "third", agents["alice"])
    (reason,) = review.unknown_levels(scene, scene.now, scene.now + DAY)
    assert (reason.key, reason.facts) == ("rota.unknown_level", {"name": "third"})


def call(scene: Scene, agent: Agent, start: str, hours: float) -> None:
    """The agent accepted a call then, and talked for so long."""
    number = scene.session.query(Incident).count()
    incident = Incident(
        reference=f"{number:06}",
        language="fr",
        priority="P1",
        opened_at=local(start),
        due_at=local(start),
    )
    leg = Leg(
        kind="hunt",
        incident=incident,
        agent=agent,
        number=agent.phone,
        created_at=local(start),
        accepted_at=local(start),
        ended_at=local(start) + hours * HOUR,
    )
    scene.session.add_all([incident, leg])
    scene.session.flush()


def keys(scene: Scene, *counted: str) -> list[tuple[str, int]]:
    start = local("2026-11-22 00:00")
    found = review.find_labour(scene, start, start + WEEK, counted or None)
    return [(finding.key, finding.agent) for finding in found]


def test_on_call_at_home_is_no_work_unless_the_data_says_so(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    long_known = scene.now - timedelta(days=60)
    now, scene.now = scene.now, long_known
    layer(scene, "on_call", agents["alice"], agents["bob"])
    scene.now = now
    assert keys(scene) == []
    found = keys(scene, "on_call")
    assert ("rota.long_week", agents["alice"].id) in found
    assert ("rota.long_day", agents["bob"].id) in found


def test_the_time_of_calls_is_work_beside_the_desks_hours(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    agents["alice"].on_desk = True
    assert keys(scene) == []
    call(scene, agents["alice"], "2026-11-24 01:00", 3)
    assert keys(scene) == []
    call(scene, agents["alice"], "2026-11-24 04:30", 3)
    assert keys(scene) == [("rota.long_day", agents["alice"].id)]
    assert keys(scene, "manager") == []


def test_calls_of_the_weekend_that_leave_no_32_hours(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    agents["alice"].on_desk = True
    scene.now = local("2026-11-30 09:00")
    call(scene, agents["alice"], "2026-11-22 12:00", 0.5)
    call(scene, agents["alice"], "2026-11-28 12:00", 0.5)
    assert keys(scene) == []
    call(scene, agents["alice"], "2026-11-29 12:00", 0.5)
    assert keys(scene) == [("rota.short_rest", agents["alice"].id)]


def test_a_replacement_from_now_was_not_known_five_days_ahead(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    now, scene.now = scene.now, scene.now - timedelta(days=60)
    layer(scene, "on_call", agents["alice"])
    scene.now = now
    entering.override(scene, agents["chloe"], (scene.now, scene.now + HOUR))
    assert keys(scene) == [("rota.late_notice", agents["chloe"].id)]
