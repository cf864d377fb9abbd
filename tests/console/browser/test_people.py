"""People in a real browser: invited, signed in, with a second factor; every page looked at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from ivr import people_links
from ivr.database import reading
from ivr.models import Agent, Message
from ivr.people_vault import Vault
from line import Line
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import Cast

GOOD = "quatre girafes sous la pluie"
WORDS = {
    "fr": {
        "add": "Ajouter une personne",
        "name": "Nom, comme",
        "email": "Courriel",
        "phone": "Téléphone",
        "invite": "Ajouter et inviter",
        "sign_out": "Se déconnecter",
        "new": "Nouveau mot de passe",
        "again": "Le même",
        "save": "Enregistrer le mot de passe",
        "current": "Mot de passe actuel",
        "begin": "Commencer",
        "first": "2. Entrez",
        "on": "Activer",
        "noted": "C'est noté",
        "password": "Mot de passe",
        "sign_in": "Se connecter",
        "code": "Code",
        "go_on": "Continuer",
        "disable": "Désactiver",
        "is_off": "La personne est désactivée",
        "wrong": "n'est pas le bon",
    },
    "en": {
        "add": "Add a person",
        "name": "Name, as",
        "email": "E-mail",
        "phone": "Phone",
        "invite": "Add and invite",
        "sign_out": "Sign out",
        "new": "New password",
        "again": "The same",
        "save": "Save the password",
        "current": "Current password",
        "begin": "Begin",
        "first": "2. Enter",
        "on": "Turn on",
        "noted": "I have written them down",
        "password": "Password",
        "sign_in": "Sign in",
        "code": "Code",
        "go_on": "Continue",
        "disable": "Disable",
        "is_off": "The person is disabled",
        "wrong": "is not the right one",
    },
}


def letter_link(line: Line, site: str) -> str:
    with reading(line.sessions) as session:
        letter = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    sent = people_links.filled(Vault(line.settings.secret_key), letter.body)
    found = re.search(r"/password/\S+", sent)
    assert found
    return site + found[0]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_an_invitation_to_a_second_factor(
    open_tab: Callable[..., Page], site: str, cast: Cast, line: Line, language: str
) -> None:
    t = WORDS[language]
    cast.change(cast.alice, role="admin", language=language)
    admin, newcomer = open_tab(), open_tab()
    sign_in(admin, site, language)
    admin.goto(f"{site}/people")
    admin.get_by_role("link", name=t["add"]).click()
    admin.get_by_label(t["name"]).fill("Jeanne Neuve")
    admin.get_by_label(t["email"]).fill("jeanne@example.org")
    admin.get_by_label(t["phone"]).fill("450 555-0116")
    admin.get_by_role("button", name=t["invite"]).click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Jeanne Neuve")

    newcomer.goto(f"{letter_link(line, site)}?lang={language}")
    newcomer.get_by_label(t["new"]).fill(GOOD)
    newcomer.get_by_label(t["again"]).fill(GOOD)
    newcomer.get_by_role("button", name=t["save"]).click()
    expect(newcomer.get_by_role("status")).to_be_visible()
    sign_in(newcomer, site, language, email="jeanne@example.org", password=GOOD)

    newcomer.goto(f"{site}/account/second-factor")
    newcomer.get_by_label(t["current"]).fill(GOOD)
    newcomer.get_by_role("button", name=t["begin"]).click()
    secret = newcomer.locator(".key").inner_text().replace(" ", "")
    code = pyotp.TOTP(secret).at(int(line.clock().timestamp()))
    newcomer.get_by_label(t["first"]).fill(code)
    newcomer.get_by_role("button", name=t["on"], exact=True).click()
    recovery = newcomer.locator(".codes code").all_inner_texts()
    assert len(recovery) == 10
    newcomer.get_by_role("link", name=t["noted"]).click()
    newcomer.get_by_role("button", name=t["sign_out"]).click()

    newcomer.get_by_label(t["email"]).fill("jeanne@example.org")
    newcomer.get_by_label(t["password"]).fill(GOOD)
    newcomer.get_by_role("button", name=t["sign_in"]).click()
    expect(newcomer.get_by_label(t["code"])).to_be_focused()
    newcomer.keyboard.type(recovery[3])
    newcomer.keyboard.press("Enter")
    expect(newcomer.get_by_role("heading", level=1)).to_have_text("Incidents")

    admin.reload()
    admin.get_by_role("button", name=t["disable"], exact=True).click()
    expect(admin.get_by_role("status")).to_contain_text(t["is_off"])
    newcomer.reload()
    expect(newcomer.get_by_label(t["password"])).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_every_page_can_be_read(
    open_tab: Callable[..., Page], site: str, cast: Cast, line: Line, width: int, scheme: str
) -> None:
    language = "fr" if (width == 320) == (scheme == "light") else "en"
    cast.change(cast.alice, role="admin", language=language)
    cast.change(cast.bob, password_hash="")
    with line.scene() as scene:
        bob = scene.session.get_one(Agent, cast.bob.id)
        people_links.send(scene, bob)
    page = open_tab(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in ("/sign-in/forgotten", letter_link(line, "")):
        page.goto(f"{site}{path}?lang={language}")
        no_violations(page)
    sign_in(page, site, language)
    for path in (
        "/people",
        f"/people/{cast.bob.id}",
        f"/people/{cast.denis.id}",
        "/people/new",
        "/audit",
        "/audit?subject=nothing+like+it",
        "/account",
        "/account/second-factor",
    ):
        page.goto(site + path)
        no_violations(page)
        assert page.get_by_role("heading", level=1).count() == 1
    _with_a_factor(page, line, language)


def test_a_link_that_is_over_can_be_read(chromium: Browser, site: str) -> None:
    """In a tab of its own: Chromium notes an answer of 410 as an error."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{site}/password/none")
    no_violations(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce lien n'est plus bon")
    context.close()


def _with_a_factor(page: Page, line: Line, language: str) -> None:
    """The pages that only somebody sees who sets up a second factor, or has one."""
    t = WORDS[language]
    page.get_by_label(t["current"]).fill("wrong")
    page.get_by_role("button", name=t["begin"]).click()
    expect(page.get_by_role("alert")).to_contain_text(t["wrong"])
    no_violations(page)
    page.get_by_label(t["current"]).fill("trois petits chats 42")
    page.get_by_role("button", name=t["begin"]).click()
    no_violations(page)
    secret = page.locator(".key").inner_text().replace(" ", "")
    code = pyotp.TOTP(secret).at(int(line.clock().timestamp()))
    page.get_by_label(t["first"]).fill(code)
    page.get_by_role("button", name=t["on"], exact=True).click()
    expect(page.locator(".codes")).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name=t["noted"]).click()
    no_violations(page)
    page.goto(page.url + "/second-factor")
    no_violations(page)
    site = page.url.partition("/account")[0]
    page.context.clear_cookies()
    page.goto(f"{site}/sign-in?lang={language}")
    page.get_by_label(t["email"]).fill("alice@example.org")
    page.get_by_label(t["password"]).fill("trois petits chats 42")
    page.get_by_role("button", name=t["sign_in"]).click()
    expect(page.get_by_label(t["code"])).to_be_visible()
    no_violations(page)
