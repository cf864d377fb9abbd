"""The reports in a real browser: read by anybody, over a period that is chosen, taken as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests import servers
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import MINUTE, Cast
from tests.console.test_reports import late, leg, met, opened


@pytest.fixture
def url(app: Flask, cast: Cast) -> Iterator[str]:
    """A lead's, over weeks in which there was something of everything."""
    cast.change(cast.alice, role="lead")
    cast.change(cast.parc, name="Centre hospitalier de l'Outaouais et des Hautes-Laurentides")
    for day in range(10, 25):
        met(cast, f"2026-11-{day}T10:00", client=cast.parc)
    late(cast, "2026-11-24T11:00", "all_busy")
    opened(cast, "2026-11-30T08:59")
    night = opened(cast, "2026-11-28T02:00", "P1", client=cast.parc, extended=True,
                   after_hours=True)  # fmt: skip
    leg(cast, night, cast.bob, accepted=MINUTE)
    with servers.serve(app) as address:
        yield address


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_can_be_read(open_tab: Callable[..., Page], url: str, language: str) -> None:
    page = open_tab()
    sign_in(page, url, language)
    for path in ("", "/clients", "/nights", "/service", "/costs"):
        page.goto(f"{url}/reports{path}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        for width, scheme in sizes(__name__):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            no_violations(page)


def test_a_lead_makes_an_invoice(open_tab: Callable[..., Page], url: str) -> None:
    page = open_tab()
    sign_in(page, url)
    page.get_by_role("link", name="Rapports").click()
    page.get_by_role("link", name="Service étendu").click()
    page.get_by_role("link", name="Ce mois-ci").click()
    period = "Du 1er\u00a0novembre\u00a02026 au 30\u00a0novembre\u00a02026"
    expect(page.get_by_role("heading", name=period)).to_be_visible()
    row = page.get_by_role("row", name="Centre hospitalier")
    expect(row.get_by_role("cell")).to_have_text(["1", "1", "4"])
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV : facture, par client").click()
    assert download.value.suggested_filename == "service_2026-11-01_2026-11-30.csv"
    page.get_by_label("Du", exact=True).fill("2026-11-29")
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_text("Aucune intervention du service étendu")).to_be_visible()
