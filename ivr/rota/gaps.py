"""Gaps: when a level that should have somebody has nobody, so that they are mended days before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from ivr.reason import Reason
from ivr.rota.order import Rota, levels_at
from ivr.rota.stretches import edges
from ivr.rota.wording import level_facts
from ivr.spans import Span


@dataclass(frozen=True, order=True)
class Gap:
    """Nobody who can be rung stands at `level` from `start` to `end` (UTC, half-open)."""

    start: datetime
    end: datetime
    level: str
    rings: str
    """The level that rings instead; empty: none, the client is called back."""
    products: tuple[str, ...] = ()
    """The products that it concerns; empty: all."""

    @property
    def why(self) -> Reason:
        moments = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        facts = {**moments, **level_facts("level", self.level)}
        if not self.rings:
            return Reason("rota.gap_nobody", facts)
        return Reason("rota.gap", {**facts, **level_facts("rings", self.rings)})


def gaps(
    rota: Rota,
    needed: Iterable[Span],
    products: Sequence[str],
    ringing: Sequence[str],
) -> list[Gap]:
    """The gaps inside the stretches `needed`, for each product; one that is for all said once.

    The first level, and each at which a layer or shift stands, should have somebody. `ringing`
    are the levels that ring in a call, in order, those for a gap last.
    """
    found: dict[Gap, list[str]] = {}
    spans = list(needed)
    for product in products:
        for gap in _joined(_pieces(rota, spans, product, ringing)):
            found.setdefault(gap, []).append(product)
    everything = list(products)
    return sorted(
        replace(gap, products=() if concerned == everything else tuple(concerned))
        for gap, concerned in found.items()
    )


def _pieces(
    rota: Rota, needed: Sequence[Span], product: str, ringing: Sequence[str]
) -> Iterator[Gap]:
    in_use = rota.in_use()
    for start, end in needed:
        for since, until in pairwise([start, *edges(rota, start, end), end]):
            levels = levels_at(rota, since, product)
            there = {level.name for level in levels if level.places}
            rings = next((name for name in ringing if name in there), "")
            for level in levels:
                if not level.standing and level.name in in_use:
                    yield Gap(since, until, level.name, rings)


def _joined(pieces: Iterable[Gap]) -> list[Gap]:
    """Pieces of one level that touch, made one."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for piece in pieces:
        known = found.setdefault((piece.level, piece.rings), [])
        if known and known[-1].end == piece.start:
            known[-1] = replace(known[-1], end=piece.end)
        else:
            known.append(piece)
    return [gap for known in found.values() for gap in known]
