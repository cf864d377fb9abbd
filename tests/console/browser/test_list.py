"""The list in a real browser: it stays fresh by itself, announces a P1, and obeys the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.console.browser.looks import QUICK, no_violations, sign_in, sizes
from tests.console.cast import MINUTE, Cast, StandingClock

ALERTS = """
  window.heard = 0;
  window.shown = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.heard += 1; start.apply(this, at); };
  window.Notification = class {
    static permission = "granted";
    static async requestPermission() { return "granted"; }
    constructor(title, { body }) { window.shown.push(`${title} | ${body}`); }
  };
"""


@pytest.fixture
def quick(site: str, page: Page) -> Page:
    page.add_init_script(QUICK)
    return page


def test_an_incident_appears_and_nobody_loses_their_place(
    quick: Page, site: str, cast: Cast
) -> None:
    """Focus, scroll, what is half typed and what is unfolded stay; the title counts."""
    for n in range(30):
        cast.incident("P3", ago=n * MINUTE)
    sign_in(quick, site)
    quick.get_by_text("Filtres", exact=True).click()
    quick.get_by_label("Numéro de client").fill("104")
    link = quick.locator("a.reference").nth(12)
    link.focus()
    reference, top = link.text_content(), link.bounding_box()
    assert reference
    assert top
    new = cast.incident("P1", ago=72 * 60 * MINUTE)
    expect(quick.locator("a.reference").first).to_have_text(_spoken(new.reference))
    expect(quick).to_have_title(re.compile(r"Incidents \(1 en retard\)"))
    expect(quick.locator("#news")).to_have_text("Un nouveau dossier dans la liste.")
    assert quick.evaluate("document.activeElement.textContent") == reference
    now = quick.get_by_role("link", name=reference, exact=True).bounding_box()
    assert now
    assert abs(now["y"] - top["y"]) < 2
    expect(quick.get_by_label("Numéro de client")).to_have_value("104")
    assert quick.locator("details.narrow").get_attribute("open") is not None


def test_a_row_that_goes_hands_the_focus_on(quick: Page, site: str, cast: Cast) -> None:
    rows = [cast.incident("P2", ago=n * MINUTE) for n in (3, 2, 1)]
    sign_in(quick, site)
    quick.get_by_role("link", name=_spoken(rows[1].reference), exact=True).focus()
    cast.change(rows[1], state="closed", closed_at=cast.line.clock())
    expect(quick.locator("a.reference")).to_have_count(2)
    focused = quick.evaluate("document.activeElement.textContent")
    assert focused == _spoken(rows[2].reference)


def test_only_what_changed_is_changed(quick: Page, site: str, cast: Cast) -> None:
    first, second = cast.incident("P2", ago=2 * MINUTE), cast.incident("P2")
    sign_in(quick, site)
    quick.evaluate("for (const row of document.querySelectorAll('tbody tr')) row.mine = true")
    cast.change(second, state="taken", holder_id=cast.bob.id, taken_at=cast.line.clock())
    expect(quick.get_by_role("heading", level=2)).to_have_count(2)
    kept = quick.evaluate(f"document.getElementById('i{first.id}').mine === true")
    assert kept


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_p1_is_announced_to_whoever_asked_for_it(
    site: str, open_tab: Callable[..., Page], cast: Cast, language: str
) -> None:
    tab = open_tab()
    tab.add_init_script(QUICK + ALERTS)
    there = cast.incident("P1", client=cast.parc)
    sign_in(tab, site, language)
    cast.incident("P1", client=cast.parc)
    expect(tab.locator("a.reference")).to_have_count(2)
    assert tab.evaluate("[heard, shown]") == [0, []]
    sound, notification = (tab.locator(f"#alert-{name}") for name in ("sound", "notification"))
    sound.check()
    _until(tab, "heard > 0")  # so that one knows it
    once = tab.evaluate("heard")
    notification.check()
    # A P1 under any filter, and no other, is announced; this browser remembers that it is wanted.
    tab.goto(f"{site}/incidents?priority=P4")
    expect(sound).to_be_checked()
    expect(notification).to_be_checked()
    cast.incident("P2", client=cast.parc)
    new = cast.incident("P1", client=cast.parc, product="medical")
    _until(tab, f"heard === {once}")
    _until(tab, "shown.length === 1")
    [note] = tab.evaluate("shown")
    assert _spoken(new.reference) in note
    assert "Clinique du Parc" in note
    assert {"fr": "Nouvel incident critique", "en": "New critical incident"}[language] in note
    # Back from its page it is known, and so is the one that was there from the first.
    tab.goto(f"{site}/incidents/{there.id}")
    tab.goto(f"{site}/incidents")
    expect(tab.locator("#freshness")).to_contain_text(re.compile(r"09:00:00"))
    tab.wait_for_timeout(200)
    assert tab.evaluate("[heard, shown]") == [0, []]


def test_a_browser_that_refuses_notifications_says_so(quick: Page, site: str, cast: Cast) -> None:
    quick.add_init_script(
        "window.Notification = class { static permission = 'denied';"
        " static async requestPermission() { return 'denied'; } }"
    )
    sign_in(quick, site)
    box = quick.locator("#alert-notification")
    box.click()
    expect(quick.locator("#alert-trouble")).to_contain_text("permettez-les")
    expect(box).not_to_be_checked()


def test_a_lost_connection_is_said_and_caught_up_with(
    site: str, chromium: Browser, cast: Cast, clock: StandingClock
) -> None:
    tab = chromium.new_page()  # one whose console may complain, as it does here
    tab.add_init_script(QUICK)
    sign_in(tab, site)
    lost = tab.locator("#lost")
    expect(lost).to_be_hidden()

    def fail(route: Route) -> None:
        route.fulfill(status=503, body="")

    tab.route("**/incidents", fail)
    expect(lost).to_contain_text("La connexion est perdue depuis 09:00:00")
    new = cast.incident("P1")
    clock.passes(MINUTE)
    tab.unroute("**/incidents", fail)
    expect(tab.get_by_role("link", name=_spoken(new.reference), exact=True)).to_be_visible()
    expect(lost).to_be_hidden()
    expect(tab.locator("#freshness")).to_contain_text("09:01:00")
    tab.context.close()


def test_signed_out_elsewhere_it_asks_to_sign_in(quick: Page, site: str, cast: Cast) -> None:
    sign_in(quick, site)
    cast.change(cast.alice, active=False)
    expect(quick.get_by_role("heading", level=1)).to_have_text("Connexion")


def test_whoever_reads_slowly_stops_it(quick: Page, site: str, cast: Cast) -> None:
    sign_in(quick, site)
    quick.get_by_role("link", name="Arrêter").click()
    expect(quick.locator("#freshness")).to_contain_text("ne se rafraîchit pas")
    cast.incident("P1")
    quick.wait_for_timeout(300)
    expect(quick.locator("a.reference")).to_have_count(0)


def test_without_scripts_the_page_reloads_itself(
    site: str, open_tab: Callable[..., Page], cast: Cast
) -> None:
    tab = open_tab(java_script_enabled=False)
    sign_in(tab, site)
    assert tab.locator("meta[http-equiv=refresh]").count() == 1
    expect(tab.get_by_role("button", name="Raccourcis")).to_be_hidden()
    expect(tab.locator("#alerts")).to_be_hidden()
    expect(tab.locator("#freshness")).to_contain_text("toutes les 30 secondes")
    tab.get_by_role("searchbox").fill("parc")
    incident = cast.incident(client=cast.parc)
    tab.get_by_role("button", name="Chercher").click()
    expect(tab).to_have_url(f"{site}/incidents?q=parc")
    expect(tab.get_by_role("link", name=_spoken(incident.reference), exact=True)).to_be_visible()


class TestKeys:
    @pytest.fixture
    def three(self, site: str, page: Page, cast: Cast) -> list[str]:
        rows = [cast.incident("P2", ago=n * MINUTE) for n in (3, 2, 1)]
        sign_in(page, site)
        return [_spoken(row.reference) for row in rows]

    def test_they_go_through_the_rows(self, page: Page, three: list[str]) -> None:
        def focused() -> str:
            return str(page.evaluate("document.activeElement.textContent"))

        reached = []
        for key in ("j", "j", "ArrowDown", "j", "k", "ArrowUp"):
            page.keyboard.press(key)
            reached.append(focused())
        assert reached == [three[n] for n in (0, 1, 2, 2, 1, 0)]
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(three[0])

    def test_they_leave_the_page_and_its_fields_alone(self, page: Page, three: list[str]) -> None:
        page.set_viewport_size({"width": 800, "height": 200})
        page.keyboard.press("ArrowDown")  # outside the list it scrolls, as everywhere
        _until(page, "scrollY > 0")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("j/k?")
        expect(page.get_by_role("searchbox")).to_have_value("j/k?")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def test_help_tells_them_and_letters_can_be_switched_off(
        self, page: Page, three: list[str]
    ) -> None:
        page.keyboard.press("?")
        help_ = page.get_by_role("dialog", name="Raccourcis du clavier")
        expect(help_).to_contain_text("Dossier suivant")
        help_.get_by_label("Raccourcis d'une seule touche").uncheck()
        page.keyboard.press("Escape")
        expect(help_).to_be_hidden()
        page.reload()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement === document.body")
        page.get_by_role("button", name="Raccourcis").click()
        expect(help_).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_it_can_be_read_by_everybody(
    site: str, open_tab: Callable[..., Page], cast: Cast, width: int, scheme: str
) -> None:
    tab = open_tab(viewport={"width": width, "height": 800}, color_scheme=scheme)
    now = cast.line.clock()
    recorded = cast.incident("P1", client=cast.parc, extended=True, product="medical")
    cast.recording(recorded)
    met = {"taken_at": now, "told_at": now, "holder_id": cast.alice.id}
    cast.incident("P2", state="in_progress", correction_due_at=now + MINUTE, **met)
    sign_in(tab, site)
    no_violations(tab)
    tab.keyboard.press("?")
    no_violations(tab)
    tab.goto(f"{site}/incidents?view=all&priority=P2&who=me&q=rive")
    no_violations(tab)
    if width < 1024:
        tab.get_by_role("button", name="Menu").click()
        expect(tab.get_by_role("navigation", name="Parties de la console")).to_be_visible()
        no_violations(tab)


def _spoken(reference: str) -> str:
    return f"{reference[:3]}\u00a0{reference[3:]}"


def _until(page: Page, expression: str) -> None:
    """Waits as `Page.wait_for_function` does, which the page's own policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)
