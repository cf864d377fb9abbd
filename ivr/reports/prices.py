"""Twilio's price list as data (prices.toml), under the operator's own prices, if any."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from ivr.policy_parts import Prices as Own

FILE = Path(__file__).parent / "prices.toml"
Item = Literal["line", "call", "recording", "text", "speech"]
ITEMS: tuple[Item, ...] = get_args(Item)
Unit = Literal["minute", "segment", "hundred"]


@dataclass(frozen=True)
class Price:
    """Of one `unit`. `source` is where the list stands; empty: the operator's own policy.toml."""

    amount: Decimal
    unit: Unit
    source: str
    confirmed: bool


@dataclass(frozen=True)
class PriceList:
    currency: str
    read_on: date
    address: str
    prices: Mapping[Item, Price]

    def cost(self, item: Item, units: int) -> Decimal:
        return self.prices[item].amount * units

    def under(self, own: Own) -> PriceList:
        """The list with what policy.toml's [caps.prices] says otherwise."""
        said: dict[Item, float] = {
            "call": own.call_minute,
            "line": own.line_minute,
            "text": own.text_segment,
        }
        prices = {
            item: _own(price, said[item]) if item in said else price
            for item, price in self.prices.items()
        }
        return replace(self, currency=own.currency, prices=prices)


@cache
def public() -> PriceList:
    """The list as it was published."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    prices: dict[Item, Price] = {item: _price(data[item]) for item in ITEMS}
    return PriceList(data["currency"], data["read_on"], data["address"], prices)


def _price(row: Mapping[str, str | bool]) -> Price:
    unit = next(unit for unit in get_args(Unit) if unit == row["unit"])
    return Price(Decimal(str(row["amount"])), unit, str(row["source"]), bool(row["confirmed"]))


def _own(price: Price, said: float) -> Price:
    amount = Decimal(str(said))
    if amount == price.amount:
        return price
    return replace(price, amount=amount, source="", confirmed=True)
