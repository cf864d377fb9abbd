"""The form of §5 as a file: exported, imported with a preview, written all or nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr import callers
from ivr.clients import exporting, shifts
from ivr.database import reading
from ivr.models import AuditLine, Client, ClientImport, SuperUser
from jobs import retention
from tests.console.cast import Browser, Cast, StandingClock, text
from tests.console.test_clients import acts, changes, found, lead

__all__ = ["lead"]  # a fixture

HEAD = ("Client", "Nom et prénom", "Fonction", "Téléphone", "Courriel", "Jour", "Nuit", "CSA")
NADIA = ("10452", "Nadia Nuit", "", "514 555-0102 p. 330", "", "x", "", "")
MARIE = ("20317", "Marie Beausoleil", "Technologie", "450 555-0110", "m@example.org", "x", "x", "")
ZOE = ("10452", "Zoé Roy", "Accueil", "450 555-0111, poste 12", "z@example.org", "", "oui", "")


def sheet(*rows: Sequence[object], head: Sequence[str] = HEAD, separator: str = ";") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows([head, *rows])
    return file.getvalue().encode("utf-8-sig")


def book(*rows: Sequence[object], head: Sequence[str] = HEAD) -> bytes:
    made = Workbook()
    for row in (head, *rows):
        made.worksheets[0].append(list(row))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def send(
    browser: Browser, data: bytes, path: str = "/clients/import", name: str = "formulaire.csv"
) -> TestResponse:
    """Chooses the file and sends it; goes on to the preview where there is one."""
    browser.get(path)
    browser.upload(path, file=(data, name))
    page = browser.page
    return browser.get(page.location) if page.status_code == 303 else page


def confirm(browser: Browser) -> TestResponse:
    """Presses the preview's button."""
    action = re.search(r'action="(/clients/imports/\d+/confirmation)"', browser.page.text)
    stamp = re.search(r'name="stamp" value="(\w+)"', browser.page.text)
    assert action
    assert stamp
    return browser.post(action[1], stamp=stamp[1])


def people(cast: Cast, number: str = "10452") -> list[str]:
    return sorted(user.name for user in callers.active(found(cast, number)))


def rows(page: TestResponse) -> list[list[str]]:
    text = page.data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


class TestExport:
    def test_csv_as_excel_opens_it_here(self, lead: Browser, cast: Cast) -> None:
        page = lead.get("/clients/export/csv")
        assert page.data.startswith(b"\xef\xbb\xbf")
        assert page.content_type == "text/csv; charset=utf-8"
        assert page.headers["Content-Disposition"] == (
            'attachment; filename="super-utilisateurs-2026-11-30.csv"'
        )
        head, row = rows(page)
        assert head[:4] == ["Numéro de client", "Nom et prénom", "Fonction", "Téléphone et poste"]
        assert row == [
            *("10452", "Nadia Nuit", "", "514 555-0102, poste 330", "", "français"),
            *("x", "", "", "", "", ""),
        ]

    def test_excel_holds_text_and_no_formula(self, lead: Browser, cast: Cast) -> None:
        cast.change(cast.night_user, function="=1+1", name="@SUM(A1)")
        page = lead.get(f"/clients/{cast.parc.id}/export/xlsx?lang=en")
        made = load_workbook(io.BytesIO(page.data)).worksheets[0]
        assert [cell.value for cell in made[1]][:2] == ["Client number", "Name and first name"]
        assert [cell.value for cell in made[2]][:4] == [
            *("10452", "'@SUM(A1)", "'=1+1", "514 555-0102, ext. 330")
        ]
        assert "f" not in {cell.data_type for row in made.iter_rows() for cell in row}
        assert "super-users-10452-2026-11-30.xlsx" in page.headers["Content-Disposition"]

    @pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A", "\t=1", "\r=1", "'=1"])
    def test_nothing_is_calculated(self, text: str) -> None:
        assert exporting.safe(text) == f"'{text}"

    def test_it_leaves_a_line(self, lead: Browser, cast: Cast) -> None:
        lead.get("/clients/export/csv?q=zzz")
        lead.get(f"/clients/{cast.parc.id}/export/xlsx")
        with reading(cast.line.sessions) as session:
            lines = session.scalars(select(AuditLine).where(AuditLine.act == "clients_exported"))
            told = [(line.agent_id, line.subject, line.facts) for line in lines]
        assert told == [
            (cast.bob.id, "", {"kind": "csv", "clients": 0, "people": 0}),
            (cast.bob.id, "10452", {"kind": "xlsx", "clients": 1, "people": 1}),
        ]

    def test_what_is_searched_is_exported(self, lead: Browser, cast: Cast) -> None:
        assert len(rows(lead.get("/clients/export/csv?q=parc"))) == 2
        assert len(rows(lead.get("/clients/export/csv?product=imaging"))) == 1

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_what_is_exported_is_imported_and_changes_nothing(
        self, lead: Browser, cast: Cast, kind: str, language: str
    ) -> None:
        with cast.line.sessions.begin() as session:
            client = session.get_one(Client, cast.parc.id)
            client.csa = "'Informatique"
            client.super_users.append(
                SuperUser(
                    name="Marie-Ève D'Août",
                    function="Chef, « accueil »",
                    phone="+18005550144",
                    email="me@example.org",
                    language="en",
                    shift="evenings nights weekends holidays",
                )
            )
        data = lead.get(f"/clients/export/{kind}?lang={language}").data
        assert "change rien" in text(send(lead, data, "/clients/import?lang=fr", f"f.{kind}"))
        assert "2 personnes inchangées" in text(lead.page)
        assert "/confirmation" not in lead.page.text


