"""A client's file: who may see and change it, the contract, the PIN, removals, and its history."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from ivr import callers, clocks
from ivr.clients import pin, window
from ivr.database import reading
from ivr.hours import HoursError
from ivr.models import AuditLine, Client, ClientChange, Incident, SuperUser
from ivr.policy import Policy
from tests.console.cast import Browser, Cast, StandingClock, text

CONTRACT = {"number": "10452", "name": "Clinique du Parc", "product-medical": "1"}


@pytest.fixture
def lead(cast: Cast, browser_of: Callable[[str], Browser]) -> Browser:
    """Bob, who leads the team here."""
    cast.change(cast.bob, role="lead")
    return browser_of("bob")


def found(cast: Cast, number: str = "10452") -> Client:
    with reading(cast.line.sessions) as session:
        client = session.scalars(select(Client).where(Client.number == number)).one()
        assert (client.products, client.lines, client.super_users) is not None
        return client


def changes(cast: Cast) -> Sequence[ClientChange]:
    with reading(cast.line.sessions) as session:
        return session.scalars(select(ClientChange).order_by(ClientChange.id)).all()


def acts(cast: Cast) -> list[str]:
    with reading(cast.line.sessions) as session:
        lines = select(AuditLine.act).where(AuditLine.act.startswith("client"))
        return list(session.scalars(lines.order_by(AuditLine.id)))


def shown_by(page: str) -> dict[str, str]:
    """What a form sends again without a change: its hidden fields."""
    hidden = re.findall(r'<input type="hidden" name="(seen|was)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in hidden}


def filled(browser: Browser, path: str) -> dict[str, str]:
    """The fields of the page's form as they stand, hidden ones with them."""
    hidden = shown_by(browser.get(path).text)
    return {**json.loads(hidden["was"]), **hidden}


class TestRights:
    def test_an_agent_reads(self, alice: Browser, cast: Cast) -> None:
        assert 'href="/clients"' in alice.page.text
        page = alice.get("/clients")
        assert "2 clients" in text(page)
        for hidden in ("/clients/new", "/clients/import", "/export/"):
            assert hidden not in page.text
        page = alice.get(f"/clients/{cast.parc.id}")
        assert "Nadia Nuit" in text(page)
        for hidden in ("contract", "form", "pin", "removal", "export/csv", "import"):
            assert f"/{cast.parc.id}/{hidden}" not in page.text, hidden

    @pytest.mark.parametrize(
        "path",
        [
            "/clients/new",
            "/clients/import",
            "/clients/export/csv",
            "/clients/{id}/contract",
            "/clients/{id}/form",
            "/clients/{id}/export/xlsx",
            "/clients/{id}/import",
            "/clients/imports/1",
        ],
    )
    def test_an_agent_neither_changes_nor_exchanges(
        self, alice: Browser, cast: Cast, path: str
    ) -> None:
        assert alice.get(path.format(id=cast.parc.id)).status_code == 403

    @pytest.mark.parametrize(
        "path",
        [
            "/clients/new",
            "/clients/import",
            "/clients/{id}/contract",
            "/clients/{id}/form",
            "/clients/{id}/removal",
            "/clients/{id}/pin",
            "/clients/{id}/pin/removal",
            "/clients/{id}/import",
            "/clients/imports/1/confirmation",
        ],
    )
    def test_an_agent_posts_nothing(self, alice: Browser, cast: Cast, path: str) -> None:
        alice.get("/clients")
        assert alice.post(path.format(id=cast.parc.id), **CONTRACT).status_code == 403
        assert acts(cast) == []

    def test_a_stranger_is_sent_to_sign_in(self, visitor: Browser) -> None:
        assert visitor.get("/clients").location == "/sign-in?next=/clients"

    def test_a_client_that_is_none_is_not_found(self, lead: Browser) -> None:
        for path in ("", "/contract", "/form", "/import", "/export/csv"):
            assert lead.get(f"/clients/4711{path}").status_code == 404


