"""The words of the operator's commands, and the option that chooses their language."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import click

from ivr.catalogue import LANGUAGES, Catalogue

WORDS = Catalogue(Path(__file__).parent / "words")

language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="fr",
    envvar="P1LINE_LANGUAGE",
    show_default=True,
    help="Language of what is printed; P1LINE_LANGUAGE sets it for good.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def say(language: str, key: str, **facts: Any) -> None:
    click.echo(WORDS.text(language, key, **facts))


def refuse(language: str, key: str, **facts: Any) -> NoReturn:
    """Ends the command with the sentence on standard error, exit 1."""
    raise click.ClickException(WORDS.text(language, key, **facts))
