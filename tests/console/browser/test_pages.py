"""The pages in a real browser: an agent's way through them, in both languages and by the keyboard,
on a phone and at a desk, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from ivr.models import Incident
from tests import servers
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import MINUTE, PASSWORD, Cast
from tests.console.test_recordings import Api, api, api_url, give, sound

__all__ = ["api", "api_url"]  # fixtures

SECONDS = 1
WORDS = {
    "fr": {
        "email": "Courriel",
        "take": "Prendre en charge",
        "told": "J'ai parlé au client",
        "taken": "L'incident est à vous.",
        "kept": "Dans les délais",
        "sign_out": "Se déconnecter",
        "title": "Connexion",
    },
    "en": {
        "take": "Take in charge",
        "told": "I spoke with the client",
        "taken": "The incident is yours.",
        "kept": "On time",
        "sign_out": "Sign out",
        "title": "Sign in",
    },
}


@dataclass
class Desk:
    """The console on a real port, and an incident of each kind that a list can hold."""

    url: str
    incident: Incident


@pytest.fixture
def desk(app: Flask, cast: Cast, api: Api) -> Iterator[Desk]:
    api.answer = lambda request: give(request, sound(SECONDS), "audio/wav")
    now = cast.line.clock()
    cast.incident("P1", ago=200 * MINUTE, client=cast.parc, product="billing")
    incident = cast.incident(
        "P1",
        ago=20 * MINUTE,
        client=cast.parc,
        product="medical",
        super_user_id=cast.night_user.id,
        recognised_by="number",
        callback_extension="330",
        callback_at=now + MINUTE,
        callback_attempts=2,
    )
    cast.incident("P2", ago=100 * MINUTE)
    cast.incident("P4", state="taken", holder_id=cast.bob.id, taken_at=now)
    cast.incident("P3", state="taken", holder_id=cast.bob.id, taken_at=now, told_at=now)
    cast.incident("P3", state="refused")
    cast.change(cast.parc, name="Centre hospitalier de l'Outaouais et des Hautes-Laurentides")
    cast.recording(incident)
    cast.event(incident, "opened")
    cast.event(incident, "routed", route="call_back", why=[{"key": "hours.never"}])
    with servers.serve(app) as url:
        yield Desk(url, incident)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_agent_hears_takes_and_calls(
    page: Page, desk: Desk, cast: Cast, api: Api, language: str
) -> None:
    words, incident = WORDS[language], desk.incident
    sign_in(page, desk.url, language)
    reference = f"{incident.reference[:3]}\u00a0{incident.reference[3:]}"
    page.get_by_role("link", name=reference, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(reference)
    player = page.locator("audio")
    assert (
        player.evaluate(
            """async player => { const ended = new Promise(done => (player.onended = done));
        await player.play(); await ended; return Math.round(player.currentTime); }"""
        )
        == SECONDS
    )
    page.get_by_role("button", name=words["take"]).click()
    expect(page.get_by_role("status").first).to_contain_text(words["taken"])
    page.get_by_role("button", name=words["told"]).click()
    expect(page.locator(".charge .left")).to_have_text(words["kept"])
    expect(page.get_by_role("button", name=words["told"])).to_have_count(0)
    now = cast.now(incident)
    assert (now.state, now.holder_id, now.callback_at) == ("taken", cast.alice.id, None)
    assert cast.kinds(incident)[2:] == ["recording_played", "taken", "told"]
    page.get_by_role("button", name=words["sign_out"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])


def test_all_of_it_by_the_keyboard(page: Page, desk: Desk, cast: Cast) -> None:
    page.goto(f"{desk.url}/sign-in")
    expect(page.get_by_label(WORDS["fr"]["email"])).to_be_focused()
    page.keyboard.type("alice@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Incidents")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "reference":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dossier")


def test_a_row_is_one_large_target_and_its_number_another(page: Page, desk: Desk) -> None:
    sign_in(page, desk.url)
    row = page.get_by_role("row").nth(1)
    assert row.locator("a.phone").evaluate(
        """link => { const box = link.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return top === link; }"""
    )
    state = row.locator(".state").bounding_box()
    assert state
    page.mouse.click(state["x"] + state["width"] / 2, state["y"] + state["height"] / 2)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dossier")


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_every_page_can_be_read(
    chromium: Browser, desk: Desk, cast: Cast, width: int, scheme: str
) -> None:
    """WCAG 2.2: reflow (1.4.10), contrast (1.4.3), names and roles (4.1.2), targets (2.5.8)."""
    language = "fr" if (width == 320) == (scheme == "light") else "en"
    held = {"holder_id": cast.alice.id, "taken_at": cast.line.clock()}
    worked_on = cast.incident("P4", state="in_progress", **held)
    resolved = cast.incident("P3", state="resolved", nature="technical", **held)
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    try:
        page.goto(f"{desk.url}/sign-in?lang={language}")
        no_violations(page)
        page.goto(f"{desk.url}/incidents/x")
        sign_in(page, desk.url, language)
        for path in (
            "/incidents",
            "/incidents?view=all",
            "/incidents?view=taken",
            "/incidents?view=all&after=1",
            f"/incidents/{desk.incident.id}",
            f"/incidents/{worked_on.id}",
            f"/incidents/{resolved.id}",
            "/articles",
            "/no/such/page",
        ):
            page.goto(desk.url + path)
            no_violations(page)
            assert page.get_by_role("heading", level=1).count() == 1
            assert page.get_by_role("main").count() == 1
    finally:
        context.close()


def test_on_a_phone_the_list_is_still_a_table_to_a_screen_reader(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    sign_in(page, desk.url)
    table = page.get_by_role("table").first
    assert table.get_by_role("columnheader").count() == 6
    assert table.get_by_role("row").count() == 4
    tree = table.aria_snapshot()
    assert re.search(r'cell "P1 Critique"', tree)
