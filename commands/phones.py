"""What the commands on the stand-in share: its address, its words, its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

import standin
from commands.environment import load
from ivr.catalogue import Catalogue
from standin.remote import Remote, RemoteError

WORDS = Catalogue(Path(standin.__file__).parent / "words")
DEFAULT_ADDRESS = "http://127.0.0.1:8010"

standin_option = click.option(
    "--standin",
    "address",
    help=f"Address of the stand-in; TWILIO_API_BASE_URL, or {DEFAULT_ADDRESS}, by default.",
)


def connect(address: str | None) -> Remote:
    return Remote(address or load().get("TWILIO_API_BASE_URL") or DEFAULT_ADDRESS)


@contextmanager
def refusals(remote: Remote, language: str, **facts: Any) -> Iterator[None]:
    """A refusal of the stand-in, or its absence, ends the command with a sentence, exit 1."""
    try:
        yield
    except RemoteError as error:
        key = f"refused.{error.code}"
        known = WORDS.has(key)
        text = WORDS.text(
            language, key if known else "refused.other", url=remote.url, code=error.code, **facts
        )
        raise click.ClickException(text) from error
