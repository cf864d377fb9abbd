"""kill -9 of worker and sweep at any moment: every callback is placed, and none twice.

Real processes, on a database, a Valkey and a stand-in's clock that go on without them; judged
from the stand-in's ledger.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from standin.faults import RestFault
from tests import servers
from tests.jobs.cast import owe
from tests.jobs.processes import Process, process
from tests.world import DESK_1, DESK_2, TUESDAY_10, World, world

CLIENTS = [f"+1450555{number:04}" for number in range(160, 164)]
STEP = timedelta(seconds=1)
STEPS_OF_A_START = 40
"""A simulated second is a fortieth of what both processes need to start here and now: however slow
the machine, a lease of a minute outlives any request, and a start is over before most kills."""
KILLS = 12
AT_MOST = 180.0
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield servers.sqlite(tmp_path)
        return
    with servers.postgres() as url:
        yield url


@pytest.fixture
def ready(line: World) -> World:
    for phone in (DESK_1, DESK_2, *CLIENTS):
        line.phone(phone).accepts(after=2, talks=5)
    return line


@dataclass
class Crew:
    """Worker and sweep, and how long a second of theirs takes here, in real seconds."""

    processes: list[Process]
    second: float = 0.0

    @property
    def log(self) -> str:
        return "".join(each.log for each in self.processes)


@pytest.fixture
def crew(ready: World, tmp_path: Path) -> Iterator[Crew]:
    with ExitStack() as stack:
        began = time.monotonic()
        made = Crew(
            [
                stack.enter_context(process(ready, module, tmp_path))
                for module in ("jobs.worker", "jobs.sweep")
            ]
        )
        for each in made.processes:
            each.wait_until_it_beats()
        made.second = (time.monotonic() - began) / STEPS_OF_A_START
        yield made


def reached(line: World) -> Counter[str]:
    """How often each client was joined with an agent."""
    return Counter(client for _, client in line.phones.bridges())


def goes_on(line: World, second: float = 0.05) -> bool:
    """A second passes; true until every client was reached and the calls are over."""
    line.twilio.run_until(line.now + STEP)
    time.sleep(second)
    return len(reached(line)) < len(CLIENTS) or any(
        leg.ended is None for leg in line.twilio.ledger.legs()
    )


def judge(line: World) -> None:
    ledger = line.twilio.ledger
    assert reached(line) == Counter(CLIENTS)
    assert Counter(leg.to for leg in ledger.legs(created_by="TwiML")) == Counter(CLIENTS)
    assert len(ledger.legs(created_by="REST")) == len(CLIENTS)
    line.phones.check()


@pytest.mark.parametrize(
    ("database_url", "seed"), [("sqlite", 1), ("postgres", 2)], indirect=["database_url"]
)
def test_killed_at_random_moments(ready: World, crew: Crew, seed: int) -> None:
    chance = random.Random(seed)
    for client in CLIENTS:
        owe(ready.line, caller=client, recognised=False)
    deadline, kills = time.monotonic() + AT_MOST, 0
    while goes_on(ready, crew.second):
        assert time.monotonic() < deadline, f"{ready.now}, {kills} kills: {crew.log}"
        if kills < KILLS and chance.random() < 0.08:
            victim = chance.choice(crew.processes)
            victim.kill()
            victim.start()
            kills += 1
    assert kills
    judge(ready)


def test_killed_while_twilio_has_the_request(ready: World, crew: Crew) -> None:
    """The worst moment: the call is placed, and nobody is there to hear its sid."""

    def kills(method: str, path: str, form: Mapping[str, str]) -> bool:
        if method == "POST" and path.endswith("/Calls.json"):
            for each in crew.processes:
                each.kill()
        return False

    for client in CLIENTS:
        owe(ready.line, caller=client, recognised=False)
    ready.twilio.faults.rest(RestFault(), times=3, when=kills)
    deadline = time.monotonic() + AT_MOST
    while goes_on(ready, crew.second):
        assert time.monotonic() < deadline, f"{ready.now}: {crew.log}"
        for each in crew.processes:
            if not each.is_running():
                each.start()
    judge(ready)


def test_the_worker_outlives_its_redis_and_stops_cleanly(
    tmp_path: Path, database_url: str, start: datetime
) -> None:
    with servers.valkey(durable=True) as valkey, world(database_url, valkey.url, start) as line:
        for phone in (DESK_1, DESK_2, *CLIENTS):
            line.phone(phone).accepts(after=2, talks=5)
        with process(line, "jobs.worker", tmp_path) as worker:
            worker.wait_until_it_beats()
            valkey.kill()
            time.sleep(1.5)
            assert worker.is_running()
            starts_without_redis(worker)
            valkey.start()
            deadline = time.monotonic() + AT_MOST
            owe(line.line, caller=CLIENTS[0], recognised=False)
            while not reached(line):
                assert time.monotonic() < deadline, worker.log
                goes_on(line)
            until_now = len(worker.log)  # of a Redis that breaks off RQ may tell with a traceback
            assert worker.stop() == 0, worker.log
        assert "Traceback" not in worker.log[until_now:]


def starts_without_redis(worker: Process) -> None:
    """Killed and started while Redis is away, it lives, and tries again."""
    worker.kill()
    before, deadline = worker.log.count("tried again"), time.monotonic() + AT_MOST
    worker.start()
    while worker.log.count("tried again") == before:
        assert worker.is_running(), worker.log
        assert time.monotonic() < deadline, worker.log
        time.sleep(0.05)
    assert worker.is_running(), worker.log
