"""When an incident may be closed, and why not yet (§2.1.5): nothing here closes by itself.

By the client's approval; by two messages that were left and not returned; for lack of
information, after two follow-ups. What the timeline holds is the evidence; a reply begins the
count anew. A P1 and a security matter wait for the approval. A person confirms, always; "a delay
judged reasonable" is a person's reasoned decision too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from ivr.hours import Hours
from ivr.policy_parts import Closing
from ivr.reason import Reason
from ivr.states import Doer
from ivr.zones import DAY, instant

How = Literal["approval", "messages", "no_information", "reasonable"]
HOWS: tuple[How, ...] = ("approval", "messages", "no_information", "reasonable")
SOURCES: Mapping[How, tuple[str, ...]] = {
    "approval": ("resolved",),
    "messages": ("waiting", "resolved"),
    "no_information": ("waiting",),
    "reasonable": ("waiting", "resolved"),
}
"""By way, the states from which it leads to the end."""
NEVER = datetime.max.replace(tzinfo=UTC)
LEFT, FOLLOW_UP, APPROVED, REPLIED, ANEW = "left", "follow_up", "approved", "replied", "anew"


@dataclass(frozen=True)
class Sign:
    """Something on the timeline that counts for closing, at a UTC moment.

    `kind`: a message was "left" (`channel`: "mail" or "voicemail"), a "follow_up" was sent, the
    client "approved" or "replied", or all begins "anew": it was resolved, or reopened.
    """

    kind: str
    at: datetime
    channel: str = ""


@dataclass(frozen=True)
class Case:
    """What the rules need to know of an incident; `signs` in the order in which they happened."""

    state: str
    priority: str
    security: bool
    signs: Sequence[Sign] = ()

    def tried(self, kind: str) -> list[Sign]:
        """The signs of a kind since the client was last heard."""
        return self._since(kind, REPLIED, ANEW)

    @property
    def approvals(self) -> list[Sign]:
        """Whatever the client says later, an approval stands until it is reopened."""
        return self._since(APPROVED, ANEW)

    def _since(self, kind: str, *resets: str) -> list[Sign]:
        found: list[Sign] = []
        for sign in self.signs:
            if sign.kind in resets:
                found = []
            elif sign.kind == kind:
                found.append(sign)
        return found

    @property
    def critical(self) -> bool:
        return self.priority == "P1" or self.security


@dataclass(frozen=True)
class Way:
    """One way to close: from when on (UTC; none: not yet), and the evidence or what is missing."""

    how: How
    at: datetime | None
    evidence: tuple[Reason, ...]
    missing: Reason | None = None


def ways(rules: Closing, hours: Hours, case: Case) -> tuple[Way, ...]:
    """The ways that this state knows, each with its evidence; a reasoned decision is none."""
    found = (_approval(case), _messages(rules, hours, case), _no_information(rules, hours, case))
    return tuple(way for way in found if case.state in SOURCES[way.how])


def proposal(rules: Closing, hours: Hours, case: Case) -> Way | None:
    """The way by which it may be closed first, from `Way.at` on; none: nothing to propose."""
    open_ways = [way for way in ways(rules, hours, case) if way.at is not None]
    return min(open_ways, key=lambda way: way.at or NEVER, default=None)


def refusal(
    rules: Closing, hours: Hours, case: Case, how: str, now: datetime, doer: Doer, why: str
) -> Reason | None:
    """Which rule forbids closing it now in that way; none: it may be closed.

    `why` is the reason that is recorded with a "reasonable" delay (§2.1.5).
    """
    if how == "reasonable" and case.state in SOURCES["reasonable"]:
        return _not_reasonable(case, doer, why)
    way = next((way for way in ways(rules, hours, case) if way.how == how), None)
    if way is None:
        return Reason("closing.not_so")
    if way.at is None:
        return way.missing
    return None if now >= way.at else Reason("closing.too_early", {"at": way.at.isoformat()})


def add_business_days(hours: Hours, day: date, days: int) -> date:
    """The day that comes `days` business days after, by the centre's calendar.

    What was done on a day off counts as done on the next business day. A half day is one.
    """
    while not hours.intervals(day):
        day += DAY
    for _ in range(days):
        day += DAY
        while not hours.intervals(day):
            day += DAY
    return day


def _not_reasonable(case: Case, doer: Doer, why: str) -> Reason | None:
    if case.critical and not doer.is_at_least("manager"):
        return Reason("closing.manager_only")
    if not doer.is_at_least("lead"):
        return Reason("closing.lead_only")
    return None if why.strip() else Reason("closing.no_reason")


def _approval(case: Case) -> Way:
    if not case.approvals:
        return Way("approval", None, (), Reason("closing.not_approved"))
    approved = case.approvals[-1]
    return Way("approval", approved.at, (_told("closing.approved", approved),))


def _messages(rules: Closing, hours: Hours, case: Case) -> Way:
    """§2.1.5 (1): so many, so many days apart, and as many days after the last of them all."""
    left = case.tried(LEFT)
    evidence = tuple(
        _told("closing.left_mail" if sign.channel == "mail" else "closing.left_voicemail", sign)
        for sign in left
    )
    if case.critical:
        return Way("messages", None, evidence, Reason("closing.critical"))
    counted = _apart(hours, left, rules.days_between)
    if not counted:
        facts = {"wanted": rules.messages, "days": rules.days_between}
        return Way("messages", None, evidence, Reason("closing.no_message", facts))
    if len(counted) < rules.messages:
        date = add_business_days(hours, _day(hours, counted[-1]), rules.days_between).isoformat()
        return Way("messages", None, evidence, Reason("closing.next_message", {"date": date}))
    return _after("messages", hours, left, rules.days_after, evidence)


def _no_information(rules: Closing, hours: Hours, case: Case) -> Way:
    """§2.1.5 (2): so many follow-ups, each on another business day."""
    sent = case.tried(FOLLOW_UP)
    evidence = tuple(_told("closing.follow_up", sign) for sign in sent)
    if case.critical:
        return Way("no_information", None, evidence, Reason("closing.critical"))
    counted = _apart(hours, sent, rules.follow_up_days)
    if len(counted) < rules.follow_ups:
        facts = {"wanted": rules.follow_ups, "count": len(counted)}
        return Way("no_information", None, evidence, Reason("closing.few_follow_ups", facts))
    return _after("no_information", hours, sent, rules.follow_up_days, evidence)


def _apart(hours: Hours, signs: Sequence[Sign], days: int) -> list[Sign]:
    """Those that count: what came sooner after the one that counted before does not."""
    counted: list[Sign] = []
    for sign in signs:
        if not counted or _day(hours, sign) >= add_business_days(
            hours, _day(hours, counted[-1]), days
        ):
            counted.append(sign)
    return counted


def _after(
    how: How, hours: Hours, signs: Sequence[Sign], days: int, evidence: tuple[Reason, ...]
) -> Way:
    """From the opening of the day that comes `days` business days after the last sign."""
    day = add_business_days(hours, _day(hours, signs[-1]), days)
    opens, _ = hours.intervals(day)[0]
    at = instant(datetime.combine(day, time()) + opens, hours.zone)
    why = Reason("closing.days_after", {"days": days, "date": day.isoformat()})
    return Way(how, max(at, signs[-1].at), (*evidence, why))


def _told(key: str, sign: Sign) -> Reason:
    return Reason(key, {"at": sign.at.isoformat()})


def _day(hours: Hours, sign: Sign) -> date:
    return sign.at.astimezone(hours.zone).date()
