"""What is billed, and how much of it there was: minutes, segments, hundreds of characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from ivr.caps import FREE
from ivr.database import UtcDateTime
from ivr.models import CallTurn, Leg, Message, Recording
from ivr.reports import local
from ivr.reports.prices import Item, PriceList
from ivr.spend import LONG_SEGMENT, SEGMENT

Kind = str
"""What is billed: "line", "hunt", "level", "agent", "client", "contact", "test", "recording",
"text" or "speech"."""
LEGS = ("hunt", "level", "agent", "client", "contact")
KINDS: tuple[Kind, ...] = ("line", *LEGS, "test", "recording", "text", "speech")
ITEM_OF: Mapping[Kind, Item] = {
    "line": "line",
    **dict.fromkeys((*LEGS, "test"), "call"),
    "recording": "recording",
    "text": "text",
    "speech": "speech",
}
HUNDRED = 100
MADE = Recording.status.in_(("completed", "purged"))
ANSWERED = (Leg.rang_at.is_not(None), func.coalesce(Leg.outcome, "").not_in(FREE))
"""Phones that somebody answered, or may have: the others are free."""


@dataclass(frozen=True)
class Used:
    """So many calls, phones, recordings or texts, of so many units that are billed."""

    count: int = 0
    units: int = 0

    def __add__(self, other: Used) -> Used:
        return Used(self.count + other.count, self.units + other.units)


def cost(prices: PriceList, used: Mapping[Kind, Used]) -> Decimal:
    costs = (prices.cost(ITEM_OF[kind], each.units) for kind, each in used.items())
    return sum(costs, Decimal())


def lasted(start: Any, end: Any, now: datetime) -> ColumnElement[int]:
    """The minutes billed between two columns' moments; what is not over lasts until now."""
    until = func.coalesce(end, literal(now, UtcDateTime()))
    return local.minutes(local.epoch(until) - local.epoch(start))


def recorded() -> ColumnElement[int]:
    """The minutes of a recording."""
    return local.minutes(Recording.seconds.expression)


def segments() -> ColumnElement[int]:
    """Those of a text, as ivr/spend.py counts them."""
    length = func.length(Message.body)
    return case((length <= SEGMENT, 1), else_=(length + LONG_SEGMENT - 1) // LONG_SEGMENT)


def blocks(session: Session, calls: Sequence[int]) -> dict[int, int]:
    """Hundreds of characters that the line said in each call that it said anything in."""
    spoken: dict[int, int] = {}
    turns = select(CallTurn.call_id, CallTurn.reply).where(CallTurn.call_id.in_(calls))
    for call, reply in session.execute(turns):
        said = [*reply.get("say", ()), *reply.get("notice", ())]
        spoken[call] = spoken.get(call, 0) + sum(len(text) for _, text in said)
    return {call: -(-characters // HUNDRED) for call, characters in spoken.items()}
