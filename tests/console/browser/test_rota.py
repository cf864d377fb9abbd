"""The rota in a real browser: drawn with the pointer, by the keyboard, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ivr.database import reading
from ivr.models import Agent, RotaLayer, RotaOverride, RotaShift
from ivr.rota import swaps
from ivr.rota.swaps import Turn
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import Cast
from tests.console.rota import at

# It is Monday 30 November, 9:00, in Alice's week; Bob's begins on 7 December at 8:00.
DESK = {"viewport": {"width": 1440, "height": 900}}
Open = Callable[..., Page]


@pytest.fixture
def lead(cast: Cast) -> Cast:
    """Alice leads the team."""
    cast.change(cast.alice, role="lead")
    return cast


def override(cast: Cast) -> RotaOverride:
    with reading(cast.line.sessions) as session:
        return session.scalars(
            select(RotaOverride).where(RotaOverride.withdrawn_at.is_(None))
        ).one()


def draw(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drags along the first row from a day and hour of the week to others."""
    track = page.locator(".track").first
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    begins, ends = (box["x"] + box["width"] * (day * 24 + hour) / 168 for day, hour in (start, end))
    page.mouse.move(begins, y)
    page.mouse.down()
    page.mouse.move((begins + ends) / 2, y)
    page.mouse.move(ends, y)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", {"said": "du mercredi 2 décembre à", "who": "Qui", "enter": "Inscrire",
                "done": "Le remplacement est inscrit.", "withdraw": "Retirer ce remplacement",
                "gone": "Le remplacement est retiré.", "replaces": "remplace Alice Roy"}),
        ("en", {"said": "from Wednesday, December 2 at", "who": "Who", "enter": "Enter",
                "done": "The override is entered.", "withdraw": "Withdraw this override",
                "gone": "The override is withdrawn.", "replaces": "replaces Alice Roy"}),
    ],
)  # fmt: skip
def test_drawn_stretched_and_withdrawn(
    open_tab: Open, site: str, lead: Cast, language: str, words: dict[str, str]
) -> None:
    page = open_tab(**DESK)
    sign_in(page, site, language)
    page.goto(f"{site}/rota")
    draw(page, (2, 8), (3, 8))
    expect(page.locator(".ghost .said")).to_contain_text(words["said"])
    page.mouse.up()
    window = page.get_by_role("dialog")
    expect(window.get_by_label(words["who"], exact=True)).to_be_focused()
    no_violations(page)
    window.get_by_label(words["who"], exact=True).select_option(label="Bob Tremblay")
    window.get_by_role("button", name=words["enter"]).click()
    expect(page.get_by_role("status")).to_have_text(words["done"])
    row = override(lead)
    assert (row.starts_at, row.ends_at) == (at("2026-12-02 08:00"), at("2026-12-03 08:00"))
    bar = page.locator(".slot.override")
    expect(bar).to_contain_text(words["replaces"])
    handle = bar.locator(".handle").last
    handle.hover()
    page.mouse.down()
    box = page.locator(".track").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 3.9 / 7, box["y"] + 20)
    page.mouse.move(box["x"] + box["width"] * (4 + 8 / 24) / 7, box["y"] + 20)
    page.mouse.up()
    window.get_by_role("button").filter(has_not_text=words["withdraw"]).last.click()
    page.wait_for_url("**/rota?day=2026-12-02")
    assert override(lead).ends_at == at("2026-12-04 08:00")
    page.locator(".slot.override a").click()
    window.get_by_role("button", name=words["withdraw"]).click()
    expect(page.get_by_role("status")).to_have_text(words["gone"])
    expect(page.locator(".slot.override")).to_have_count(0)


def test_by_the_keyboard(open_tab: Open, site: str, lead: Cast) -> None:
    """Shift and an arrow move the end of the bar that is focused; what it loses is another's."""
    page = open_tab(**DESK)
    sign_in(page, site)
    page.goto(f"{site}/rota?day=2026-12-08")
    page.locator(".slot a").first.focus()  # Alice's week, until Monday at 8:00
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".ghost .said")).to_contain_text("lundi 7 décembre à 9")
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog")
    expect(window.get_by_label("Au", exact=True)).to_have_value("2026-12-07T09:00")
    expect(window.get_by_label("Qui", exact=True)).to_have_value(str(lead.alice.id))
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    page.locator(".slot a").first.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.locator(".ghost")).to_have_count(0)


def test_a_drag_over_a_month_is_of_whole_turns(open_tab: Open, site: str, lead: Cast) -> None:
    page = open_tab(**DESK)
    sign_in(page, site)
    page.goto(f"{site}/rota?view=month&day=2026-12-01")
    draw(page, (2, 3), (4, 15))
    page.mouse.up()
    window = page.get_by_role("dialog")
    expect(window.get_by_label("Du", exact=True)).to_have_value("2026-12-02T08:00")
    expect(window.get_by_label("Au", exact=True)).to_have_value("2026-12-04T08:00")


