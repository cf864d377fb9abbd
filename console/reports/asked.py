"""Which period the address asks for, and the usual ones to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import request

from console import page
from console.session import the_line
from ivr.incidents import Refused
from ivr.reason import Reason
from ivr.reports import period
from ivr.reports.period import Period

USUAL: Mapping[str, Callable[[date, ZoneInfo], Period]] = {
    "weeks": period.usual,
    "this_month": period.this_month,
    "last_month": period.last_month,
    "year": period.year,
}


@dataclass(frozen=True)
class Asked:
    """`refusal`: what was asked makes no sense, and the period is the usual one."""

    period: Period
    refusal: Reason | None = None

    @property
    def status(self) -> int:
        return 400 if self.refusal else 200

    @property
    def address(self) -> dict[str, str]:
        """The period as parameters of an address."""
        return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}


@dataclass(frozen=True)
class Choice:
    """Its words are `reports.periods.{name}`."""

    name: str
    address: dict[str, str]
    current: bool


def asked() -> Asked:
    today, zone = _today(), the_line().policy.zone
    try:
        return Asked(
            period.read(request.args.get("from", ""), request.args.get("to", ""), today, zone)
        )
    except Refused as refused:
        return Asked(period.usual(today, zone), refused.reason)


def choices(chosen: Period) -> Iterator[Choice]:
    for name, made in USUAL.items():
        usual = made(_today(), the_line().policy.zone)
        yield Choice(name, Asked(usual).address, usual == chosen)


def _today() -> date:
    return page.now().astimezone(the_line().policy.zone).date()
