"""Rotations on the pages: what a change would do is shown first, then made as it was shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr.database import reading
from ivr.models import AuditLine, RotaLayer
from tests.console.cast import Browser, Cast, text
from tests.console.rota import at, form_of

# It is Monday 30 November, 9:00; Bob and Alice take a week each, and it is Alice's.
Signed = Callable[[str], Browser]


@pytest.fixture
def lead(cast: Cast, browser_of: Signed) -> Browser:
    cast.change(cast.bob, role="lead")
    return browser_of("bob")


def layers(cast: Cast) -> list[RotaLayer]:
    with reading(cast.line.sessions) as session:
        found = list(session.scalars(select(RotaLayer).order_by(RotaLayer.id)))
        assert all(layer.members for layer in found)
        return found


def filled(browser: Browser, action: str, **typed: Any) -> dict[str, Any]:
    """The form as the page has it, with other members and fields."""
    browser.get(action)
    return form_of(browser, action) | {"rotation": "weekly"} | typed


def preview(browser: Browser, action: str, **typed: Any) -> TestResponse:
    return browser.post(action, **filled(browser, action, **typed))


def confirm(browser: Browser, action: str) -> TestResponse:
    """Presses the button of the preview that is open; a browser sends every member."""
    members = [one for one in kept(browser) if one[0] == "member"]
    fields: dict[str, Any] = form_of(browser, action)
    return browser.post(action, **fields | {"member": [value for _, value in members]})


def kept(browser: Browser) -> list[tuple[str, str]]:
    return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', browser.page.text)


def members(cast: Cast, *agents: Any) -> list[str]:
    return [str(agent.id) for agent in agents]


class TestChanging:
    """A rotation that changes is ended and begun anew: what has been stays as it was."""

    def test_the_page_holds_what_is_in_force(self, lead: Browser, cast: Cast) -> None:
        said = text(lead.get("/rota/layers"))
        assert "Garde Une semaine chacun, relève le lundi à 8 h Bob Tremblay Alice Roy" in said
        lead.get("/rota/layers/1")
        fields = form_of(lead, "/rota/layers/1")
        assert (fields["name"], fields["every"]) == ("Garde", "1")
        assert (fields["first_day"], fields["handover"]) == ("2026-01-05", "08:00")

    def test_a_preview_writes_nothing(self, lead: Browser, cast: Cast) -> None:
        page = preview(lead, "/rota/layers/1", member=members(cast, cast.bob))
        assert page.status_code == 200
        said = text(page)
        assert "« Garde », au niveau Garde, change à partir du lundi 30 novembre à 9 h." in said
        assert "lundi 30 novembre à 9 h lundi 7 décembre à 8 h Alice Roy Bob Tremblay" in said
        assert "Normes du travail" in said  # it was announced too late
        assert len(layers(cast)) == 1

    def test_confirmed_it_holds_from_now_on(self, lead: Browser, cast: Cast) -> None:
        preview(lead, "/rota/layers/1", member=members(cast, cast.bob))
        page = confirm(lead, "/rota/layers/1")
        assert (page.status_code, page.location) == (303, "/rota/layers")
        old, new = layers(cast)
        assert old.ends_at == new.starts_at == cast.line.clock()
        assert [one.agent_id for one in new.members] == [cast.bob.id]
        with reading(cast.line.sessions) as session:
            line = session.scalars(select(AuditLine).where(AuditLine.act == "layer_changed")).one()
        assert (line.agent_id, line.subject) == (cast.bob.id, "Garde")
        assert "Bob Tremblay" in text(lead.get("/rota?day=2026-12-15"))

    def test_or_from_later_on(self, lead: Browser, cast: Cast) -> None:
        typed = {"member": members(cast, cast.bob), "at": "2026-12-07T08:00"}
        assert "à partir du lundi 7 décembre à 8 h" in text(
            preview(lead, "/rota/layers/1", **typed)
        )
        confirm(lead, "/rota/layers/1")
        old, new = layers(cast)
        assert old.ends_at == new.starts_at == at("2026-12-07 08:00")
        said = text(lead.get("/rota/layers"))
        assert "se termine le lundi 7 décembre à 8 h" in said
        assert "commence le lundi 7 décembre à 8 h" in said

    def test_never_from_the_past_on(self, lead: Browser, cast: Cast) -> None:
        typed = {"member": members(cast, cast.bob), "at": "2026-01-07T08:00"}
        preview(lead, "/rota/layers/1", **typed)
        confirm(lead, "/rota/layers/1")
        assert layers(cast)[0].ends_at == cast.line.clock()

    def test_all_that_a_rotation_can_be(self, lead: Browser, cast: Cast) -> None:
        typed = {
            "name": " Nuits  de garde ",
            "member": members(cast, cast.alice, cast.bob, cast.alice),
            "rotation": "daily",
            "every": "2",
            "first_day": "2026-12-01",
            "handover": "16:30",
            "restricted": "1",
            "hours_weekdays": "0:00-8:00, 16:30-24:00",
            "hours_weekend": "0:00-24:00",
            "hours_holidays": "-",
            "products": ["medical", "imaging"],
            "languages": ["en"],
            "language_first": "1",
            "backups": "0",
            "place": "3",
            "ends": "2027-01-31T08:00",
        }
        lead.get("/rota/layers/1")
        fields = form_of(lead, "/rota/layers/1") | typed
        lead.post("/rota/layers/1", **fields)
        assert lead.page.status_code == 200, text(lead.page)
        hidden: dict[str, Any] = {}
        for name, value in kept(lead):
            hidden.setdefault(name, []).append(value)
        assert lead.post("/rota/layers/1", **hidden).status_code == 303
        new = layers(cast)[-1]
        assert new.name == "Nuits de garde"
        assert [one.agent_id for one in new.members] == [cast.alice.id, cast.bob.id, cast.alice.id]
        assert (new.days, new.first_day, new.handover) == (2, date(2026, 12, 1), time(16, 30))
        assert new.windows == {
            "weekdays": ["0:00-8:00", "16:30-24:00"],
            "weekend": ["0:00-24:00"],
            "holidays": [],
        }
        assert (new.products, new.languages) == (["imaging", "medical"], ["en"])
        assert (new.language_first, new.backups, new.place) == (True, 0, 3)
        assert new.ends_at == at("2027-01-31 08:00")
        shown = form_of_layer(lead, new.id)
        assert shown["hours_weekdays"] == "0:00-8:00, 16:30-24:00"
        assert shown["hours_holidays"] == "-"

    def test_ended(self, lead: Browser, cast: Cast) -> None:
        page = preview(lead, "/rota/layers/1", end="1", at="2026-12-14T08:00")
        said = text(page)
        assert "se termine le lundi 14 décembre à 8 h" in said
        assert "Trous que cela ferait" in said
        assert confirm(lead, "/rota/layers/1").status_code == 303
        assert layers(cast)[0].ends_at == at("2026-12-14 08:00")


def form_of_layer(browser: Browser, number: int) -> dict[str, str]:
    browser.get(f"/rota/layers/{number}")
    return form_of(browser, f"/rota/layers/{number}")


class TestAdding:
    def test_a_rotation_of_another_level(self, lead: Browser, cast: Cast) -> None:
        lead.get("/rota/layers/new?level=second")
        fields = form_of(lead, "/rota/layers/new")
        assert fields["first_day"] == "2026-12-07"
        typed = {"name": "Renfort", "member": members(cast, cast.bob), "rotation": "weekly"}
        lead.post("/rota/layers/new", **fields | typed)
        assert "« Renfort » s'ajoute au niveau Deuxième garde" in text(lead.page)
        assert confirm(lead, "/rota/layers/new").status_code == 303
        new = layers(cast)[-1]
        assert (new.level, new.name, new.starts_at) == ("second", "Renfort", cast.line.clock())

    def test_at_no_level_is_no_page(self, lead: Browser) -> None:
        assert lead.get("/rota/layers/new?level=x").status_code == 404
        assert lead.get("/rota/layers/99").status_code == 404

    def test_one_that_is_over_is_no_page(self, lead: Browser, cast: Cast) -> None:
        cast.change(layers(cast)[0], ends_at=cast.line.clock())
        assert lead.get("/rota/layers/1").status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Écrivez un nom"),
        ({"name": "x" * 61}, "Écrivez un nom"),
        ({"member": [""]}, "Choisissez au moins une personne."),
        ({"member": ["99"]}, "Choisissez au moins une personne."),
        ({"every": "0"}, "Écrivez un nombre entier"),
        ({"every": "99"}, "Écrivez un nombre entier"),
        ({"every": ""}, "Écrivez un nombre entier"),
        ({"first_day": "x"}, "Choisissez un jour."),
        ({"first_day": "0001-01-01"}, "Choisissez un jour."),
        ({"handover": "25:00"}, "Choisissez une heure"),
        ({"backups": "-1"}, "Écrivez un nombre entier"),
        ({"restricted": "1"}, "Écrivez des heures, ou décochez la case."),
        ({"restricted": "1", "hours_weekend": "22:00-6:00"}, "celles qui passent minuit"),
        ({"restricted": "1", "hours_monday": "midi"}, "Écrivez des heures comme"),
        ({"ends": "2026-11-30T08:59"}, "La fin doit être à venir."),
        ({"ends": "x"}, "Ce moment n'existe pas."),
        ({"at": "x"}, "Écrivez un moment"),
        ({"at": "2027-03-14T02:30"}, "Écrivez un moment"),
        ({"at": "2027-02-01T08:00", "ends": "2027-01-01T08:00"}, "La fin doit être à venir."),
    ],
)
def test_a_field_that_is_wrong_is_told_beside_it(
    lead: Browser, cast: Cast, typed: dict[str, Any], words: str
) -> None:
    fields = {"member": members(cast, cast.bob), "name": "À garder", **typed}
    page = preview(lead, "/rota/layers/1", **fields)
    assert page.status_code == 409
    assert words in text(page)
    assert f'value="{fields["name"]}"' in page.text
    assert 'href="/rota/layers/1?lang=en"' in page.text
    assert len(layers(cast)) == 1


def test_two_rotations_of_a_level_have_two_names(lead: Browser, cast: Cast) -> None:
    lead.get("/rota/layers/new?level=on_call")
    typed = {"name": "Garde", "member": members(cast, cast.bob), "rotation": "weekly"}
    lead.post("/rota/layers/new", **form_of(lead, "/rota/layers/new") | typed)
    assert "porte ce nom" in text(lead.page)


def test_a_double_click_changes_it_once(lead: Browser, cast: Cast) -> None:
    preview(lead, "/rota/layers/1", member=members(cast, cast.bob))
    fields: dict[str, Any] = form_of(lead, "/rota/layers/1") | {"member": members(cast, cast.bob)}
    for _ in range(2):
        assert lead.post("/rota/layers/1", **fields).status_code == 303
        lead.get("/rota/layers")
    assert len(layers(cast)) == 2


@pytest.mark.parametrize("when", ["2026-12-14T08:00", ""], ids=["later", "now"])
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_of_two_at_once_the_second_is_shown_what_changed(
    lead: Browser, cast: Cast, browser_of: Signed, when: str
) -> None:
    cast.change(cast.alice, role="manager")
    other = browser_of("alice")
    preview(other, "/rota/layers/1", member=members(cast, cast.alice), at=when)
    preview(lead, "/rota/layers/1", member=members(cast, cast.bob), at=when)
    confirm(lead, "/rota/layers/1")
    page = confirm(other, "/rota/layers/1")
    assert page.status_code == 409
    assert "a changé depuis que cette page est ouverte" in text(page)
    assert [one.agent_id for one in layers(cast)[-1].members] == [cast.bob.id]


def test_in_english(lead: Browser, cast: Cast) -> None:
    lead.get("/rota?lang=en")
    assert "One week each, handover on Monday at 8 AM" in text(lead.get("/rota/layers"))
    page = preview(lead, "/rota/layers/1", member=members(cast, cast.bob))
    assert '"Garde", at the level On call, changes from Monday, November 30 at 9 AM.' in text(page)
