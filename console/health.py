"""Whether the line works, for machines: alive, ready, and what is going on (Prometheus).

A load balancer asks `/healthz`: the way from a P1 caller to an agent needs neither the queue nor
the worker (law 6), so a web process without them still takes calls. A monitor outside asks
`/readyz`, and raises the alarm where callbacks would be late.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis import RedisError
from requests import RequestException
from sqlalchemy.exc import SQLAlchemyError

from console.measures import HEARTBEATS, LineCollector, heartbeat_ages
from ivr import last_rota
from ivr.database import reading

if TYPE_CHECKING:
    from line import Line

health = Blueprint("health", __name__)
log = logging.getLogger("p1line.health")

DEAD_SECONDS = 60.0
"""A worker or a sweep that has said nothing for so long is taken for dead."""

Ages = Mapping[str, float | None]


@health.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(alive=True)


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503, with what fails, where callbacks would be late.

    `failing` names "database", "queue", "clock" (of a demo: the stand-in's) or "heartbeats": both
    the worker and the sweep are dead; one alone does the other's work. Ages are in seconds of the
    line's clock, null where it never said anything or the database cannot be asked. `fallback` is
    the age of the last rota that is kept here for when the database is gone.
    """
    line = _line()
    ages, failing = _ages(line)
    if not failing and all(map(is_dead, ages.values())):
        failing.append("heartbeats")
    if not _queue_answers(line):
        failing.append("queue")
    fallback = _fallback_age(line)
    answer = jsonify(ready=not failing, failing=failing, heartbeats=ages, fallback=fallback)
    return answer, 503 if failing else 200


@health.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus, counted when asked; no label says who called or who answered."""
    registry = CollectorRegistry()
    registry.register(LineCollector(_line()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _line() -> Line:
    return cast("Line", current_app.extensions["line"])


def _ages(line: Line) -> tuple[Ages, list[str]]:
    """The heartbeats' ages, and what kept us from reading them."""
    nothing = dict.fromkeys(HEARTBEATS)
    try:
        now = line.clock()
        with reading(line.sessions) as session:
            return heartbeat_ages(session, now), []
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)
        return nothing, ["database"]
    except RequestException as error:
        log.error("the stand-in's clock does not answer: %s", type(error).__name__)
        return nothing, ["clock"]


def _fallback_age(line: Line) -> float | None:
    try:
        return last_rota.age(line.settings.fallback_dir, line.clock())
    except RequestException:  # "clock" is named already
        return None


def is_dead(age: float | None) -> bool:
    """A moment that is still to come says as little as one long past: the clock was moved."""
    return age is None or abs(age) > DEAD_SECONDS


def _queue_answers(line: Line) -> bool:
    try:
        line.queue.ping()
    except RedisError as error:
        log.error("the queue does not answer: %s", type(error).__name__)
        return False
    return True
