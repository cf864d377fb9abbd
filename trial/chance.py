"""What chance decides in a month: who calls when and about what, who is at the desk, which phones
answer. All of it is drawn before the month begins, so that a seed is a month that replays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from commands.demo_data import Demo, DemoAgent, DemoClient, DemoSuperUser
from ivr.policy import Policy
from ivr.policy_parts import PRIORITIES
from ivr.spans import Span
from ivr.zones import DAY, instant
from trial.cast import PRODUCTS

STRANGER = "+15145550198"


@dataclass(frozen=True)
class Manners:
    """How a month is. The defaults are an ordinary centre; `kind` is one where nothing refuses:
    whoever is there accepts, and every client answers."""

    calls_per_hour_open: float = 1.0
    calls_per_hour_closed: float = 0.12
    absent: float = 0.08
    accepts: float = 0.75
    client_answers: float = 0.7
    client_away: float = 0.05
    takes_by_click: float = 2.0
    """So often a shift an agent looks at the list, and takes what is most urgent."""

    @classmethod
    def kind(cls, **more: float) -> Manners:
        return cls(absent=0.0, accepts=1.0, client_answers=1.0, client_away=0.0, **more)


@dataclass(frozen=True)
class Caller:
    """One call to the line, and what its caller wants; `patience` is the number of prompts after
    which the caller hangs up."""

    at: datetime
    client: DemoClient
    user: DemoSuperUser
    product: str
    priority: str
    production: bool = True
    hidden: bool = False
    stranger: bool = False
    fumbles: bool = False
    """Keys a wrong client number first."""
    speaks: bool = True
    patience: int = 1000


@dataclass(frozen=True)
class Shift:
    """An agent at the desk, in UTC; `looks` are the moments at which the agent opens the list."""

    agent: DemoAgent
    start: datetime
    end: datetime
    looks: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The whole month, in order."""

    start: datetime
    end: datetime
    callers: Sequence[Caller]
    shifts: Sequence[Shift]
    away: dict[str, list[Span]] = field(default_factory=dict)
    """When a client's phone rings out, by number."""

    def is_at_desk(self, phone: str, at: datetime) -> bool:
        return any(
            shift.agent.phone == phone and shift.start <= at < shift.end for shift in self.shifts
        )

    def is_away(self, phone: str, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.away.get(phone, ()))


def plan(
    random: Random, data: Demo, policy: Policy, first: date, days: int, manners: Manners
) -> Plan:
    """`days` days from local midnight of `first` on."""
    dates = [first + place * DAY for place in range(days)]
    start, end = _midnight(dates[0], policy), _midnight(dates[-1] + DAY, policy)
    shifts = [
        shift
        for day in dates
        if policy.hours.is_open(instant(datetime.combine(day, time(12)), policy.zone))
        for shift in _shifts(random, data, policy, day, manners)
    ]
    return Plan(
        start,
        end,
        sorted(_callers(random, data, policy, start, end, manners), key=lambda call: call.at),
        shifts,
        dict(_away(random, data, start, end, manners)),
    )


def _callers(
    random: Random, data: Demo, policy: Policy, start: datetime, end: datetime, manners: Manners
) -> Iterator[Caller]:
    """Hour by hour: more in opening hours, some at any other."""
    hour = start
    while hour < end:
        is_open = policy.hours.is_open(hour)
        rate = manners.calls_per_hour_open if is_open else manners.calls_per_hour_closed
        count = int(rate) + (random.random() < rate % 1)
        for _ in range(count):
            yield _caller(random, data, hour + timedelta(seconds=random.randrange(3600)), is_open)
        hour += timedelta(hours=1)


def _caller(random: Random, data: Demo, at: datetime, is_open: bool) -> Caller:
    client = random.choice(data.clients)
    shift = "days" if is_open else "nights"
    user = next(user for user in client.super_users if shift in user.shift)
    weights = (2, 3, 4, 2) if is_open else (5, 2, 2, 1)
    return Caller(
        at,
        client,
        user,
        random.choice(sorted(client.products, key=PRODUCTS.index)),
        random.choices(PRIORITIES, weights)[0],
        production=random.random() < 0.9,
        hidden=random.random() < 0.04,
        stranger=random.random() < 0.04,
        fumbles=random.random() < 0.06,
        speaks=random.random() < 0.6,
        patience=random.randrange(1, 8) if random.random() < 0.1 else 1000,
    )


def _shifts(
    random: Random, data: Demo, policy: Policy, day: date, manners: Manners
) -> Iterator[Shift]:
    """From about opening to closing with a lunch break; some agents stay away all day."""
    for agent in (agent for agent in data.agents if agent.on_desk):
        if random.random() < manners.absent:
            continue
        arrives = _at(day, 7, 50 + random.randrange(15), policy)
        lunch = _at(day, 11 + random.randrange(2), random.randrange(60), policy)
        leaves = _at(day, 16, 30 + random.randrange(10), policy)
        back = lunch + timedelta(minutes=random.randrange(30, 61))
        for start, end in ((arrives, lunch), (back, leaves)):
            yield Shift(agent, start, end, tuple(_looks(random, start, end, manners)))


def _looks(random: Random, start: datetime, end: datetime, manners: Manners) -> Iterator[datetime]:
    for _ in range(round(manners.takes_by_click / 2)):
        yield start + (end - start) * random.random()


def _away(
    random: Random, data: Demo, start: datetime, end: datetime, manners: Manners
) -> Iterator[tuple[str, list[Span]]]:
    """Some hours, some days, in which a super user's phone rings out."""
    days = (end - start) / DAY
    for user in (user for client in data.clients for user in client.super_users):
        spans = []
        for _ in range(int(days)):
            if random.random() < manners.client_away:
                begins = start + (end - start) * random.random()
                spans.append((begins, begins + timedelta(minutes=random.randrange(60, 600))))
        if spans:
            yield user.phone, spans


def _at(day: date, hour: int, minute: int, policy: Policy) -> datetime:
    moment = datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute)
    return instant(moment, policy.zone)


def _midnight(day: date, policy: Policy) -> datetime:
    return instant(datetime.combine(day, time()), policy.zone)