class TestImport:
    @pytest.mark.parametrize("make", [sheet, book])
    @pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
    def test_each_change_is_shown_then_written(
        self, lead: Browser, cast: Cast, make: Callable[..., bytes]
    ) -> None:
        nadia = (10452, "nadia nuit", "Soins", 5145550109, "n@example.org", "", "x", "CSA Sud")
        page = send(lead, make(nadia, MARIE))
        shown = text(page)
        assert "1 ajout 1 modification" in shown
        assert "Clinique du Parc 10452" in shown
        assert "Nadia Nuit Rangée 2 Nom avant : Nadia Nuit → maintenant : nadia nuit" in shown
        assert "Téléphone avant : 514 555-0102, poste 330 → maintenant : 514 555-0109" in shown
        assert "Marie Beausoleil Rangée 3 Fonction Technologie" in shown
        assert changes(cast) == []
        page = confirm(lead)
        assert (page.status_code, page.location) == (303, "/clients")
        assert "L'importation est enregistrée." in text(lead.get("/clients"))
        [user] = callers.active(found(cast))
        assert (user.id, user.name, user.phone, user.extension, user.shift) == (
            *(cast.night_user.id, "nadia nuit", "+15145550109", "", "nights"),
        )
        assert found(cast).csa == "CSA Sud"
        assert people(cast, "20317") == ["Marie Beausoleil"]
        assert {change.imported for change in changes(cast)} == {True}
        assert acts(cast) == ["client_csa", "client_changed", "client_added", "clients_imported"]
        assert "CSA modifié Bob Tremblay · par un fichier" in text(
            lead.get(f"/clients/{cast.parc.id}")
        )

    def test_whoever_is_missing_has_left_and_other_clients_stay(
        self, lead: Browser, cast: Cast
    ) -> None:
        shown = text(send(lead, sheet(ZOE)))
        assert "Départ Nadia Nuit absente du fichier" in shown
        assert confirm(lead).status_code == 303
        assert people(cast) == ["Zoé Roy"]
        shown = text(send(lead, sheet(MARIE)))
        assert "Départ" not in shown
        confirm(lead)
        assert people(cast) == ["Zoé Roy"]

    def test_each_error_is_told_by_row_and_nothing_is_written(
        self, lead: Browser, cast: Cast
    ) -> None:
        wrong = (
            ("10452", "Zoé 3", "", "555-0111", "zoe", "peut-être", "", ""),
            ("99999", "Quelqu'un", "", "450 555-0112", "", "x", "", ""),
            ("", "Sans Client", "", "450 555-0113", "", "x", "", ""),
            ("10452", '=HYPERLINK("http://example.org")', "", "450 555-0114", "", "x", "", ""),
            ("10452", "Sans Quart", "", "450 555-0115", "", "", "non", ""),
        )
        page = send(lead, sheet(NADIA, MARIE, *wrong))
        shown = text(page)
        for words in (
            "8 erreurs",
            "Rangée 4 Zoé 3 Nom Un nom a des lettres",
            "Rangée 4 Zoé 3 Téléphone Ce n'est pas un numéro complet",
            "Rangée 4 Zoé 3 Courriel Ce n'est pas une adresse",
            "Rangée 4 Zoé 3 Quarts « peut-être » ne dit ni oui ni non",
            "Rangée 5 Quelqu'un Client Aucun client n'a le numéro 99999.",
            "Rangée 6 Sans Client Client Cette rangée ne dit pas pour quel client.",
            'Rangée 7 =HYPERLINK("http://example.org") Nom Un texte ne peut pas commencer par =',
            "Rangée 8 Sans Quart Quarts Il faut au moins un quart",
            "Ajout Marie Beausoleil",
        ):
            assert words in shown, words
        assert "/confirmation" not in page.text
        import_id = re.search(r"/clients/imports/(\d+)", page.request.path)
        assert import_id
        stamp = "0" * 32
        page = lead.post(f"/clients/imports/{import_id[1]}/confirmation", stamp=stamp)
        assert page.status_code == 409
        assert people(cast, "20317") == []
        assert changes(cast) == []

    def test_at_most_two_per_shift(self, lead: Browser, cast: Cast) -> None:
        more = [(*ZOE[:1], f"Zoé {letter}", *ZOE[2:]) for letter in "ABC"]
        shown = text(send(lead, sheet(*more)))
        assert "1 erreur " in shown
        assert "Rangée 4 Zoé C Quarts Au plus 2 super utilisateurs par quart" in shown

    def test_changed_meanwhile_it_is_shown_anew(
        self, lead: Browser, cast: Cast, browser_of: Callable[[str], Browser]
    ) -> None:
        send(lead, sheet(NADIA, ZOE))
        cast.change(cast.alice, role="lead")
        other = browser_of("alice")
        other.get(f"/clients/{cast.parc.id}")
        other.post(
            f"/clients/{cast.parc.id}/removal", super_user=str(cast.night_user.id), reason="Non."
        )
        page = confirm(lead)
        assert page.status_code == 409
        shown = text(page)
        assert "Un dossier a changé depuis cet aperçu" in shown
        assert "2 ajouts" in shown
        assert "retirée à la demande du centre, le lundi 30 novembre (§1.2). Motif : Non." in shown
        assert people(cast) == []
        assert confirm(lead).status_code == 303
        assert people(cast) == ["Nadia Nuit", "Zoé Roy"]

    def test_a_change_of_another_client_does_not_matter(self, lead: Browser, cast: Cast) -> None:
        send(lead, sheet(NADIA, ZOE))
        cast.change(cast.imaging, version=7)
        assert confirm(lead).status_code == 303

    def test_a_double_click_writes_once(self, lead: Browser, cast: Cast) -> None:
        page = send(lead, sheet(NADIA, ZOE))
        for _ in range(2):
            lead.page = page
            assert confirm(lead).status_code == 303
        assert len(changes(cast)) == 1
        assert acts(cast) == ["client_added", "clients_imported"]
        assert "Cette importation est enregistrée." in text(lead.get(page.request.path))
        with reading(cast.line.sessions) as session:
            assert session.scalars(select(ClientImport)).one().sheet == {}

    def test_it_is_its_senders_alone_and_for_a_day(
        self,
        lead: Browser,
        cast: Cast,
        clock: StandingClock,
        browser_of: Callable[[str], Browser],
    ) -> None:
        path = send(lead, sheet(NADIA, ZOE)).request.path
        cast.change(cast.alice, role="admin")
        other = browser_of("alice")
        assert other.get(path).status_code == 404
        other.get("/clients")
        assert other.post(f"{path}/confirmation", stamp="x").status_code == 404
        clock.passes(timedelta(days=1, seconds=1))
        lead.sign_in("bob@example.org")
        assert lead.get(path).status_code == 404
        retention.purge(cast.line)
        with reading(cast.line.sessions) as session:
            assert session.scalars(select(ClientImport)).all() == []

    def test_one_clients_form_need_not_name_it(self, lead: Browser, cast: Cast) -> None:
        head = ("Nom", "Prénom", "Titre", "Tél.", "Poste", "Quart de travail")
        data = sheet(
            ("Roy", "Zoé", "Accueil", "450 555-0111", "poste 12", "jour, fin de semaine"), head=head
        )
        page = send(lead, data, f"/clients/{cast.parc.id}/import")
        assert "Zoé Roy" in text(page)
        assert confirm(lead).location == f"/clients/{cast.parc.id}"
        [user] = callers.active(found(cast))
        assert (user.name, user.function, user.phone, user.extension) == (
            *("Zoé Roy", "Accueil", "+14505550111", "12"),
        )
        assert shifts.of(user) == ("days", "weekends")

    def test_and_must_not_name_another(self, lead: Browser, cast: Cast) -> None:
        shown = text(send(lead, sheet(NADIA, MARIE), f"/clients/{cast.parc.id}/import"))
        assert "Ce formulaire est importé pour le client 10452" in shown
        assert "1 erreur" in shown

    def test_a_column_that_is_not_there_changes_nothing(self, lead: Browser, cast: Cast) -> None:
        cast.change(cast.night_user, email="n@example.org", function="Soins", language="en")
        head = ("Numéro de client", "Nom complet", "Téléphone")
        shown = text(send(lead, sheet(("10452", "Nadia Nuit", "514 555-0102 x330"), head=head)))
        assert "Ce fichier ne change rien" in shown

    def test_rows_of_a_client_agree_on_its_csa(self, lead: Browser, cast: Cast) -> None:
        one, other = (*NADIA[:-1], "CSA Nord"), (*ZOE[:-1], "CSA Sud")
        assert "ne nomment pas toutes le même CSA" in text(send(lead, sheet(one, other)))
        assert "/confirmation" not in lead.page.text
        assert "CSA" in text(send(lead, sheet(one, ZOE)))
        assert confirm(lead).status_code == 303
        assert found(cast).csa == "CSA Nord"

    def test_zeros_in_front_that_a_spreadsheet_dropped(self, lead: Browser, cast: Cast) -> None:
        cast.change(cast.parc, number="00452")
        assert "Clinique du Parc" in text(send(lead, book((452, *NADIA[1:]), ("00452", *ZOE[1:]))))