class TestSearch:
    @pytest.fixture(autouse=True)
    def more(self, cast: Cast) -> None:
        with cast.line.sessions.begin() as session:
            client = Client(number="30988", name="Hôpital Sainte-Élise", other_environments=[])
            client.super_users = [
                SuperUser(name="Œdipe Côté", phone="+14505550177"),
                SuperUser(name="Parti Depuis", phone="+14505550178", removed_at=cast.line.clock()),
            ]
            session.add(client)

    @pytest.mark.parametrize(
        ("words", "number"),
        [
            ("hopital ELISE", "30988"),
            ("élise", "30988"),
            ("oedipe", "30988"),
            ("450 555-0177", "30988"),
            ("(450) 555-0177, poste 12", "30988"),
            ("5550177", "30988"),
            ("3098", "30988"),
            ("rive", "20317"),
            ("nuit 10452", "10452"),
        ],
    )
    def test_by_whatever_one_has(self, alice: Browser, words: str, number: str) -> None:
        page = alice.get(f"/clients?q={words}")
        assert "1 client " in text(page), text(page)
        assert number in text(page)

    @pytest.mark.parametrize("words", ["depuis", "450 555-0178", "zzz", "%", "_", "nuit 30988"])
    def test_and_nothing_else(self, alice: Browser, words: str) -> None:
        assert "Aucun client ne répond" in text(alice.get(f"/clients?q={quote(words)}"))

    def test_by_product(self, alice: Browser) -> None:
        shown = text(alice.get("/clients?product=imaging"))
        assert "Imagerie Rive-Sud" in shown
        assert "Clinique du Parc" not in shown
        assert "3 clients" in text(alice.get("/clients?product=nonsense"))

    def test_pages_go_by_key(self, alice: Browser, cast: Cast) -> None:
        with cast.line.sessions.begin() as session:
            for number in range(60):
                row = Client(number=f"{50000 + number}", name="Égal", other_environments=[])
                session.add(row)
        first = alice.get("/clients?q=egal")
        link = re.search(r'href="([^"]*after=\d+)"', first.text)
        assert link
        second = alice.get(html.unescape(link[1]))
        numbers = [re.findall(r'class="sub">(5\d{4})<', page.text) for page in (first, second)]
        assert [len(page) for page in numbers] == [50, 10]
        assert not {*numbers[0]} & {*numbers[1]}
        assert alice.get("/clients?after=99999").status_code == 200


