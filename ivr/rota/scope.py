"""Whom the rota may ring, and for which callers a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True)
class Person:
    """An agent, as the rota sees one."""

    id: int
    language: str = "fr"
    usable: bool = True
    """Still with the centre, with a phone that the line may ring."""


class Fit(Enum):
    """How a rule suits a caller: rung in its place, after the others, or not at all."""

    NOW = auto()
    LATER = auto()
    NEVER = auto()


@dataclass(frozen=True)
class Scope:
    """The products and callers' languages that a rule is for; empty means all."""

    products: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    def fit(self, product: str | None, language: str | None) -> Fit:
        """Another product: never. Another language, or what is not known: after the others."""
        if self.products and product is not None and product not in self.products:
            return Fit.NEVER
        suits = (not self.products or product in self.products) and (
            not self.languages or language in self.languages
        )
        return Fit.NOW if suits else Fit.LATER

    def covers(self, other: Scope) -> bool:
        """Whether this one is for every call that the other is for."""
        return _holds(self.products, other.products) and _holds(self.languages, other.languages)


EVERY_CALL = Scope()


def _holds(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    return not mine or (bool(theirs) and theirs <= mine)
