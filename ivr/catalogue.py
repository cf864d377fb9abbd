"""Sentences by key, in French and English, out of TOML files that hold the same keys."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

LANGUAGES = ("fr", "en")


class CatalogueError(Exception):
    """It is not whole: a key stands twice, or in one language only, or asks for other facts."""


class Catalogue:
    """The sentences of one folder, or of several as one: each holds `fr.toml` and `en.toml`.

    Tables nest into dotted keys: `[impact] again = "..."` is `impact.again`.
    """

    def __init__(self, folder: Path, *more: Path) -> None:
        self.folder = folder
        self._texts = {language: _all(language, (folder, *more)) for language in LANGUAGES}
        self._wanted = {key: _facts(text) for key, text in self._texts[LANGUAGES[0]].items()}
        self._check()

    def text(self, language: str, key: str, /, **facts: Any) -> str:
        """The sentence `key` with `facts` filled in; raises `KeyError` where it does not exist."""
        return self._texts[language][key].format(**facts)

    def has(self, key: str) -> bool:
        return key in self._texts[LANGUAGES[0]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts[LANGUAGES[0]])

    def keys(self) -> frozenset[str]:
        return frozenset(self._texts[LANGUAGES[0]])

    def facts_of(self, key: str) -> frozenset[str]:
        """The names that the sentence wants filled in."""
        return self._wanted[key]

    def _check(self) -> None:
        french, english = (self._texts[language] for language in LANGUAGES)
        if alone := french.keys() ^ english.keys():
            raise CatalogueError(f"{self.folder}: in one language only: {', '.join(sorted(alone))}")
        for key in french:
            if self._wanted[key] != _facts(english[key]):
                raise CatalogueError(f"{self.folder}: {key} asks for other facts in English")


def _all(language: str, folders: Iterable[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in folders:
        texts = _read(folder / f"{language}.toml")
        if twice := found.keys() & texts.keys():
            raise CatalogueError(f"{folder}: there already: {', '.join(sorted(twice))}")
        found |= texts
    return found


def _read(path: Path) -> dict[str, str]:
    return dict(_flatten(tomllib.loads(path.read_text(encoding="utf-8")), ""))


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _facts(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)