class TestContract:
    def test_a_new_client(self, lead: Browser, cast: Cast) -> None:
        lead.get("/clients/new")
        typed = {
            "number": "30988",
            "name": "  Clinique   du Fleuve ",
            "product-medical": "1",
            "extended-medical": "1",
            "environment-test": "1",
            "beta_site": "1",
            "go_live_on": "2026-12-10",
            "lines": "514 555-0120\r\n1-800-555-0121\r\n",
        }
        page = lead.post("/clients/new", **typed)
        assert page.status_code == 303
        client = found(cast, "30988")
        assert (client.name, client.beta_site, str(client.go_live_on)) == (
            "Clinique du Fleuve",
            True,
            "2026-12-10",
        )
        assert [line.phone for line in client.lines] == ["+15145550120", "+18005550121"]
        assert [(held.product, held.extended) for held in client.products] == [("medical", True)]
        shown = text(lead.get(page.location))
        assert "Le client est créé." in shown
        assert "Client créé Bob Tremblay" in shown
        assert "toutes les heures hors des heures normales" in shown
        assert acts(cast) == ["client_created"]

    def test_its_number_is_its_own(self, lead: Browser, cast: Cast) -> None:
        lead.get("/clients/new")
        page = lead.post("/clients/new", **CONTRACT)
        assert (page.status_code, "celui d'un autre client" in text(page)) == (409, True)
        form = filled(lead, f"/clients/{cast.imaging.id}/contract")
        page = lead.post(f"/clients/{cast.imaging.id}/contract", **{**form, "number": "10452"})
        assert (page.status_code, "celui d'un autre client" in text(page)) == (409, True)
        assert found(cast, "20317").name == "Imagerie Rive-Sud"
        assert acts(cast) == []

    @pytest.mark.parametrize(
        ("field", "value", "why"),
        [
            ("number", "1045", "cinq chiffres"),
            ("number", "1045٣", "cinq chiffres"),
            ("name", "", "le nom du client"),
            ("name", "=cmd|' /C calc'!A0", "formule"),
            ("name", "a\u202eb", "invisibles"),
            ("name", "n" * 121, "Au plus 120"),
            ("go_live_on", "2026-13-40", "pas une date"),
            ("lines", "555-0120", "indicatif régional"),
            ("lines", "+33 1 42 68 53 00", "indicatif régional"),
            ("lines", "514 555-0120 poste 3", "n'a pas de poste"),
            ("window-medical-monday", "22:00-16:30", "Écrivez des heures"),
            ("window-medical-monday", "9 à 5", "Écrivez des heures"),
            ("window-medical-monday", "8:00-26:00", "Écrivez des heures"),
            ("window-medical-monday", "8:00-12:00, 11:00-13:00", "Écrivez des heures"),
            ("window-medical-monday", "", "aucune heure"),
        ],
    )
    def test_what_will_not_do_is_told_beside_its_field(
        self, lead: Browser, cast: Cast, field: str, value: str, why: str
    ) -> None:
        path = f"/clients/{cast.parc.id}/contract"
        form = filled(lead, path)
        form |= {"own-medical": "1", "window-medical-monday": "16:30-22:00", "beta_site": "1"}
        page = lead.post(path, **{**form, field: value})
        assert page.status_code == 409
        assert why in text(page)
        assert 'aria-invalid="true"' in page.text
        assert value in html.unescape(page.text)
        assert f'href="{path}?lang=en"' in page.text
        assert found(cast).version == 0

    def test_there_is_a_product(self, lead: Browser, cast: Cast) -> None:
        path = f"/clients/{cast.imaging.id}/contract"
        form = filled(lead, path)
        form.pop("product-imaging")
        assert "au moins un produit" in text(lead.post(path, **form))
        assert found(cast, "20317").version == 0

    def test_hours_of_its_own(self, lead: Browser, cast: Cast) -> None:
        path = f"/clients/{cast.parc.id}/contract"
        form = filled(lead, path) | {
            "own-medical": "1",
            "window-medical-monday": "16 h 30 à 22 h",
            "window-medical-saturday": "8 h à 12 h, 13:00-17:00",
            "window-medical-like": "1",
        }
        assert lead.post(path, **form).status_code == 303
        [medical] = [held for held in found(cast).products if held.product == "medical"]
        assert medical.window
        assert medical.window["monday"] == ["16:30-22:00"]
        assert medical.window["saturday"] == ["8:00-12:00", "13:00-17:00"]
        assert "holidays" not in medical.window
        shown = text(lead.get(f"/clients/{cast.parc.id}"))
        assert "lundi : 16 h 30 à 22 h" in shown
        assert "samedi : 8 h à midi, 13 h à 17 h" in shown
        assert "mardi à vendredi : aucune heure" in shown
        again = filled(lead, path)
        assert lead.post(path, **again).status_code == 303
        assert found(cast).version == 1  # saved as it stood: nothing has changed

    def test_what_open_incidents_are_due_moves_with_it(self, lead: Browser, cast: Cast) -> None:
        """Law 11: in the same transaction."""
        facts = {"client": cast.parc, "product": "medical", "extended": True}
        incident = cast.incident("P1", ago=timedelta(hours=2), **facts)
        closed = cast.incident("P1", ago=timedelta(hours=2), state="closed", **facts)
        assert cast.now(incident).due_at - cast.now(incident).opened_at == timedelta(hours=1)
        path = f"/clients/{cast.parc.id}/contract"
        form = filled(lead, path)
        form.pop("extended-medical")
        assert lead.post(path, **form).status_code == 303
        now = cast.now(incident)
        assert (now.due_at, now.extended) == (cast.line.clock(), False)  # 8:00 to 9:00 on Monday
        assert cast.now(closed).due_at == closed.due_at
        with cast.line.scene() as scene:
            stored = scene.session.get_one(Incident, incident.id)
            assert clocks.differences(scene, stored) == []

    def test_a_product_that_the_policy_names_no_more_is_kept(
        self, lead: Browser, cast: Cast
    ) -> None:
        with cast.line.sessions.begin() as session:
            held = session.get_one(Client, cast.imaging.id).products[0]
            held.product = "ancient"
        path = f"/clients/{cast.imaging.id}/contract"
        form = filled(lead, path)
        assert form["product-ancient"] == "1"
        assert lead.post(path, **{**form, "name": "Imagerie"}).status_code == 303
        assert [held.product for held in found(cast, "20317").products] == ["ancient"]

    @pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
    def test_of_two_at_once_the_second_is_shown_what_changed(
        self, lead: Browser, browser_of: Callable[[str], Browser], cast: Cast
    ) -> None:
        cast.change(cast.alice, role="lead")
        other = browser_of("alice")
        path = f"/clients/{cast.parc.id}/contract"
        mine, theirs = filled(lead, path), filled(other, path)
        assert other.post(path, **{**theirs, "name": "Parc et Jardin"}).status_code == 303
        page = lead.post(path, **{**mine, "lines": "514 555-0120"})
        assert page.status_code == 409
        shown = text(page)
        assert "pendant que vous regardiez cette page" in shown
        assert "Contrat modifié Alice Roy" in shown
        assert "514 555-0120</textarea>" in page.text.replace("\u00a0", " ")
        assert 'value="Parc et Jardin"' in page.text  # what was not touched is as it is now
        assert found(cast).lines == []
        hidden = shown_by(page.text)
        again = {**json.loads(hidden["was"]), **hidden, "lines": "514 555-0120"}
        assert lead.post(path, **again).status_code == 303
        now = found(cast)
        assert (now.name, [line.phone for line in now.lines]) == (
            "Parc et Jardin",
            ["+15145550120"],
        )

    def test_a_double_click_does_it_once(self, lead: Browser, cast: Cast) -> None:
        path = f"/clients/{cast.parc.id}/contract"
        form = {**filled(lead, path), "name": "Parc"}
        page = lead.page
        for _ in range(2):
            lead.page = page
            assert lead.post(path, **form).status_code == 303
        assert [change.act for change in changes(cast)] == ["contract"]

    @pytest.mark.parametrize("was", ["", "[]", "{", '{"name": 3}', "[" * 5000, "null"])
    def test_what_the_form_says_of_itself_is_not_trusted(
        self, lead: Browser, cast: Cast, was: str
    ) -> None:
        path = f"/clients/{cast.parc.id}/contract"
        form = filled(lead, path)
        for seen in ("", "x", "9" * 30, "7"):
            page = lead.post(path, **{**form, "name": "Parc", "was": was, "seen": seen})
            assert page.status_code == 409
        assert found(cast).name == "Clinique du Parc"


