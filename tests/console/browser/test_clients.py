"""A lead imports a form with errors, corrects it, and works on a client's file; every page can be
read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from ivr import callers
from ivr.clients import sheet
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import Cast
from tests.console.test_clients import changes, found

HEAD = "Client;Nom et prénom;Téléphone;Jour;Nuit\r\n"
NADIA = "10452;Nadia Nuit;514 555-0102 p. 330;x;\r\n"
ZOE = "10452;Zoé Roy;450 555-0111, poste 12;;x\r\n"
WRONG = ZOE.replace("450 555-0111", "555-0111")
WORDS: dict[str, dict[str, Any]] = {
    "fr": {
        "clients": "Clients",
        "import": "Importer un formulaire",
        "file": "Fichier Excel (.xlsx) ou CSV",
        "see": "Voir ce qui changerait",
        "wrong": "1 erreur",
        "other": "Choisir un autre fichier",
        "confirm": "Enregistrer tous ces changements",
        "written": "L'importation est enregistrée.",
        "form": "Modifier le formulaire",
        "phone": "Téléphone et poste",
        "save": "Enregistrer le formulaire",
        "saved": "Le formulaire est enregistré.",
        "bad": "Ce n'est pas un numéro complet",
    },
    "en": {
        "clients": "Clients",
        "import": "Import a form",
        "file": "Excel (.xlsx) or CSV file",
        "see": "See what would change",
        "wrong": "1 error",
        "other": "Choose another file",
        "confirm": "Save all these changes",
        "written": "The import is saved.",
        "form": "Change the form",
        "phone": "Phone and extension",
        "save": "Save the form",
        "saved": "The form is saved.",
        "bad": "This is not a whole number",
    },
}


def file(text: str) -> FilePayload:
    """As Excel writes it in Québec."""
    return {"name": "formulaire.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}


@pytest.fixture
def lead(cast: Cast) -> None:
    cast.change(cast.alice, role="lead")


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_form_with_errors_is_corrected_and_imported(
    open_tab: Callable[..., Page], site: str, cast: Cast, language: str
) -> None:
    words, page = WORDS[language], open_tab()
    sign_in(page, site, language)
    page.get_by_role("link", name=words["clients"], exact=True).click()
    page.get_by_role("link", name=words["import"]).click()
    page.get_by_label(words["file"]).set_input_files(file(HEAD + NADIA + WRONG))
    page.get_by_role("button", name=words["see"]).click()
    expect(page.get_by_role("heading", name=words["wrong"])).to_be_visible()
    expect(page.get_by_text(words["bad"])).to_be_visible()
    expect(page.get_by_role("button", name=words["confirm"])).to_have_count(0)
    page.get_by_role("link", name=words["other"]).first.click()
    page.get_by_label(words["file"]).set_input_files(file(HEAD + NADIA + ZOE))
    page.get_by_role("button", name=words["see"]).click()
    expect(page.get_by_text("Zoé Roy", exact=True)).to_be_visible()
    assert changes(cast) == []
    page.get_by_role("button", name=words["confirm"]).dblclick()
    expect(page.get_by_role("status")).to_have_text(words["written"])
    assert [change.act for change in changes(cast)] == ["added"]
    assert [user.name for user in callers.active(found(cast))] == ["Nadia Nuit", "Zoé Roy"]


@pytest.mark.usefixtures("lead")
def test_the_form_is_filled_by_the_keyboard(page: Page, site: str, cast: Cast) -> None:
    """Enter saves; what no one needs is not in view."""
    words = WORDS["fr"]
    sign_in(page, site)
    page.goto(f"{site}/clients/{cast.parc.id}")
    page.get_by_role("link", name=words["form"]).click()
    row = page.get_by_role("group", name="Nadia Nuit")
    row.get_by_label(words["phone"]).fill("450 555-0177 x12")
    row.get_by_label("Soir").check()
    page.keyboard.press("Tab")
    row.get_by_label(words["phone"]).press("Enter")
    expect(page.get_by_role("status")).to_have_text(words["saved"])
    expect(page.get_by_role("link", name="450 555-0177, poste 12")).to_be_visible()
    page.goto(f"{site}/clients/{cast.parc.id}/contract")
    medical = page.get_by_label("lundi").last
    expect(medical).to_be_hidden()
    page.get_by_label("Heures propres à ce contrat").last.check()
    expect(medical).to_be_visible()
    expect(page.get_by_label("Date de mise en production")).to_be_hidden()


@pytest.mark.usefixtures("lead")
def test_a_file_that_is_too_large_is_told_before_it_is_sent(page: Page, site: str) -> None:
    sign_in(page, site)
    page.goto(f"{site}/clients/import")
    field = page.get_by_label(WORDS["fr"]["file"])
    large = file("x" * (sheet.LARGEST + 1))
    field.set_input_files(large)
    page.get_by_role("button", name=WORDS["fr"]["see"]).click()
    assert field.evaluate("field => field.validationMessage") == "Ce fichier est trop gros."
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["fr"]["import"])
    field.set_input_files(file(HEAD + NADIA))
    assert field.evaluate("field => field.checkValidity()")


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_every_page_can_be_read(
    open_tab: Callable[..., Page], site: str, cast: Cast, width: int, scheme: str
) -> None:
    page = open_tab(viewport={"width": width, "height": 800}, color_scheme=scheme)
    language = "fr" if scheme == "light" else "en"
    cast.change(cast.parc, name="Centre hospitalier de l'Outaouais et des Hautes-Laurentides")
    sign_in(page, site, language)
    client = f"/clients/{cast.parc.id}"
    for path in ("", "?q=zzz", "/new", "/import"):
        page.goto(f"{site}/clients{path}")
        no_violations(page)
    for path in ("", "/form", "/import"):
        page.goto(f"{site}{client}{path}")
        no_violations(page)
    page.goto(f"{site}{client}/contract")
    for box in page.get_by_role("checkbox").all():
        if box.is_visible():
            box.check()
    no_violations(page)
    page.goto(f"{site}/clients/import")
    words = WORDS[language]
    page.get_by_label(words["file"]).set_input_files(file(HEAD + WRONG + ZOE))
    page.get_by_role("button", name=words["see"]).click()
    expect(page.get_by_role("heading", name=words["wrong"])).to_be_visible()
    no_violations(page)
