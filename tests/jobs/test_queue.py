"""Nudges through a real Valkey, and without one."""

from __future__ import annotations

import logging
import os
import signal
import time
import zlib
from collections.abc import Iterator
from datetime import datetime

import pytest
import redis

from ivr.scene import Nudge
from jobs import queue as queue_module
from jobs.queue import QUEUES, Queue
from jobs.worker import work_off
from tests import servers
from tests.jobs.cast import owe, owe_in
from tests.world import DESK_1, TUESDAY_10, World

NUDGE = Nudge("call_back", 1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


@pytest.fixture
def mortal() -> Iterator[servers.Valkey]:
    """A Valkey of the test's own, which it may stop."""
    with servers.valkey() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuse closes again at once."""
    monkeypatch.setattr(queue_module, "REST", 0.0)


def queued(server: servers.Valkey) -> int:
    with server.client() as client:
        return sum(client.llen(f"rq:queue:{name}") for name in QUEUES)


def test_a_commit_nudges_and_the_worker_rings(line: World, valkey: servers.Valkey) -> None:
    line.phone(DESK_1).rings_out()
    owe(line.line)
    assert queued(valkey) == 1
    work_off(line.line)
    assert queued(valkey) == 0
    assert line.phone(DESK_1).was_called == 1


def test_what_is_rolled_back_nudges_nobody(line: World, valkey: servers.Valkey) -> None:
    """Law 5: commit, then enqueue."""

    def fails() -> None:
        with line.line.scene() as scene:
            owe_in(scene)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert queued(valkey) == 0


def test_callbacks_go_before_letters(line: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Nudge] = []
    monkeypatch.setattr("jobs.work.do", lambda _, nudge: done.append(nudge))
    wanted = [Nudge("send", 1), Nudge("send", 2), Nudge("call_back", 3)]
    assert line.line.queue.nudge(wanted)
    work_off(line.line)
    assert done == [Nudge("call_back", 3), Nudge("send", 1), Nudge("send", 2)]


def test_a_redis_that_is_away_is_told_once_and_tried_again(
    mortal: servers.Valkey, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queue = Queue(mortal.url)
    queue.ping()
    mortal.stop()
    assert [queue.nudge([NUDGE]) for _ in range(3)] == [False, False, False]
    with pytest.raises(redis.ConnectionError):
        queue.ping()
    mortal.start()
    assert [queue.nudge([NUDGE]) for _ in range(2)] == [True, True]
    assert [record.message for record in caplog.records if record.name == "p1line.queue"] == [
        "Redis refuses (ConnectionError): the sweep does the work itself",
        "Redis answers again",
    ]


def test_while_redis_is_away_nobody_waits_for_it(mortal: servers.Valkey) -> None:
    """A Redis that takes connections and never answers: half a second, then none at all."""
    queue = Queue(mortal.url)
    queue.ping()
    assert mortal._process is not None
    os.kill(mortal._process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert not queue.nudge([NUDGE, NUDGE, NUDGE])
        first = time.monotonic() - began
        assert not any(queue.nudge([NUDGE]) for _ in range(100))
        assert first < 1.5
        assert time.monotonic() - began - first < 0.2
    finally:
        os.kill(mortal._process.pid, signal.SIGCONT)


def test_nothing_to_nudge_needs_no_redis() -> None:
    assert Queue("redis://127.0.0.1:1/0").nudge([])


def test_jobs_are_json_and_not_code(mortal: servers.Valkey) -> None:
    """Whoever can write to Redis gets no code run by an unpickled job."""
    assert Queue(mortal.url).nudge([NUDGE])
    with mortal.client() as client:
        (key,) = client.keys("rq:job:*")
        data = client.hget(key, "data")
    assert b"jobs.work.call_back" in _inflated(data)
    assert _inflated(data).startswith(b"[")


def _inflated(data: bytes) -> bytes:
    return zlib.decompress(data)
