"""The form of §5 as a page: at most two per shift, all or nothing, and nobody's change undone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from ivr import callers, numbers
from ivr.clients import person, shifts
from ivr.clients.person import Problem, read
from ivr.models import SuperUser
from tests.console.cast import Browser, Cast, StandingClock, text
from tests.console.test_clients import acts, changes, filled, found, lead, shown_by

__all__ = ["lead"]  # a fixture

NEW = {
    "name-new1": "Jean-Pierre O'Brien",
    "function-new1": "Coordination",
    "phone-new1": "(450) 555-0104 p. 287",
    "email-new1": "JP@Example.org",
    "language-new1": "en",
    "days-new1": "1",
    "holidays-new1": "1",
}


@pytest.fixture
def path(cast: Cast) -> str:
    return f"/clients/{cast.parc.id}/form"


def people(cast: Cast) -> dict[str, SuperUser]:
    return {user.name: user for user in callers.active(found(cast))}


def test_somebody_new(lead: Browser, cast: Cast, path: str) -> None:
    assert lead.post(path, **filled(lead, path), **NEW).status_code == 303
    user = people(cast)["Jean-Pierre O'Brien"]
    assert (user.phone, user.extension, user.email, user.language, user.function) == (
        "+14505550104",
        "287",
        "jp@example.org",
        "en",
        "Coordination",
    )
    assert shifts.of(user) == ("days", "holidays")
    assert shifts.of(people(cast)["Nadia Nuit"]) == ("days",)
    page = lead.get(f"/clients/{cast.parc.id}")
    assert "Jean-Pierre O'Brien : nouveau super utilisateur Bob Tremblay" in text(page)
    assert "450 555-0104, poste 287" in text(page)
    assert 'href="tel:+14505550104;ext=287"' in page.text
    assert acts(cast) == ["client_added"]
    assert found(cast).version == 1


def test_the_history_tells_what_was_and_what_is(
    lead: Browser, cast: Cast, path: str, clock: StandingClock
) -> None:
    user = cast.night_user.id
    form = filled(lead, path) | {
        f"phone-{user}": "514 555-0109",
        f"nights-{user}": "1",
        f"weekends-{user}": "1",
        f"days-{user}": "",
        "csa": "Informatique Santé",
    }
    assert lead.post(path, **form).status_code == 303
    csa, changed = changes(cast)
    assert (csa.act, csa.facts) == ("csa", {"csa": ["", "Informatique Santé"]})
    assert (changed.act, changed.subject, changed.at, changed.agent_id, changed.super_user_id) == (
        "changed",
        "Nadia Nuit",
        clock(),
        cast.bob.id,
        user,
    )
    assert changed.facts == {
        "phone": ["+15145550102;ext=330", "+15145550109"],
        "shifts": [["days"], ["nights", "weekends"]],
    }
    shown = text(lead.get(f"/clients/{cast.parc.id}"))
    assert "Téléphone avant : 514 555-0102, poste 330 → maintenant : 514 555-0109" in shown
    assert "Quarts avant : jour → maintenant : nuit, fin de semaine" in shown


def test_whoever_is_crossed_out_leaves(lead: Browser, cast: Cast, path: str) -> None:
    form = {**filled(lead, path), f"leaves-{cast.night_user.id}": "1", **NEW}
    page = lead.page
    for _ in range(2):  # a double click
        lead.page = page
        assert lead.post(path, **form).status_code == 303
    assert [*people(cast)] == ["Jean-Pierre O'Brien"]
    assert [change.act for change in changes(cast)] == ["left", "added"]
    shown = text(lead.get(f"/clients/{cast.parc.id}"))
    assert "1 personne retirée Nadia Nuit Ne figure plus au formulaire, aujourd'hui" in shown


def test_saved_as_it_stands_nothing_changes(lead: Browser, cast: Cast, path: str) -> None:
    assert lead.post(path, **filled(lead, path)).status_code == 303
    assert (changes(cast), found(cast).version) == ([], 0)


class TestTwoPerShift:
    def crowd(self, *rows: str) -> Mapping[str, str]:
        """New people, "night" or "night weekends" each."""
        form = {}
        for number, held in enumerate(rows, 1):
            form[f"name-new{number}"] = f"Personne {'ABCDEFGH'[number]}"
            form[f"phone-new{number}"] = f"514 555-01{number:02}"
            form |= {f"{shift}-new{number}": "1" for shift in held.split()}
        return form

    def test_a_third_is_refused_and_nothing_is_written(
        self, lead: Browser, cast: Cast, path: str
    ) -> None:
        crowd = self.crowd("nights days", "nights", "nights weekends")
        page = lead.post(path, **filled(lead, path), **crowd)
        assert page.status_code == 409
        assert "Au plus 2 super utilisateurs par quart (§5)" in text(page)
        assert "nuit" in text(page)
        assert "Rien n'est enregistré : il y a une erreur." in text(page)
        assert 'value="Personne D"' in page.text
        assert [*people(cast)] == ["Nadia Nuit"]

    def test_a_place_that_becomes_free_is_free(self, lead: Browser, cast: Cast, path: str) -> None:
        form = {**filled(lead, path), f"leaves-{cast.night_user.id}": "1"}
        assert lead.post(path, **form, **self.crowd("days", "days")).status_code == 303
        assert len(people(cast)) == 2

    def test_each_shift_has_its_own_two(self, lead: Browser, cast: Cast, path: str) -> None:
        crowd = self.crowd("evenings holidays", "evenings", "nights weekends", "nights holidays")
        assert lead.post(path, **filled(lead, path), **crowd).status_code == 303
        assert len(people(cast)) == 5


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "", "le nom et le prénom"),
        ("name", "Zoé 3", "sans chiffres"),
        ("name", "<script>", "Un nom a des lettres"),
        ("name", "=1+1", "formule"),
        ("name", "n" * 61, "Au plus 60"),
        ("name", "Zoé\u200b Roy", "invisibles"),
        ("function", "@SUM(A1)", "formule"),
        ("function", "-2+3", "formule"),
        ("function", "f" * 81, "Au plus 80"),
        ("phone", "", "avec indicatif régional"),
        ("phone", "555-0104", "pas un numéro complet"),
        ("phone", "poste 330", "avec indicatif régional"),
        ("phone", "450 555-0104 poste", "pas un numéro complet"),
        ("phone", "911", "pas un numéro complet"),
        ("phone", "900 555-0104", "ne peut pas appeler"),
        ("phone", "+33 1 42 68 53 00", "ne peut pas appeler dans ce pays"),
        ("phone", "1 800 555-0100", "notre propre ligne"),
        ("phone", "4" * 500, "pas un numéro complet"),
        ("email", "jp", "adresse de courriel"),
        ("email", "jp@example", "adresse de courriel"),
        ("email", "a@b.c, d@e.f", "adresse de courriel"),
        ("email", "jp@example.org\nBcc: x@example.org", "adresse de courriel"),
        ("email", "e" * 250 + "@example.org", "adresse de courriel"),
        ("language", "de", "français ou l'anglais"),
        ("days", "", "au moins un quart"),
    ],
)
def test_what_will_not_do_is_told_beside_its_field(
    lead: Browser, cast: Cast, path: str, field: str, value: str, why: str
) -> None:
    new = {**NEW, f"{field}-new1": value}
    new.pop("holidays-new1")
    page = lead.post(path, **filled(lead, path), **new)
    assert page.status_code == 409
    assert why in text(page), text(page)
    assert [*people(cast)] == ["Nadia Nuit"]
    assert page.text.count('class="trouble"') == 1
    assert f'href="{path}?lang=en"' in page.text


@pytest.mark.parametrize(
    ("written", "extension"),
    [
        ("450 555-0104 poste 330", "330"),
        ("450-555-0104, Poste 330", "330"),
        ("450.555.0104 p. 287", "287"),
        ("4505550104 x66138", "66138"),
        ("(450) 555-0104 ext. 12", "12"),
        ("1 450 555 0104 #7", "7"),
        ("450\u00a0555\u20110104, poste\u00a0330", "330"),
        ("450 555-0104 (poste 12)", "12"),
        ("450 555-0104 local 12", "12"),
        ("450 555-0104, loc. 12", "12"),
        ("450 555-0104 poste no 12", "12"),
        ("450 555-0104", ""),
    ],
)
def test_extensions_as_people_write_them(cast: Cast, written: str, extension: str) -> None:
    policy = cast.line.policy
    assert person.called(policy, "+18005550100", written) == ("+14505550104", extension)


def test_what_is_missing_stays_and_what_is_empty_goes(cast: Cast) -> None:
    known = person.Person("A B", "F", "+14505550104", "1", "a@b.ca", "en", ("days",))
    policy, line = cast.line.policy, "+18005550100"
    assert read(policy, line, {}, known) == (known, [])
    found, _ = read(policy, line, {"function": "", "email": " ", "language": ""}, known)
    assert found
    assert (found.function, found.email, found.language) == ("", "", "en")
    _, problems = read(policy, line, {}, None)
    assert [problem.field for problem in problems] == ["name", "phone", "shifts"]


def test_a_person_stands_once(lead: Browser, cast: Cast, path: str) -> None:
    twice = {name.replace("new1", "new2"): value for name, value in NEW.items()}
    twice["name-new2"] = "jean-pierre o'brien"
    page = lead.post(path, **filled(lead, path), **NEW, **twice)
    assert (page.status_code, "figure deux fois" in text(page)) == (409, True)


def test_another_row_is_added_without_saving(lead: Browser, cast: Cast, path: str) -> None:
    form = filled(lead, path)
    page = lead.post(path, **form, **NEW, **{"name-new2": ""}, more="1")
    assert page.status_code == 200
    assert page.text.count('name="name-new') == 3
    assert 'value="Jean-Pierre O&#39;Brien"' in page.text
    assert shown_by(page.text) == {"seen": "0", "was": form["was"]}
    assert [*people(cast)] == ["Nadia Nuit"]
    many = {f"name-new{number}": "" for number in range(1, 99)}
    assert lead.post(path, **form, **many, more="1").text.count('name="name-new') == 10


class TestAtOnce:
    """Two leads with the form open."""

    @pytest.fixture
    def other(self, cast: Cast, browser_of: Callable[[str], Browser]) -> Browser:
        cast.change(cast.alice, role="lead")
        return browser_of("alice")

    @pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
    def test_neither_undoes_what_the_other_did(
        self, lead: Browser, other: Browser, cast: Cast, path: str
    ) -> None:
        user = cast.night_user.id
        mine, theirs = filled(lead, path), filled(other, path)
        assert other.post(path, **{**theirs, f"phone-{user}": "514 555-0109"}).status_code == 303
        page = lead.post(path, **{**mine, f"function-{user}": "Soins", **NEW})
        assert page.status_code == 409
        shown = text(page)
        assert "Ce qui a changé entre-temps" in shown
        assert "Nadia Nuit : renseignements modifiés Alice Roy" in shown
        assert [*people(cast)] == ["Nadia Nuit"]
        hidden = shown_by(page.text)
        assert hidden["seen"] == "1"
        assert 'value="514\u00a0555-0109"' in page.text.replace("&#160;", "\u00a0")
        assert 'value="Soins"' in page.text
        assert 'value="Jean-Pierre O&#39;Brien"' in page.text
        again = {**json.loads(hidden["was"]), **hidden, f"function-{user}": "Soins", **NEW}
        assert lead.post(path, **again).status_code == 303
        now = people(cast)
        assert (now["Nadia Nuit"].phone, now["Nadia Nuit"].function) == ("+15145550109", "Soins")
        assert len(now) == 2

    def test_somebody_who_was_removed_meanwhile_does_not_come_back(
        self, lead: Browser, other: Browser, cast: Cast, path: str
    ) -> None:
        user = cast.night_user.id
        mine, theirs = filled(lead, path), filled(other, path)
        assert other.post(path, **{**theirs, f"leaves-{user}": "1"}).status_code == 303
        page = lead.post(path, **{**mine, f"function-{user}": "Soins"})
        assert page.status_code == 409
        assert f'name="name-{user}"' not in page.text
        assert people(cast) == {}

    def test_the_same_change_twice_is_one(
        self, lead: Browser, other: Browser, cast: Cast, path: str
    ) -> None:
        user = cast.night_user.id
        mine, theirs = filled(lead, path), filled(other, path)
        for browser, form in ((other, theirs), (lead, mine)):
            assert browser.post(path, **{**form, f"function-{user}": "Soins"}).status_code == 303
        assert len(changes(cast)) == 1


def test_another_clients_person_is_not_taken(lead: Browser, cast: Cast) -> None:
    """An id in the form that belongs elsewhere names nobody here."""
    path = f"/clients/{cast.imaging.id}/form"
    user = cast.night_user.id
    form = filled(lead, path) | {f"name-{user}": "Volé", f"phone-{user}": "514 555-0133"}
    lead.post(path, **form, **{f"days-{user}": "1"})
    assert [*people(cast)] == ["Nadia Nuit"]
    assert found(cast).super_users[0].client_id == cast.parc.id


def test_a_problem_is_data() -> None:
    wrong = person.wrong("too_many", places=2)
    assert Problem("shifts", wrong.reason).reason.facts == {"places": 2}


def test_nobody_is_refused_for_a_shift(cast: Cast) -> None:
    """§1.2: whom the client names may contact the centre; the shift is data alone."""
    call = cast.incident(client=cast.parc).call
    assert call
    call.caller = "+15145550102"
    cast.change(cast.night_user, shift="nights")
    client = found(cast)  # it is Monday, 9:00
    assert callers.match(call, client) == ("number", client.super_users[0])


@pytest.mark.parametrize("text", ["450 555-0104 poste 12 ou 13", "450 555-0104 *12", "p. 12"])
def test_what_is_no_extension_is_none(text: str) -> None:
    assert numbers.canonical(numbers.split_extension(text)[0]) is None
