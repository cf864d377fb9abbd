"""What all pages of the rota share: their tabs, their words, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from console import page
from console.access import may
from console.rota.said import Said
from ivr.reason import Reason
from ivr.rota import swaps
from ivr.scene import Scene

_TABS = (
    ("calendar", "console.rota_page", "rota"),
    ("swaps", "console.swaps_page", "swap_shifts"),
    ("address", "console.calendar_address_page", "rota"),
    ("log", "console.on_call_log", "rota"),
    ("layers", "console.layers_page", "change_rota"),
)


@dataclass(frozen=True)
class Tab:
    name: str
    url: str
    current: bool
    count: int = 0
    """What waits there for whoever is signed in."""


def render(scene: Scene, template: str, *, refusal: Reason | None = None, **facts: Any) -> str:
    """A page of the rota; `refusal` is said above it."""
    said = Said.of(scene)
    return page.render(
        f"rota/{template}",
        strip=page.strip(scene),
        r=said,
        tabs=tuple(_tabs(scene)),
        refusal=said.why(refusal) if refusal else None,
        **facts,
    )


def _tabs(scene: Scene) -> Iterator[Tab]:
    """The calendar's is the current one on its own pages, which are all that have no tab."""
    urls = {name: url_for(endpoint) for name, endpoint, right in _TABS if may(right)}
    within = [name for name, url in urls.items() if f"{request.path}/".startswith(f"{url}/")]
    for name, url in urls.items():
        count = swaps.to_answer(scene, g.agent) if name == "swaps" else 0
        yield Tab(name, url, name == within[-1], count)
