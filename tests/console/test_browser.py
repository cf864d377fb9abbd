"""The pages in a real browser: an agent's way through them, in both languages and by the keyboard,
on a phone and at a desk, in light and dark."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ivr.models import Incident
from tests import servers
from tests.console.cast import MINUTE, PASSWORD, Cast
from tests.console.test_recordings import Api, api, api_url, give, sound

__all__ = ["api", "api_url"]  # fixtures

SECONDS = 1
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WORDS = {
    "fr": {
        "email": "Courriel",
        "password": "Mot de passe",
        "sign_in": "Se connecter",
        "take": "Prendre en charge",
        "told": "J'ai parlé au client",
        "taken": "L'incident est à vous.",
        "kept": "Dans les délais",
        "sign_out": "Se déconnecter",
        "title": "Connexion",
    },
    "en": {
        "email": "E-mail",
        "password": "Password",
        "sign_in": "Sign in",
        "take": "Take in charge",
        "told": "I spoke with the client",
        "taken": "The incident is yours.",
        "kept": "On time",
        "sign_out": "Sign out",
        "title": "Sign in",
    },
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        missing = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


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


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab in which nothing may go wrong: no error, and nothing that the policy blocks."""
    context = chromium.new_context()
    tab = context.new_page()
    troubles: list[str] = []
    tab.on("console", lambda message: troubles.append(message.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    yield tab
    context.close()
    assert troubles == []


def sign_in(page: Page, url: str, language: str = "fr") -> None:
    words = WORDS[language]
    page.goto(f"{url}/sign-in?lang={language}")
    page.get_by_label(words["email"]).fill("alice@example.org")
    page.get_by_label(words["password"]).fill(PASSWORD)
    page.get_by_role("button", name=words["sign_in"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Incidents")


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
    expect(page.get_by_role("status")).to_contain_text(words["taken"])
    page.get_by_role("button", name=words["told"]).click()
    expect(page.locator(".charge .left")).to_have_text(words["kept"])
    expect(page.locator(".charge button")).to_have_count(0)
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


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(320, "light", "fr"), (320, "dark", "en"), (1440, "light", "en"), (1440, "dark", "fr")],
)
def test_every_page_can_be_read(
    chromium: Browser, desk: Desk, cast: Cast, width: int, scheme: str, language: str
) -> None:
    """WCAG 2.2: reflow (1.4.10), contrast (1.4.3), names and roles (4.1.2), targets (2.5.8)."""
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
        assert faults(page) == []
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
            page.evaluate(
                "for (const each of document.querySelectorAll('details')) each.open = true"
            )
            assert faults(page) == [], path
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


def faults(page: Page) -> list[str]:
    found: list[str] = page.evaluate(FAULTS)
    return found


# What a program can see of WCAG without a library: the rest was looked at.
FAULTS = r"""() => {
  const faults = [];
  const say = (what, element) =>
    faults.push([what, element.tagName, element.className, element.textContent.trim()].join(" "));
  if (document.documentElement.scrollWidth > innerWidth) faults.push("scrolls sideways");
  if (!document.documentElement.lang || !document.title) faults.push("no language or title");

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((v) => linear(v / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] === 255) return color;
    }
    return rgba("white");
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim()) continue;
    const [one, two] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) say(`contrast ${ratio.toFixed(2)}`, element);
  }

  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden])")) {
    if (!element.checkVisibility()) continue;  // folded away
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const inText = style.display === "inline";
    if (!inText && (box.width < 24 || box.height < 24)) say("small target", element);
    const name = element.textContent.trim() || element.getAttribute("aria-label")
      || (element.labels && element.labels.length);
    if (!name) say("no name", element);
  }
  for (const image of document.querySelectorAll("img:not([alt]), svg:not([aria-hidden])"))
    say("no alternative", image);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  if (new Set(ids).size !== ids.length) faults.push("an id stands twice");
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const name of ["aria-labelledby", "aria-describedby"])
      if (element.hasAttribute(name) && !document.getElementById(element.getAttribute(name)))
        say(`${name} leads nowhere`, element);
  return faults;
}"""
