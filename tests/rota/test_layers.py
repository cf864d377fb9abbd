"""Layers out of a file: checked, compared, entered, and what was is kept."""

from __future__ import annotations

import tomllib
from datetime import date, time

import pytest
from sqlalchemy import select

from ivr.checked_table import PolicyError
from ivr.models import RotaLayer
from ivr.policy import Policy
from ivr.rota import planning, tables, who
from ivr.rota.layers import LayerPlan, from_data
from ivr.rota.refusal import Refused
from ivr.scene import Scene
from tests.rota.cast import local, order

WEEKS = """
[[rota]]
level = "on_call"
name = "Semaine"
members = ["alice.1@example.org", "bob.2@example.org"]
rotation = "weekly"
weekday = "monday"
handover = "8:00"
anchor = 2026-01-07
"""
NIGHTS = """
[[rota]]
level = "on_call"
name = "Nuits"
members = ["Chloe.3@example.org"]
rotation = "daily"
every = 2
handover = "17:30"
anchor = 2026-01-05
hours = { weekdays = ["16:30-24:00", "0:00-8:00"], weekend = ["0:00-24:00"], holidays = [] }
products = ["medical"]
languages = ["en"]
backups = 1
language_first = true
starts = 2026-12-01
ends = 2027-02-01T06:30:00
"""


def plans(text: str, policy: Policy) -> list[LayerPlan]:
    return from_data(tomllib.loads(text).get("rota", []), policy)


def enter(scene: Scene, text: str) -> list[str]:
    changes = planning.compare(scene.session, plans(text, scene.policy), scene.now)
    planning.enter(scene.session, changes, scene.now, scene.now)
    return [change.kind for change in changes]


def on_call(scene: Scene, at: str, product: str | None = None) -> tuple[int, ...]:
    moment = local(at)
    rota = tables.read(scene.session, scene.policy, scene.line_number, moment)
    return order(who(rota, moment, product)).get("on_call", ())


def test_what_a_file_says(policy: Policy) -> None:
    weeks, nights = plans(WEEKS + NIGHTS, policy)
    assert (weeks.first_day, weeks.days, weeks.handover) == (date(2026, 1, 5), 7, time(8))
    assert (nights.first_day, nights.days, nights.place) == (date(2026, 1, 5), 2, 1)
    assert nights.members == ("chloe.3@example.org",)
    assert nights.starts_at == local("2026-12-01 17:30")
    assert nights.ends_at == local("2027-02-01 06:30")
    assert (nights.products, nights.languages) == (("medical",), ("en",))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"on_call"', '"guard"', "rota[1].level: 'guard' is wrong: one of on_call"),
        ('name = "Semaine"', "", "rota[1].name: missing"),
        ('["alice.1@example.org", "bob.2@example.org"]', "[]", "rota[1].members"),
        ('"weekly"', '"hourly"', "rota[1].rotation"),
        ('"monday"', '"lundi"', "rota[1].weekday"),
        ('"8:00"', '"8h"', "rota[1].handover"),
        ("2026-01-07", '"2026-02-30"', "rota[1].anchor"),
        ('rotation = "weekly"', 'rotation = "weekly"\nevery = 0', "rota[1].every"),
        ('rotation = "weekly"', 'rotation = "weekly"\nback = 1', "rota[1].back: there is no such"),
        ('rotation = "weekly"', 'rotation = "weekly"\nbackups = -1', "rota[1].backups"),
        ('rotation = "weekly"', 'rotation = "weekly"\nproducts = ["x"]', "rota[1].products"),
        ('rotation = "weekly"', 'rotation = "weekly"\nlanguages = ["de"]', "rota[1].languages"),
        (
            'rotation = "weekly"',
            'rotation = "weekly"\nlanguage_first = 2',
            "rota[1].language_first",
        ),
        (
            'rotation = "weekly"',
            'rotation = "weekly"\nhours = {lundi = []}',
            "rota[1].hours: lundi",
        ),
        (
            'rotation = "weekly"',
            'rotation = "weekly"\nstarts = 2026-12-01\nends = 2026-12-01',
            "rota[1].ends",
        ),
    ],
)
def test_refused(policy: Policy, old: str, new: str, sentence: str) -> None:
    assert old in WEEKS
    with pytest.raises(PolicyError) as refusal:
        plans(WEEKS.replace(old, new), policy)
    assert str(refusal.value).startswith(sentence)


def test_two_layers_of_one_level_have_two_names(policy: Policy) -> None:
    with pytest.raises(PolicyError, match=r"rota\[2\].name"):
        plans(WEEKS + WEEKS, policy)


def test_entered_it_is_who_is_on_call(scene: Scene) -> None:
    assert enter(scene, WEEKS + NIGHTS) == ["added", "added"]
    assert on_call(scene, "2026-11-28 02:00") == (1, 2)
    assert on_call(scene, "2026-12-01 17:30", "medical") == (2, 1, 3)
    assert on_call(scene, "2026-12-01 17:30", "billing") == (2, 1)


def test_the_same_again_is_kept(scene: Scene) -> None:
    enter(scene, WEEKS + NIGHTS)
    ids = list(scene.session.scalars(select(RotaLayer.id)))
    assert enter(scene, WEEKS + NIGHTS) == ["kept", "kept"]
    assert list(scene.session.scalars(select(RotaLayer.id))) == ids


def test_a_layer_that_changes_holds_from_now_on_and_was_before(scene: Scene) -> None:
    enter(scene, WEEKS)
    scene.now = local("2026-12-10 12:00")
    assert enter(scene, WEEKS.replace("alice.1", "chloe.3")) == ["changed"]
    assert on_call(scene, "2026-12-10 11:59") == (1, 2)
    assert on_call(scene, "2026-12-10 12:00") == (3, 2)


def test_one_that_the_file_no_longer_has_ends_now(scene: Scene) -> None:
    enter(scene, WEEKS)
    scene.now = local("2026-12-10 12:00")
    assert enter(scene, "") == ["ended"]
    assert on_call(scene, "2026-12-10 11:59") == (1, 2)
    assert on_call(scene, "2026-12-10 12:00") == ()


def test_one_that_has_not_begun_is_gone(scene: Scene) -> None:
    enter(scene, NIGHTS)
    assert enter(scene, "") == ["ended"]
    assert scene.session.scalars(select(RotaLayer)).all() == []


def test_it_may_hold_from_a_later_moment(scene: Scene) -> None:
    enter(scene, WEEKS)
    monday = local("2026-12-07 08:00")
    later = plans(WEEKS.replace("alice.1", "chloe.3"), scene.policy)
    changes = planning.compare(scene.session, later, monday)
    planning.enter(scene.session, changes, monday, scene.now)
    assert on_call(scene, "2026-12-07 07:59") == (2, 1)
    assert on_call(scene, "2026-12-07 08:00") == (3, 2)


def test_a_member_who_is_no_agent_is_refused(scene: Scene) -> None:
    with pytest.raises(Refused) as refusal:
        enter(scene, WEEKS.replace("alice.1", "nobody"))
    assert refusal.value.reason.key == "rota.no_such_agent"


def test_windows_that_make_no_sense_in_the_database_restrict_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is on call at night is not lost to a value that somebody mended by hand."""
    enter(scene, WEEKS)
    scene.session.scalars(select(RotaLayer)).one().windows = {"lundi": ["8-9"]}
    scene.session.flush()
    assert on_call(scene, "2026-11-28 02:00") == (1, 2)
    assert "its windows make no sense" in caplog.text
