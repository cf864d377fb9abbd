"""What a day of calls costs, by minutes, texts and prices: an estimate from our own records."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ivr.policy_parts import Prices

SEGMENT = 160
LONG_SEGMENT = 153
"""Of a text that takes several, each carries less."""


@dataclass(frozen=True)
class Talk:
    """A call that was answered, or may have been: from when to when (UTC)."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        """Each minute that has begun is billed whole; a moment of no length is a call too."""
        return max(1, math.ceil((self.end - self.start).total_seconds() / 60))


def segments(body: str) -> int:
    """How many texts the carrier counts for one in the GSM alphabet."""
    if len(body) <= SEGMENT:
        return 1
    return math.ceil(len(body) / LONG_SEGMENT)


def cost(
    prices: Prices, rung: Iterable[Talk], called_in: Iterable[Talk], texts: Iterable[str]
) -> float:
    """In the prices' currency: phones that the line rang, calls to the line, and texts."""
    return (
        prices.call_minute * sum(talk.minutes for talk in rung)
        + prices.line_minute * sum(talk.minutes for talk in called_in)
        + prices.text_segment * sum(segments(body) for body in texts)
    )