class TestWhoIsWho:
    """A new form names the same people otherwise, and other people at the same desk."""

    @pytest.mark.parametrize(
        ("row", "same"),
        [
            (("10452", "NADIA NUIT", "", "450 555-0199", "", "x", "", ""), True),
            (("10452", "Nadia Nuit-Roy", "", "514 555-0102", "n@example.org", "x", "", ""), True),
            (("10452", "Marc Jour", "", "514 555-0102 p. 330", "", "x", "", ""), False),
            (("10452", "Marc Jour", "", "514 555-0199", "n@example.org", "x", "", ""), False),
        ],
    )
    def test_a_desk_that_somebody_else_sits_at_is_somebody_else(
        self, lead: Browser, cast: Cast, row: Sequence[str], same: bool
    ) -> None:
        cast.change(cast.night_user, email="n@example.org")
        send(lead, sheet(row))
        assert confirm(lead).status_code == 303
        [user] = callers.active(found(cast))
        assert (user.id == cast.night_user.id) == same
        assert user.name == row[1]

    def test_two_of_one_name_are_told_apart_by_their_numbers(
        self, lead: Browser, cast: Cast
    ) -> None:
        namesake = ("10452", "Nadia Nuit", "", "450 555-0166", "", "", "x", "")
        send(lead, sheet(NADIA, namesake))
        confirm(lead)
        again = text(send(lead, sheet(namesake, NADIA)))
        assert "Ce fichier ne change rien" in again


def test_a_request_that_is_too_large_is_told_so(lead: Browser) -> None:
    lead.get("/clients/import")
    page = lead.upload("/clients/import", file=(b"x" * (4 * 1024 * 1024), "f.csv"))
    assert page.status_code == 413
    assert "plus gros que ce que la console accepte" in text(page)
    assert "Bob Tremblay" in text(page)


def test_without_a_file_there_is_nothing_to_see(lead: Browser) -> None:
    lead.get("/clients/import")
    page = lead.post("/clients/import")
    assert (page.status_code, "Choisissez d'abord un fichier." in text(page)) == (409, True)
