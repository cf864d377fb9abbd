"""The rules in force, in words: read from policy.toml at the start, and changed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from console import page
from console.figures import Figures
from console.policy import calendar
from console.policy.tabs import TABS
from console.session import the_line
from console.words import Words
from ivr import local_time, outages
from ivr.days import END_OF_DAY, Interval
from ivr.policy import Policy
from ivr.zones import instant

_ANY_DAY = date(2000, 1, 3)  # no clock changes on it

TABLES: Mapping[str, str] = {
    "hours": "[hours]",
    "days": "[holidays] [[closing_days]]",
    "priorities": "[priorities] [correction] [escalation]",
    "ringing": "[routing] [extended] [callbacks] [paging]",
    "warnings": "[thresholds]",
    "closing": "[closing]",
    "keeping": "[recording]",
    "limits": "[caps] [limits]",
}
"""Where in the policy's file each card's rules stand."""


@dataclass(frozen=True)
class Rule:
    """A row of §4. Durations are business time; `called_after` is the part of it that may pass
    before agents are rung for a callback."""

    name: str
    within: timedelta
    corrected: timedelta | None
    rings_open: bool
    rings_extended: bool
    called_after: timedelta
    next_level: timedelta


def policy_page() -> str:
    t, policy = page.words(), the_line().policy
    today = t.local(t.now).date()
    with page.looking() as scene:
        strip, outage = page.strip(scene), outages.current(scene)
    return page.render(
        "policy/rules.html",
        strip=strip,
        outage=outage,
        tabs=TABS,
        tab="rules",
        policy=policy,
        week=calendar.week(policy),
        figures=Figures(t.language),
        days=calendar.coming(policy, today),
        today=today,
        until=calendar.until,
        rules=[_rule(policy, name) for name in policy.priorities],
        hours=lambda interval: _hours(t, interval),
        money=lambda amount: _money(t, policy, amount),
        file=the_line().settings.policy_file.name,
        tables=TABLES,
    )


def _rule(policy: Policy, name: str) -> Rule:
    within = policy.priorities[name].taken_within
    return Rule(
        name,
        within,
        policy.correction.within.get(name),
        name in policy.routing.ring_when_open,
        name in policy.extended_priorities,
        within * policy.callbacks.start[name],
        policy.escalation.next_level_after[name],
    )


def _hours(t: Words, interval: Interval) -> str:
    """ "8 h à 16 h 30"."""
    if calendar.is_all_day(interval):
        return t("policy.hours.all_day")
    opens, closes = (_clock(t, end) for end in interval)
    return t("policy.hours.interval", opens=opens, closes=closes)


def _clock(t: Words, since_midnight: timedelta) -> str:
    if since_midnight == END_OF_DAY:
        return t("policy.hours.midnight")
    wall = datetime.combine(_ANY_DAY, time()) + since_midnight
    return local_time.hour_written(instant(wall, t.zone), t.language, t.zone)


def _money(t: Words, policy: Policy, amount: float) -> str:
    return Figures(t.language).money(Decimal(str(amount)), policy.caps.prices.currency)