def test_a_click_is_no_drag_and_escape_ends_one(open_tab: Open, site: str, lead: Cast) -> None:
    page = open_tab(**DESK)
    sign_in(page, site)
    page.goto(f"{site}/rota")
    draw(page, (2, 8), (3, 8))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".ghost")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(".slot a").nth(1).click(position={"x": 30, "y": 10})
    expect(page.get_by_role("dialog").get_by_role("heading", level=1)).to_have_text(
        "Alice Roy, garde"
    )
    page.get_by_role("button", name="Fermer").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_all_of_it_without_scripts(open_tab: Open, site: str, lead: Cast) -> None:
    page = open_tab(**DESK, java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site}/rota")
    page.get_by_role("link", name="Inscrire").click()
    page.get_by_label("Qui", exact=True).select_option(label="Bob Tremblay")
    page.get_by_label("Du", exact=True).fill("2026-12-02T16:30")
    page.get_by_label("Au", exact=True).fill("2026-12-03T08:00")
    page.get_by_role("button", name="Inscrire").click()
    expect(page.locator(".slot.override")).to_contain_text("remplace Alice Roy")
    assert override(lead).starts_at == at("2026-12-02 16:30")


def test_an_agent_draws_nothing_and_asks_for_a_swap(open_tab: Open, site: str, cast: Cast) -> None:
    page = open_tab(**DESK)
    sign_in(page, site)
    page.goto(f"{site}/rota?day=2026-12-30")
    draw(page, (2, 8), (3, 8))
    page.mouse.up()
    expect(page.locator(".ghost")).to_have_count(0)
    page.goto(f"{site}/rota?day=2026-12-30")
    page.locator(".slot.mine a").first.click()
    window = page.get_by_role("dialog")
    window.get_by_label("À qui, et contre quoi").select_option(index=1)
    window.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("status")).to_contain_text("La demande est partie.")
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "Vous attendez la réponse de Bob Tremblay"
    )


@pytest.fixture
def busy(lead: Cast) -> Cast:
    """A rota with all that it can hold: a gap, an override, shifts at once, swaps, an address."""
    with lead.line.scene() as scene:
        alice, bob = (scene.session.get_one(Agent, one.id) for one in (lead.alice, lead.bob))
        layer = scene.session.scalars(select(RotaLayer)).one()
        layer.ends_at = at("2026-12-31 08:00")
        facts = {"level": "on_call", "entered_at": scene.now}
        spans = (at("2026-12-02 16:30"), at("2026-12-03 08:00"))
        hours = {"starts_at": spans[0], "ends_at": spans[1]}
        scene.session.add(RotaOverride(agent=bob, replaces=alice, **facts, **hours))
        for agent in (alice, bob):
            scene.session.add(RotaShift(agent=agent, **{**facts, "level": "second"}, **hours))
        scene.session.flush()
        his = Turn("on_call", (at("2026-12-07 08:00"), at("2026-12-14 08:00")))
        hers = Turn("on_call", (at("2026-12-14 08:00"), at("2026-12-21 08:00")))
        swaps.ask(scene, bob, alice, his, hers, "Un mariage.")
        swap = swaps.ask(scene, alice, bob, hers)
        swaps.withdraw(scene, swap.id, alice)
        scene.session.add(
            RotaShift(
                agent=bob,
                level="manager",
                starts_at=scene.now + timedelta(minutes=10),
                ends_at=scene.now + timedelta(minutes=20),
                products=["medical"],
                entered_at=scene.now,
            )
        )
    return lead


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_every_page_can_be_read(
    open_tab: Open, site: str, busy: Cast, width: int, scheme: str
) -> None:
    page = open_tab(viewport={"width": width, "height": 800}, color_scheme=scheme)
    language = "fr" if (width == 320) == (scheme == "light") else "en"
    sign_in(page, site, language)
    page.goto(f"{site}/rota/address")
    page.locator(".panel button.main").click()
    turn = f"level=on_call&agent={busy.alice.id}&at=2026-12-01T12:00:00%2B00:00"
    for path in (
        "/rota",
        "/rota?view=month&day=2026-12-15",
        f"/rota/turn?{turn}",
        "/rota/new?level=on_call&from=2026-12-06T08:00&until=2026-12-08T08:00",
        "/rota/swaps",
        "/rota/address",
        "/rota/log",
        "/rota/layers",
        "/rota/layers/new?level=second",
        "/rota/layers/1",
    ):
        page.goto(site + path)
        no_violations(page)
    page.locator(".doing button.main").click()
    expect(page.locator(".differences, .advice").first).to_be_visible()
    no_violations(page)
