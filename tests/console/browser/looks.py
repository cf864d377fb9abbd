"""What a test looks for on every page in a real browser, and how an agent signs in there."""

from __future__ import annotations

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.console.cast import PASSWORD

_SIGN_IN = {
    "fr": {"email": "Courriel", "password": "Mot de passe", "sign_in": "Se connecter"},
    "en": {"email": "E-mail", "password": "Password", "sign_in": "Sign in"},
}
_SIZES = [(320, "light"), (1440, "dark"), (320, "dark"), (1440, "light")]


def sizes(module: str) -> list[tuple[int, str]]:
    """The widths and colour schemes in which a module's pages are looked at: all in CI and
    `make soak`; in `make test` one of them, another for each module."""
    if os.environ.get("CI") or os.environ.get("P1LINE_SOAK"):
        return _SIZES
    return [_SIZES[sum(map(ord, module)) % len(_SIZES)]]


QUICK = """
  const wait = window.setTimeout;
  window.setTimeout = (act, pause, ...rest) => wait(act, Math.min(pause, 60), ...rest);
"""
"""A page looks again each 60 ms rather than after seconds."""


def sign_in(
    page: Page,
    url: str,
    language: str = "fr",
    *,
    email: str = "alice@example.org",
    password: str = PASSWORD,
) -> None:
    """Signs in on the site at `url`, in a language; ends on the list, and its scripts run."""
    words = _SIGN_IN[language]
    page.goto(f"{url}/sign-in?lang={language}")
    page.get_by_label(words["email"]).fill(email)
    page.get_by_label(words["password"]).fill(password)
    page.get_by_role("button", name=words["sign_in"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Incidents")
    page.wait_for_load_state()


def no_violations(page: Page) -> None:
    """axe finds nothing, nor does `faults`; what is folded away is opened and looked at too."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert faults(page) == []


def faults(page: Page) -> list[str]:
    """What a program can see of WCAG 2.2 without axe: reflow, targets, contrast as computed."""
    found: list[str] = page.evaluate(FAULTS)
    return found


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
      for (const id of (element.getAttribute(name) ?? "").split(/\s+/).filter(Boolean))
        if (!document.getElementById(id)) say(`${name} leads nowhere`, element);
  return faults;
}"""
