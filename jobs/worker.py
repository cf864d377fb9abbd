"""The worker: takes the nudges out of Redis and does what they name (`python -m jobs.worker`).

RQ's SimpleWorker, in one process: a job is some milliseconds of SQL and one request. It outlives
a Redis that goes away, and stops between two jobs when it is asked to (SIGTERM).
"""

from __future__ import annotations

import logging
import time
from typing import Any

from redis import Redis, RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from jobs import work
from jobs.heart import Heart, beat
from jobs.process import begin
from jobs.queue import QUEUES
from line import Line

log = logging.getLogger(__name__)
TTL = 25  # seconds: a connection that has silently died is noticed within this
REDIS_PAUSE = 1.0


class _Worker(SimpleWorker):
    max_connection_wait_time = 2.0
    log_result_lifespan = False

    def __init__(self, redis_url: str) -> None:
        super().__init__(
            list(QUEUES),
            connection=Redis.from_url(redis_url),
            serializer=JSONSerializer,
            worker_ttl=TTL,
        )
        self.asked_to_stop = False

    def request_stop(self, signum: Any, frame: Any) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """No commands over Redis: the worker obeys signals alone."""

    def unsubscribe(self) -> None:
        pass


class _Burst(_Worker):
    """For a thread, or a test: no signals of its own."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        pass


def main() -> None:
    line = begin()
    work.use(line)
    heart = Heart(line, "worker")
    heart.start()
    while _work(line.settings.redis_url):
        time.sleep(REDIS_PAUSE)
    heart.stop()


def work_off(line: Line) -> None:
    """Does all that is queued now, and returns."""
    work.use(line)
    beat(line, "worker")
    _Burst(line.settings.redis_url).work(burst=True, logging_level="WARNING")


def _work(redis_url: str) -> bool:
    """Works until it is asked to stop (false), or Redis breaks off or is not there yet (true)."""
    worker = None
    try:
        worker = _Worker(redis_url)
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("Redis broke off (%s): tried again", type(error).__name__)
    return worker is None or not worker.asked_to_stop


if __name__ == "__main__":
    main()
