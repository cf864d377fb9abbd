"""A stretch of a month on real processes, which are killed (kill -9) at random moments.

The clock goes on without them: while anything is under way a second passes at a time, with real
time for the processes to work in, and else it jumps to the next thing that happens. It stands
still while a process starts, so that an outage is as long as it was meant to be.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import redis
import requests
from sqlalchemy import select

from ivr.causes import Outage
from ivr.models import Heartbeat, Incident
from jobs.sweep import next_due
from tests import servers
from tests.jobs.processes import Process
from trial.month import PASSWORD, Act, Month, Setting
from trial.product import Parts, parts

STEP = timedelta(seconds=1)
REAL_STEP = 0.05
"""Seconds: a lease of a minute is three seconds, longer than any request takes."""
QUIET_STEPS = 5
"""After so many steps in which nothing happened the clock may jump."""
STARTS_WITHIN = 40.0
AWAY = (0, 0, 5, 60, 600, 4200)
"""Seconds for which a killed part stays away: often it is restarted at once."""
LONGEST = timedelta(days=5)
"""In which all that is owed is done once everything runs again, over a week-end too."""
AGAIN = timedelta(minutes=1)
"""When somebody tries again whose browser got no answer."""


@dataclass
class Part:
    """A process of ours, and how to know that it works."""

    name: str
    kill: Callable[[], None]
    start: Callable[[], None]
    is_up: Callable[[datetime], bool]
    """Does it answer, or has it been heard of since that moment?"""
    down_since: datetime | None = None


class Killed(Month):
    """A month whose web, worker, sweep and Valkey are processes, and mortal."""

    def __init__(
        self, made: Parts, setting: Setting, seed: int, mortal: list[Part], kills: int
    ) -> None:
        super().__init__(made, setting, seed)
        self.outages: list[Outage] = []
        self.kills = 0
        self._mortal, self._most = mortal, kills
        self._random = Random(f"kills {seed}")
        self._quiet = 0

    def run(self) -> None:
        """Lives the stretch; in the end everything runs again, and what is owed is done."""
        plan = self.setting.plan
        self.pass_until(plan.end)
        self._most = self.kills
        for part in self._mortal:
            self._restart(part)
        while self._is_owing() and self.now < plan.end + LONGEST:
            self.pass_until(self.now + timedelta(minutes=30))

    def pass_until(self, moment: datetime) -> None:
        while self.now < moment:
            self.act_now()
            before = len(self.twilio.ledger.entries)
            killer = self._strike()
            self.twilio.run_until(self._goes_to(moment))
            time.sleep(REAL_STEP)
            if killer:
                killer.join()
            happened = len(self.twilio.ledger.entries) != before
            self._quiet = 0 if happened or killer or self._is_working() else self._quiet + 1

    def _is_owing(self) -> bool:
        """Is a promise not met yet, or somebody still on the phone?"""
        with self.session() as session:
            owed = select(Incident).where(Incident.state != "refused")
            owing = any(incident.met_at is None for incident in session.scalars(owed))
        return owing or bool(self.twilio.live)

    def act(self, act: Act) -> None:
        """Somebody who gets no answer tries again."""
        try:
            super().act(act)
        except requests.RequestException:
            self.at(self.now + AGAIN, act)

    def _goes_to(self, moment: datetime) -> datetime:
        if self._quiet < QUIET_STEPS:
            return min(self.now + STEP, moment)
        known = (self._sweep_due(), self.twilio.next_event(), self.next_act(), moment)
        soonest = min(each for each in known if each is not None)
        return max(min(soonest, moment), self.now + STEP)

    def _is_working(self) -> bool:
        """Has the sweep or the worker something to do? That needs real time."""
        due = self._sweep_due()
        if due is not None and due <= self.now:
            return True
        try:
            return self.is_queued() and not self._is_down("worker")
        except redis.RedisError:
            return False

    def _sweep_due(self) -> datetime | None:
        """When the sweep has something to do; without it nobody looks at what is due."""
        if self._is_down("sweep"):
            return None
        with self.session() as session:
            return next_due(session)

    # Killing ----------------------------------------------------------------------------------

    def _strike(self) -> threading.Thread | None:
        """Now and then, while something is under way, a part is killed in the midst of it."""
        under_way = bool(self.twilio.live)
        if not under_way or self.kills >= self._most or self._random.random() > 0.03:
            return None
        part = self._mortal[self.kills % len(self._mortal)]
        if part.down_since is not None:
            return None
        self.kills += 1
        part.down_since = self.now
        self.at(
            self.now + timedelta(seconds=self._random.choice(AWAY)), lambda: self._restart(part)
        )
        killer = threading.Timer(self._random.uniform(0, REAL_STEP), part.kill)
        killer.start()
        return killer

    def _restart(self, part: Part) -> None:
        """The clock stands still until it works again."""
        if part.down_since is None:
            return
        began = self.now
        part.start()
        deadline = time.monotonic() + STARTS_WITHIN
        while not part.is_up(began):
            assert time.monotonic() < deadline, f"{part.name} does not start"
            time.sleep(0.05)
        self.outages.append(Outage(part.name, part.down_since, self.now))
        part.down_since = None

    def _is_down(self, name: str) -> bool:
        return any(part.name == name and part.down_since for part in self._mortal)


@contextmanager
def killed(seed: int, setting: Setting, folder: Path, kills: int) -> Iterator[Killed]:
    """The stretch of `setting`, on processes of its own, of which `kills` are killed."""
    with ExitStack() as stack:
        valkey = stack.enter_context(servers.valkey(durable=True))
        made = stack.enter_context(
            parts(
                servers.sqlite(folder),
                valkey.url,
                setting.plan.start,
                setting.data,
                PASSWORD,
                served=False,
            )
        )
        mortal: list[Part] = []
        month = Killed(made, setting, seed, mortal, kills)
        for name, module, arguments in (
            ("web", "gunicorn", ("-c", "gunicorn.conf.py", "-b", _address(month), _APP)),
            ("worker", "jobs.worker", ()),
            ("sweep", "jobs.sweep", ()),
        ):
            process = Process(month, module, folder / f"{name}.log", *arguments)
            stack.callback(process.kill)
            process.start()
            mortal.append(_part(month, name, process))
        mortal.append(Part("redis", valkey.kill, valkey.start, lambda _: True))
        for part in mortal:
            part.down_since = month.now
            _wait(part, month.now)
            part.down_since = None
        Random(f"order {seed}").shuffle(mortal)
        yield month


_APP = "app:create_app()"


def _address(month: Month) -> str:
    return month.line.settings.public_url.removeprefix("http://")


def _part(month: Month, name: str, process: Process) -> Part:
    if name == "web":
        return Part(name, process.kill, process.start, lambda _: _answers(month))
    return Part(name, process.kill, process.start, lambda since: _beats(month, name, since))


def _answers(month: Month) -> bool:
    try:
        return requests.get(f"{month.line.settings.public_url}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def _beats(month: Month, name: str, since: datetime) -> bool:
    with month.session() as session:
        heart = session.get(Heartbeat, name)
        return heart is not None and heart.at >= since


def _wait(part: Part, since: datetime) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not part.is_up(since):
        assert time.monotonic() < deadline, f"{part.name} does not start"
        time.sleep(0.05)


def stretch(setting: Setting, start: datetime, span: timedelta) -> Setting:
    """The part of a month's plan that begins at `start`; who is at the desk then comes to it."""
    plan, end = setting.plan, start + span
    shifts = [
        replace(shift, start=max(shift.start, start)) for shift in plan.shifts if shift.end > start
    ]
    callers = [caller for caller in plan.callers if start <= caller.at < end]
    return replace(
        setting, plan=replace(plan, start=start, end=end, callers=callers, shifts=shifts)
    )
