"""The policy's pages in a real browser: read by anybody, and the call that the browser speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests import servers
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import Cast

NIGHT = "/policy/simulation?at=2026-12-05T02:00&client=10452&caller=known&priority=P1"
# A browser of a test has no voice: this one keeps what it was to speak, and says it is done.
VOICE = """
  window.heard = [];
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) { super(); this.text = text; }
  };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => [{ lang: "fr_CA", name: "Gabrielle" }, { lang: "en-CA", name: "Joanna" }],
    speak: (one) => window.heard.push([one.lang, one.voice.name, one.text, one]),
    cancel: () => window.heard.push("cancelled"),
  } });
"""


@pytest.fixture
def url(app: Flask, cast: Cast) -> Iterator[str]:
    with servers.serve(app) as address:
        yield address


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_can_be_read(open_tab: Callable[..., Page], url: str, language: str) -> None:
    page = open_tab()
    sign_in(page, url, language)
    for path in ("/policy", NIGHT, "/policy/prompts"):
        page.goto(url + path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        for width, scheme in sizes(__name__):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            no_violations(page)


def test_the_next_call_is_asked_for_seen_and_heard(open_tab: Callable[..., Page], url: str) -> None:
    page = open_tab()
    page.add_init_script(VOICE)
    sign_in(page, url)
    page.get_by_role("link", name="Politique").click()
    page.get_by_role("link", name="Prochain appel").click()
    page.get_by_label("L'appel arrive le").fill("2026-12-05T02:00")
    page.get_by_label("Numéro de client").fill("10452")
    page.get_by_role("button", name="Simuler l'appel").click()
    expect(page.get_by_role("heading", name="L'agent de garde sonne")).to_be_visible()
    rings = page.get_by_role("region", name="Qui sonnerait, et quand").get_by_role("listitem")
    expect(rings.first).to_contain_text("pendant 20 s")

    listen = page.get_by_role("button", name="Écouter l'appel")
    expect(listen).not_to_have_attribute("aria-pressed", "true")
    listen.click()
    spoken = page.evaluate("heard.filter((each) => each !== 'cancelled').map((e) => e.slice(0, 3))")
    assert spoken[0] == ["fr-CA", "Gabrielle", "Assistance technique, bonjour."]
    assert spoken[1] == ["en-CA", "Joanna", "For service in English, press 9."]
    assert len(spoken) == page.locator(".talk .said").count()
    expect(listen).to_have_attribute("aria-pressed", "true")
    page.evaluate("heard.at(-1)[3].dispatchEvent(new Event('end'))")
    expect(listen).to_have_attribute("aria-pressed", "false")
    listen.click()
    listen.click()  # pressed again, it stops
    assert page.evaluate("heard.at(-1)") == "cancelled"
    expect(listen).to_have_attribute("aria-pressed", "false")


def test_without_a_voice_there_is_no_button_that_does_nothing(
    open_tab: Callable[..., Page], url: str
) -> None:
    page = open_tab(java_script_enabled=False)
    sign_in(page, url, "en")
    page.goto(url + NIGHT)
    expect(page.get_by_text("For service in English, press 9.")).to_be_visible()
    expect(page.locator(".listen").first).to_be_hidden()
