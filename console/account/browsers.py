"""A browser by name, as its owner knows it: out of what it says of itself, which proves nothing."""

from __future__ import annotations

from console.words import Words

# The first that is found: each also claims to be those below it.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def named(t: Words, agent: str) -> str:
    """ "Firefox sur Windows", from a User-Agent header."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in agent), None)
    system = next((name for sign, name in _SYSTEMS.items() if sign in agent), None)
    if browser and system:
        return t("account.browser", browser=browser, system=system)
    return browser or system or t("account.unknown_browser")
