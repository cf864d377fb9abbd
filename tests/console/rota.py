"""Short ways through the rota's pages, for their tests."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from tests.console.cast import TORONTO, Browser


def at(wall: str) -> datetime:
    """ "2026-12-24 15:30" on the wall in Québec, as UTC."""
    return datetime.fromisoformat(wall).replace(tzinfo=TORONTO).astimezone(UTC)


def form_of(browser: Browser, action: str) -> dict[str, str]:
    """The fields of the form that goes to `action`, as the page has filled them in."""
    found = re.findall(r"<form[^>]*>.*?</form>", browser.page.text, re.S)
    form = next(one for one in found if f'action="{action}"' in one)
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        named = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if named.get("type") not in ("checkbox", "radio") or " checked" in tag:
            fields[named["name"]] = html.unescape(named.get("value", ""))
    return fields


def open_turn(browser: Browser, name: str, page: str = "/rota") -> None:
    """Opens the first bar on which `name` stands."""
    browser.get(page)
    bars = re.findall(r'<li class="slot.*?</li>', browser.page.text, re.S)
    bar = next(one for one in bars if name in one and 'href="/rota/turn' in one)
    found = re.search(r'href="([^"]+)"', bar)
    assert found
    assert browser.get(html.unescape(found[1])).status_code == 200
