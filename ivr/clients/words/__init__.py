"""What the form of §5 is called in its files: columns and shifts, and other names for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ivr.catalogue import LANGUAGES, Catalogue
from ivr.folding import plain

WORDS = Catalogue(Path(__file__).parent)


@cache
def known(group: str) -> dict[str, str]:
    """Every name of a group's things, folded, in each language: "Nom et prénom" is "name"."""
    found: dict[str, str] = {}
    for key in sorted(WORDS.keys()):
        if key.startswith((f"{group}.", f"{group}_also.")):
            thing = key.partition(".")[2]
            for language in LANGUAGES:
                names = WORDS.text(language, key).split("|")
                found |= {bare(name): thing for name in names if bare(name)}
    return found


def bare(text: str) -> str:
    """Letters and digits alone: what is left of a heading, however it is written."""
    return "".join(letter for letter in plain(text) if letter.isalnum())
