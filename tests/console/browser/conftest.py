"""A real browser for the console's tests, and the console on a real port."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests import servers
from tests.console.cast import Cast

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

_NOT_LOADED = "Failed to load resource: the server responded with a status of"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once for all of this folder."""
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


def _complaints(message: ConsoleMessage) -> list[str]:
    """What the browser says of the page; an act that is refused (409) is an answer like another."""
    refused = message.text.startswith(f"{_NOT_LOADED} 409")
    return [] if refused else [f"{message.type}: {message.text}"]


class Tabs:
    """Each tab of a test, in a browser of its own (other cookies), and what went wrong in them."""

    def __init__(self, chromium: Browser) -> None:
        self.troubles: list[str] = []
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []

    def open(self, **settings: object) -> Page:
        context = self._chromium.new_context(**settings)  # type: ignore[arg-type]
        self._contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: self.troubles.extend(_complaints(message)))
        tab.on("pageerror", lambda error: self.troubles.append(str(error)))
        return tab

    def close(self) -> None:
        while self._contexts:
            self._contexts.pop().close()


@pytest.fixture
def tabs(chromium: Browser) -> Iterator[Tabs]:
    """Nothing may go wrong in them: no error, and nothing that the policy blocks."""
    made = Tabs(chromium)
    yield made
    made.close()
    assert made.troubles == []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Function) -> None:
    """The tabs leave before the server that they ask, whichever was there first."""
    tabs = item.funcargs.get("tabs")
    if tabs:
        tabs.close()


@pytest.fixture
def open_tab(tabs: Tabs) -> Callable[..., Page]:
    """Opens a tab in which nothing may go wrong. Takes what `Browser.new_context` takes."""
    return tabs.open


@pytest.fixture
def page(open_tab: Callable[..., Page]) -> Page:
    """A tab in which nothing may go wrong."""
    return open_tab()


@pytest.fixture
def site(app: Flask, cast: Cast) -> Iterator[str]:
    """The address of the console on a real port, with the cast on stage."""
    with servers.serve(app) as url:
        yield url
