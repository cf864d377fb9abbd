"""A simulated month: everybody lives it through the stand-in, and the clock never waits."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

from sqlalchemy import select

import migrations
from commands.demo_data import Demo
from ivr.models import Call
from ivr.policy import Policy
from jobs.sweep import next_due
from jobs.upkeep import Upkeep
from standin.entries import Webhook
from trial import servers
from trial.browser import Browser
from trial.cast import cast
from trial.chance import STRANGER, Caller, Manners, Plan, plan
from trial.people import Person, dials
from trial.product import DUTY, Parts, Product, parts

log = logging.getLogger(__name__)
PASSWORD = "a password of the simulation"  # noqa: S105 of a database that ends with it
FIRST = date(2026, 12, 10)
"""The days of the default month hold Christmas, New Year and the days between."""
LOOK = timedelta(minutes=30)
"""So often the sweep looks also where nothing is known to be due."""
SWEEP = timedelta(seconds=1)
"""Between two sweeps, as in production."""
AFTER = timedelta(hours=2)
"""What is under way when the last day ends is let end: no new call begins."""

Act = Callable[[], None]


@dataclass(frozen=True)
class Setting:
    """One month: who there is, and what will happen."""

    data: Demo
    plan: Plan
    manners: Manners

    @classmethod
    def draw(
        cls, seed: int, days: int, first: date = FIRST, manners: Manners | None = None
    ) -> Setting:
        """The same seed, days and manners: the same month."""
        random, manners = Random(seed), manners or Manners()
        data = cast(random)
        return cls(data, plan(random, data, Policy.read(), first, days, manners), manners)


class Month(Product):
    """A product whose callers, agents and clients live by a plan."""

    def __init__(self, made: Parts, setting: Setting, seed: int) -> None:
        super().__init__(made)
        self.setting = setting
        self._acts: list[tuple[datetime, int, Act]] = []
        self._order = count()
        self._stirred, self._acted = -1, 0
        self._due = self._looked = self.now
        self._set_phones(Random(f"phones {seed}"))
        self._set_acts()

    def run(self) -> None:
        """Lives the month, and lets end what is under way when it ends."""
        plan, upkeep = self.setting.plan, Upkeep(self.line)
        for day in range((plan.end - plan.start).days + 1):
            self.at(plan.start + timedelta(days=day), upkeep.look)
        self.pass_until(plan.end + AFTER)

    def pass_until(self, moment: datetime) -> None:
        """Goes from one thing that happens to the next: an act, a call's event, a due row."""
        while (soonest := self._next()) <= moment:
            self.twilio.run_until(max(soonest, self.now))
            self.act_now()
            self.work_if_due()
        self.twilio.run_until(moment)
        self.work()

    def act_now(self) -> None:
        """Whatever people do by now, in order."""
        while self._acts and self._acts[0][0] <= self.now:
            self.act(heapq.heappop(self._acts)[2])

    def next_act(self) -> datetime | None:
        return self._acts[0][0] if self._acts else None

    def act(self, act: Act) -> None:
        """What somebody does now."""
        act()
        self._acted += 1

    def work_if_due(self) -> None:
        """A look costs more than an event: only where something happened, or is due by now."""
        if self._stirred == self._stir() and self.now < self._due:
            return
        while self.is_queued():
            self.work_off()
            self.twilio.run_until(self.now)
        if self._next_due() <= self.now:
            self.work()
            self._looked = self.now
        self._stirred = self._stir()
        self._due = max(self._next_due(), self.now + SWEEP)

    def _stir(self) -> int:
        """Grows whenever a row may have become due: by a webhook, or by an act."""
        return self.twilio.ledger.count(Webhook) + self._acted

    def _next_due(self) -> datetime:
        with self.session() as session:
            due = next_due(session)
        later = self._looked + LOOK
        return min(due, later) if due else later

    def _next(self) -> datetime:
        known = (self._due, self.twilio.next_event(), self.next_act())
        return min(moment for moment in known if moment is not None)

    # What people do ---------------------------------------------------------------------------

    def _set_acts(self) -> None:
        plan = self.setting.plan
        desks: dict[str, list[tuple[datetime, Act]]] = {}
        for agent in (agent for agent in self.setting.data.agents if agent.on_desk):
            browser = Browser(self.line.settings.public_url, agent.email, PASSWORD)
            acts = desks.setdefault(
                agent.email, [(plan.start, partial(browser.set_present, False))]
            )
            for shift in (shift for shift in plan.shifts if shift.agent == agent):
                acts.append((shift.start, partial(browser.set_present, True)))
                acts += [(look, browser.take_first) for look in shift.looks]  # type: ignore[misc]
                acts.append((shift.end, partial(browser.set_present, False)))
        for caller in plan.callers:
            self.at(caller.at, partial(self._dial, caller))
        for acts in desks.values():
            for moment, act in acts:
                self.at(moment, act)

    def at(self, moment: datetime, act: Act) -> None:
        """Somebody does it then."""
        heapq.heappush(self._acts, (moment, next(self._order), act))

    def _dial(self, caller: Caller) -> None:
        """Unless that phone is on a call already, as when we are calling it."""
        number = STRANGER if caller.stranger else caller.user.phone
        if any(leg.far_number == number and leg.on_phone for leg in self.twilio.live.values()):
            return
        phone = self.twilio.dial_line("anonymous" if caller.hidden else number)
        task = self.twilio.scheduler.spawn(dials(caller, phone, self._step), f"caller {number}")
        phone.holder = task

    def _step(self, sid: str) -> str:
        with self.session() as session:
            return session.scalar(select(Call.step).where(Call.sid == sid)) or ""

    def _set_phones(self, random: Random) -> None:
        setting, devices = self.setting, self.twilio.devices
        for agent in setting.data.agents:
            there = partial(self._is_at_desk, agent.phone) if agent.on_desk else lambda: True
            devices.set(agent.phone, Person(random, there, setting.manners.accepts))
        answers = setting.manners.client_answers
        users = [user for client in setting.data.clients for user in client.super_users]
        for number in (STRANGER, *(user.phone for user in users)):
            there = partial(self._is_reachable, number)
            devices.set(number, Person(random, there, answers, talks=(600, 900)))
        devices.set(DUTY, Person(random, lambda: False, 0.0))

    def _is_at_desk(self, phone: str) -> bool:
        return self.setting.plan.is_at_desk(phone, self.now)

    def _is_reachable(self, phone: str) -> bool:
        return not self.setting.plan.is_away(phone, self.now)


@contextmanager
def month(
    seed: int,
    days: int,
    folder: Path,
    redis_url: str,
    manners: Manners | None = None,
    first: date = FIRST,
) -> Iterator[Month]:
    """A month that is ready to run, on a fresh SQLite database in `folder`."""
    database_url = f"sqlite:///{folder / 'month.db'}"
    migrations.migrate(database_url)
    setting = Setting.draw(seed, days, first, manners)
    with parts(database_url, redis_url, setting.plan.start, setting.data, PASSWORD) as made:
        yield Month(made, setting, seed)


@contextmanager
def embedded(seed: int, first: date, days: int, folder: Path) -> Iterator[Month]:
    """The same with a Valkey of its own."""
    with servers.valkey() as valkey, month(seed, days, folder, valkey.url, first=first) as made:
        yield made