class TestPin:
    def test_it_is_set_and_never_shown(self, lead: Browser, cast: Cast) -> None:
        path = f"/clients/{cast.parc.id}"
        assert "Aucun NIP." in text(lead.get(path))
        assert lead.post(f"{path}/pin", pin="493817", again="493817").status_code == 303
        hashed = found(cast).pin_hash
        assert hashed
        assert hashed.startswith("$argon2id$")
        with cast.line.scene() as scene:
            call = cast.incident(client=cast.parc).call
            client = scene.session.get_one(Client, cast.parc.id)
            assert call
            assert callers.pin_is_right(scene, call, client, "493817")
            assert not callers.pin_is_right(scene, call, client, "493818")
        page = lead.get(path)
        assert "Un NIP est en vigueur." in text(page)
        assert "493817" not in page.text
        assert hashed not in page.text
        everything = [(change.act, change.facts, change.reason) for change in changes(cast)]
        assert everything == [("pin_set", {}, "")]
        for _ in range(2):
            lead.page = page
            assert lead.post(f"{path}/pin/removal", seen="1").status_code == 303
        assert found(cast).pin_hash is None
        assert acts(cast) == ["client_pin_set", "client_pin_removed"]

    def test_of_two_at_once_the_second_is_told(
        self, lead: Browser, browser_of: Callable[[str], Browser], cast: Cast
    ) -> None:
        cast.change(cast.alice, role="lead")
        other, path = browser_of("alice"), f"/clients/{cast.parc.id}"
        mine, theirs = lead.get(path), other.get(path)
        for _ in range(2):  # a double click
            other.page = theirs
            assert (
                other.post(f"{path}/pin", pin="493817", again="493817", seen="0").status_code == 303
            )
        lead.post(f"{path}/pin", pin="381749", again="381749", seen="0")
        assert "Le NIP a changé" in text(lead.page)
        lead.page = mine
        assert lead.post(f"{path}/pin/removal", seen="0").status_code == 409
        assert [change.act for change in changes(cast)] == ["pin_set"]
        assert found(cast).pin_hash

    @pytest.mark.parametrize(
        ("first", "again", "why"),
        [
            ("", "", "6 chiffres"),
            ("49381", "49381", "6 chiffres"),
            ("4938177", "4938177", "6 chiffres"),
            ("49381٣", "49381٣", "6 chiffres"),
            ("493817", "493871", "pas les mêmes"),
            ("123456", "123456", "premiers que l'on essaie"),
        ],
    )
    def test_what_will_not_do(
        self, lead: Browser, cast: Cast, first: str, again: str, why: str
    ) -> None:
        lead.get(f"/clients/{cast.parc.id}")
        page = lead.post(f"/clients/{cast.parc.id}/pin", pin=first, again=again)
        assert (page.status_code, why in text(page)) == (409, True)
        assert not first or first not in page.text
        assert found(cast).pin_hash is None

    @pytest.mark.parametrize(
        "digits", ["000000", "121212", "123123", "654321", "890123", "104529", "810452"]
    )
    def test_what_anybody_would_try_first(self, digits: str) -> None:
        assert pin.is_guessed(digits, "10452")

    def test_others_are_not_guessed(self) -> None:
        assert not pin.is_guessed("493817", "10452")


