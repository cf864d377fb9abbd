"""The nights to come: somebody stands at each level of the rota that should have somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ivr.catalogue import LANGUAGES
from ivr.rota.gaps import Gap
from ivr.rota.review import find_gaps, unknown_levels
from ivr.words import PROMPTS
from jobs.doctor.finding import Finding, looking, wrong
from line import Line


def rota(line: Line) -> Iterator[Finding]:
    """The gaps of the days that policy.toml says, and levels at which people stand in vain."""
    with looking(line) as scene:
        end = scene.now + timedelta(days=scene.policy.doctor.rota_days)
        for gap in find_gaps(scene, scene.now, end):
            yield _found(gap)
        for why in unknown_levels(scene, scene.now, end):
            yield wrong("rota.because", why=why)


def _found(gap: Gap) -> Finding:
    if not gap.products:
        return wrong("rota.because", why=gap.why)
    names = {
        f"products_{language}": ", ".join(
            PROMPTS.text(language, f"products.{product}") for product in gap.products
        )
        for language in LANGUAGES
    }
    return wrong("rota.of_products", why=gap.why, **names)
