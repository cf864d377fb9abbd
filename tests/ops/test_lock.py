"""requirements.lock pins everything that is installed, and names no place to get it from."""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from settings import HERE

LINES = (HERE / "requirements.lock").read_text(encoding="utf-8").splitlines()
PINS: dict[str, str] = {
    canonicalize_name(name): version for name, version in (line.split("==") for line in LINES)
}


def needed(name: str, extras: tuple[str, ...], seen: dict[str, set[str]]) -> dict[str, set[str]]:
    """What a distribution needs with these extras, here, down to the last; with all demands."""
    for text in metadata.requires(name) or []:
        wanted = Requirement(text)
        marker = wanted.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            continue
        key = canonicalize_name(wanted.name)
        known = key in seen
        seen.setdefault(key, set()).add(str(wanted.specifier))
        if not known:
            needed(key, tuple(wanted.extras), seen)
    return seen


NEEDED = needed("p1line", ("demo", "dev"), {})


def test_every_line_is_a_plain_pin_and_stands_once() -> None:
    pin = re.compile(r"[A-Za-z0-9._-]+==[0-9][\w.!+]*")
    assert [line for line in LINES if not pin.fullmatch(line)] == []
    assert len(PINS) == len(LINES)


def test_everything_needed_is_pinned() -> None:
    assert sorted(NEEDED.keys() - PINS.keys()) == []
    assert len(NEEDED) > 50


def test_what_is_installed_is_what_is_pinned() -> None:
    found = {name: metadata.version(name) for name in NEEDED}
    assert found == {name: PINS[name] for name in NEEDED}


def test_pins_are_what_is_asked_for() -> None:
    wrong = [
        (name, demand)
        for name, demands in NEEDED.items()
        for demand in demands
        if not Requirement(f"{name}{demand}").specifier.contains(PINS[name], prereleases=True)
    ]
    assert wrong == []
