"""Integrations in a real browser: a token is made, a webhook shows what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Page, expect

import api
import console
from ivr import targets, tokens
from ivr.models import Agent, WebhookDelivery
from line import Line
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import MINUTE, Cast
from tests.console.conftest import app_of


@pytest.fixture
def app(line: Line, compiled: FileSystemBytecodeCache) -> Flask:
    """With the API beside the console."""
    made = app_of(line, compiled, console.blueprint, api.blueprint)
    console.csrf.exempt(api.blueprint)
    return made


@pytest.fixture
def target(cast: Cast) -> int:
    """Bob administers; there are tokens in force and not, and a webhook with some history."""
    cast.change(cast.bob, role="admin")
    now, incidents = cast.line.clock(), [cast.incident().id for _ in range(3)]
    with cast.line.scene() as scene:
        bob = scene.session.get_one(Agent, cast.bob.id)
        rights = ("incidents", "rota")
        wanted = tokens.Wanted("1", "Tableau de la salle", rights, False, None, 300, 90)
        tokens.make(scene, bob, wanted)[0].last_used_at = now - 3 * MINUTE
        wanted = tokens.Wanted("2", "Portail des clients", tokens.SCOPES, True, bob, 1200, None)
        tokens.make(scene, bob, wanted)
        wanted = tokens.Wanted("3", "Ancien outil", ("rota",), False, None, 60, 30)
        tokens.revoke(scene, tokens.make(scene, bob, wanted)[0], bob)
        hook = targets.Wanted(
            "1", "Clavardage de l'équipe", "https://hooks.example.org/services/T0/B0",
            ("incident.opened", "incident.taken", "incident.breached"), ("incidents",),
        )  # fmt: skip
        made = targets.make(scene, bob, hook, demo=False)
        scene.session.flush()
        kinds = [("incident.opened", None, ""), ("incident.taken", now, "unreachable"),
                 ("incident.breached", None, "503")]  # fmt: skip
        for number, (type_, send_at, failure) in enumerate(kinds):
            scene.session.add(
                WebhookDelivery(
                    target=made,
                    type=type_,
                    incident_id=incidents[number],
                    created_at=now - timedelta(hours=number),
                    send_at=send_at,
                    sent_at=now if not failure else None,
                    attempts=number + 1,
                    failure=failure,
                )
            )
        return made.id


@pytest.mark.parametrize(("language", "label"), [("fr", "Nouveau jeton"), ("en", "New token")])
def test_a_token_is_made_and_revoked(
    page: Page, site: str, target: int, language: str, label: str
) -> None:
    sign_in(page, site, language, email="bob@example.org")
    page.goto(f"{site}/integrations")
    page.get_by_text(label, exact=True).click()
    page.locator("#token-name").fill("Sonde")
    page.get_by_role("checkbox").first.check()
    page.locator("details.new button.main").first.click()
    expect(page.locator("#secret")).to_contain_text("p1line_")
    no_violations(page)
    page.goto(f"{site}/integrations")
    expect(page.locator("#secret")).to_have_count(0)
    mine = page.locator(".thing", has_text="Sonde")
    mine.locator("summary").click()
    mine.get_by_role("button").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".part > .things .thing", has_text="Sonde")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_it_can_be_read_by_everybody(
    open_tab: Callable[..., Page], site: str, target: int, width: int, scheme: str
) -> None:
    page = open_tab(viewport={"width": width, "height": 900}, color_scheme=scheme)
    sign_in(page, site, email="bob@example.org")
    for path in ("/integrations", f"/integrations/webhooks/{target}"):
        page.goto(f"{site}{path}")
        no_violations(page)


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_the_documentation_too(
    open_tab: Callable[..., Page], site: str, width: int, scheme: str
) -> None:
    page = open_tab(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{site}/api-docs")
    no_violations(page)
