"""Nudges the worker. The row is the queue: a nudge that is lost is found by the sweep (law 5)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

import rq
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.serializers import JSONSerializer

from ivr.scene import Nudge

CALLS, LETTERS = "p1line-calls", "p1line-letters"
QUEUES = (CALLS, LETTERS)
"""In the order in which a worker empties them: no letter keeps a callback waiting."""
JOBS = {
    "call_back": (CALLS, "jobs.work.call_back"),
    "ring": (CALLS, "jobs.work.ring"),
    "hang_up": (CALLS, "jobs.work.hang_up"),
    "wake": (CALLS, "jobs.work.wake"),
    "send": (LETTERS, "jobs.work.send"),
    "notice": (LETTERS, "jobs.work.notice"),
    "digest": (LETTERS, "jobs.work.digest"),
}

ANSWER_WITHIN = 0.5  # seconds: a caller may be waiting for the webhook that nudges
REST = 5.0  # seconds without another try after Redis failed
JOB_TIMEOUT = 60  # seconds: longer than each request that a job makes, with room
STALE = 60  # seconds: a nudge that waited so long is dropped, the sweep has made another
KEEP_FAILURES = 24 * 3600

log = logging.getLogger("p1line.queue")


class Queue:
    """RQ behind a fuse: while Redis is away nobody waits for it."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=ANSWER_WITHIN,
            socket_connect_timeout=ANSWER_WITHIN,
            retry=Retry(NoBackoff(), 0),
        )
        self._queues = {
            name: rq.Queue(
                name,
                connection=self._redis,
                default_timeout=JOB_TIMEOUT,
                serializer=JSONSerializer,  # whoever writes to Redis sends us no code
            )
            for name in QUEUES
        }
        self._closed_until = 0.0
        self._away = False

    def nudge(self, nudges: Iterable[Nudge]) -> bool:
        """Enqueues what became due; false where Redis refuses, and the sweep does it instead."""
        wanted = list(nudges)
        if not wanted:
            return True
        if time.monotonic() < self._closed_until:
            return False
        try:
            for nudge in wanted:
                self._enqueue(nudge)
        except RedisError as error:
            self._gone(error)
            return False
        self._back()
        return True

    def ping(self) -> None:
        """Raises `redis.RedisError` where Redis does not answer."""
        self._redis.ping()

    def answers(self) -> bool:
        """Whether Redis answers; asked at most every `REST` seconds while it does not."""
        if time.monotonic() < self._closed_until:
            return False
        try:
            self.ping()
        except RedisError as error:
            self._gone(error)
            return False
        return True

    def _enqueue(self, nudge: Nudge) -> None:
        # No job id of our own: a job that was half-written in a crash would block its successor.
        queue, job = JOBS[nudge.kind]
        self._queues[queue].enqueue(
            job,
            nudge.id,
            ttl=STALE,
            result_ttl=0,
            failure_ttl=KEEP_FAILURES,
            description=f"{nudge.kind} {nudge.id}",
        )

    def _gone(self, error: RedisError) -> None:
        self._closed_until = time.monotonic() + REST
        if not self._away:
            log.warning("Redis refuses (%s): the sweep does the work itself", type(error).__name__)
        self._away = True

    def _back(self) -> None:
        if self._away:
            log.info("Redis answers again")
        self._away = False
