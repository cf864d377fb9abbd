"""`p1line menu`: the voice menu as it is heard, step by step, with where each answer leads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from ivr.menu import MENU
from ivr.speech import seconds
from ivr.steps import Choose, Step, ways
from ivr.words import PROMPTS, option

SOURCES = {"*products": "product", "*environments": "environment"}


@click.command("menu")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(language: str, as_json: bool) -> None:
    """Print the voice menu: each step, its sentences with their seconds, and its ways out."""
    rows = [_row(step, language) for step in MENU]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.secho(f"{row['step']}  ({row['kind']})", bold=True)
        for sentence in row["sentences"]:
            click.echo(f"    {sentence['seconds']:4.1f} s  {sentence['text']}")
        for outcome, target in row["ways"].items():
            click.echo(f"    {outcome:>12} → {target}")


def _row(step: Step, language: str) -> dict[str, Any]:
    return {
        "step": step.name,
        "kind": type(step).__name__.lower(),
        "sentences": [
            {"text": text, "seconds": round(seconds(text), 1)}
            for text in _sentences(step, language)
            if text
        ],
        "ways": ways(step),
    }


def _sentences(step: Step, language: str) -> Iterator[str]:
    for name in ("welcome", "english", "danger", "notice", "say", "first", "next", "ask"):
        key = f"{step.name}.{name}"
        if PROMPTS.has(key):
            spoken_in = "en" if name == "english" else language
            facts = {fact: f"⟨{fact}⟩" for fact in PROMPTS.facts_of(key)}
            yield PROMPTS.text(spoken_in, key, **facts)
    if isinstance(step, Choose):
        yield from _options(step, language)


def _options(step: Choose, language: str) -> Iterator[str]:
    names = step.options
    if isinstance(names, str):  # by client: all that there can be, in the catalogue's order
        prefix = f"{SOURCES[names]}.options."
        names = tuple(k.removeprefix(prefix) for k in PROMPTS if k.startswith(prefix))
        names = tuple(sorted(names))
    for number, name in enumerate(names, 1):
        yield option(language, step.name, name, number)