class TestRemoval:
    def remove(self, browser: Browser, cast: Cast, reason: str, user: object = None) -> int:
        path = f"/clients/{cast.parc.id}"
        browser.get(path)
        number = str(user or cast.night_user.id)
        browser.post(f"{path}/removal", super_user=number, reason=reason)
        return browser.page.status_code

    def test_it_is_recorded_why_by_whom_and_when(
        self, lead: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        assert self.remove(lead, cast, "Trois appels <sans> premier niveau.") == 303
        shown = text(lead.get(f"/clients/{cast.parc.id}"))
        assert "1 personne retirée Nadia Nuit À la demande du centre, aujourd'hui à 9 h" in shown
        assert "Motif : Trois appels <sans> premier niveau." in shown
        assert "Nadia Nuit : retrait à la demande du centre Bob Tremblay" in shown
        user = found(cast).super_users[0]
        assert (user.removed_at, user.removed_reason) == (
            clock(),
            "Trois appels <sans> premier niveau.",
        )
        assert acts(cast) == ["client_removed"]
        call = cast.incident(client=cast.parc).call
        assert call
        call.caller = "+15145550102"
        assert not callers.is_known(call, found(cast))

    @pytest.mark.parametrize("reason", ["", "   ", "r" * 501, "a\x00b"])
    def test_not_without_a_reason(self, lead: Browser, cast: Cast, reason: str) -> None:
        assert self.remove(lead, cast, reason) == 409
        assert '<details class="act" open>' in lead.page.text
        assert found(cast).super_users[0].removed_at is None

    def test_not_twice_and_not_anothers(self, lead: Browser, cast: Cast) -> None:
        assert self.remove(lead, cast, "x", "4711") == 404
        assert [self.remove(lead, cast, "x") for _ in range(2)] == [303, 303]
        assert acts(cast) == ["client_removed"]
        assert self.remove(lead, cast, "again") == 409
        assert "déjà retirée" in text(lead.page)


class TestHistory:
    def test_it_is_never_edited(self, lead: Browser, cast: Cast) -> None:
        lead.get(f"/clients/{cast.parc.id}")
        lead.post(f"/clients/{cast.parc.id}/pin", pin="493817", again="493817")

        def edit(act: str) -> None:
            with cast.line.sessions.begin() as session:
                change = session.scalars(select(ClientChange)).one()
                if act == "delete":
                    session.delete(change)
                else:
                    change.subject = "nobody"

        for act in ("delete", "change"):
            with pytest.raises(RuntimeError, match="never edited"):
                edit(act)
        assert [change.subject for change in changes(cast)] == [""]

    def test_it_goes_on_page_by_page(self, lead: Browser, cast: Cast) -> None:
        path = f"/clients/{cast.parc.id}/contract"
        for number in range(33):
            form = filled(lead, path)
            assert lead.post(path, **{**form, "name": f"Nom {number}"}).status_code == 303
        first = lead.get(f"/clients/{cast.parc.id}")
        assert first.text.count("Contrat modifié") == 30
        link = re.search(r'href="([^"]*before=\d+)#history"', first.text)
        assert link
        older = lead.get(link[1])
        assert older.text.count("Contrat modifié") == 3
        assert "Clinique du Parc → maintenant : Nom 0" in text(older)


class TestWindow:
    @pytest.fixture
    def policy(self, cast: Cast) -> Policy:
        return cast.line.policy

    def test_a_window_reads_as_it_was_written(self, policy: Policy) -> None:
        data = {"every_day": ["16:30-24:00"], "weekend": ["0:00-24:00"], "holidays": []}
        texts = window.texts(data)
        assert texts["friday"] == "16:30-24:00"
        assert texts["sunday"] == "0:00-24:00"
        read, problems = window.read(policy, texts)
        assert problems == {}
        assert read == window.by_day(data)
        assert read
        moment = StandingClock()()
        spans = [
            list(policy.window(each).spans(moment, moment + timedelta(days=60)))
            for each in (data, read)
        ]
        assert spans[0] == spans[1]

    def test_holidays_are_like_the_week_where_nothing_is_said(self, policy: Policy) -> None:
        data = {"weekdays": ["16:30-22:00"]}
        assert window.texts(data)["holidays"] == window.LIKE_THE_WEEK
        assert window.read(policy, window.texts(data)) == (window.by_day(data), {})

    def test_what_is_kept_is_a_window(self, policy: Policy) -> None:
        with pytest.raises(HoursError):
            policy.window({"monday": ["9-5-3"]})


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_in_each_language(lead: Browser, cast: Cast, language: str) -> None:
    for path in ("", "/new", "/import", "/1", "/1/contract", "/1/form", "/1/import"):
        page = lead.get(f"/clients{path}?lang={language}")
        assert (page.status_code, f'<html lang="{language}">' in page.text) == (200, True), path


def test_what_is_typed_is_text_and_never_html(lead: Browser, cast: Cast) -> None:
    path = f"/clients/{cast.parc.id}/contract"
    form = filled(lead, path)
    assert lead.post(path, **{**form, "name": "<img src=x> & Cie"}).status_code == 303
    for where in ("/clients", f"/clients/{cast.parc.id}", path):
        page = lead.get(where).text
        assert "<img src=x" not in page
        assert "&lt;img src=x&gt; &amp; Cie" in page
