"""Sends what webhook targets wait for: claimed, signed, posted, settled.

Threads of the sweep's, and not the worker: a stranger's slow server holds up no callback and no
letter. They look each second at the rows, so that nothing depends on Redis; each target is served
by one thread at a time, so that none waits for another.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ivr import deliveries, published, signing, targets
from ivr.database import reading
from jobs.post_out import NotPosted, post
from line import Line

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds
LIMIT = 25  # messages of one target at a time
AT_ONCE = 8
"""Targets that are served at one moment."""
GONE = "410"


def deliver_due(line: Line) -> None:
    """Some of each target's messages that are due, and those that they held up; for a test."""
    with reading(line.sessions) as session:
        due = deliveries.due(session, line.clock(), LIMIT)
    for messages in due.values():
        serve(line, messages)


def serve(
    line: Line, messages: Sequence[int], is_stopped: Callable[[], bool] = lambda: False
) -> None:
    """One target's messages, one after the other; each may let the next of its incident go.

    The first that is not accepted ends it: a target that is away would keep a thread for as long
    as all of them take to fail. The next look begins with those behind it.
    """
    for first in messages:
        accepted = True
        following: int | None = first
        while following is not None:
            if is_stopped():
                return
            accepted, following = deliver(line, following)
        if not accepted:
            return


def deliver(line: Line, message_id: int) -> tuple[bool, int | None]:
    """Sends the message, where it is due and nobody else does: false where it was not accepted;
    and which one may go after it."""
    with line.scene() as scene:
        message = deliveries.claim(scene, message_id)
        if message is None:
            return True, None
        key = line.settings.secret_key
        body = json.dumps(published.body(message), ensure_ascii=False).encode()
        with_secrets = [signing.secret(key, salt) for salt in targets.salts(scene, message.target)]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "p1line",
            **signing.headers(f"msg_{message.id}", scene.now, body, with_secrets),
        }
        url = message.target.url
    failure = _post(line, url, body, headers)
    return not failure, _settle(line, message_id, failure)


def _post(line: Line, url: str, body: bytes, headers: dict[str, str]) -> str:
    """ "" where it was accepted; otherwise why not: the status, or a word."""
    try:
        answer = post(url, body, headers, demo=line.settings.local)
    except NotPosted as error:
        return str(error)
    return "" if 200 <= answer.status < 300 else str(answer.status)


def _settle(line: Line, message_id: int, failure: str) -> int | None:
    with line.scene() as scene:
        message = deliveries.waiting(scene, message_id)
        if message is None:
            return None
        if not failure:
            return deliveries.sent(scene, message)
        log.warning("webhook message %s: not accepted (%s)", message_id, failure)
        if failure == GONE:
            deliveries.gone(scene, message)
        else:
            deliveries.again(scene, message, failure)
    return None


class Courier(threading.Thread):
    """Looks each second until it is stopped."""

    def __init__(self, line: Line) -> None:
        super().__init__(name="courier", daemon=True)
        self._line, self._stop_asked = line, threading.Event()
        self._served: dict[int, Future[None]] = {}

    def run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, "courier") as pool:
            while not self._stop_asked.wait(EVERY):
                try:
                    self._look(pool)
                except Exception:  # database or clock away: the next look may find them back
                    log.exception("no webhook was sent")

    def _look(self, pool: ThreadPoolExecutor) -> None:
        self._served = {target: one for target, one in self._served.items() if not one.done()}
        with reading(self._line.sessions) as session:
            due = deliveries.due(session, self._line.clock(), LIMIT, but=self._served)
        for target, messages in due.items():
            self._served[target] = pool.submit(self._serve, messages)

    def _serve(self, messages: Sequence[int]) -> None:
        try:
            serve(self._line, messages, self._stop_asked.is_set)
        except Exception:  # its row stays due, or is free again when its claim runs out
            log.exception("a webhook was not sent")

    def stop(self) -> None:
        """At most what is being posted is still settled: all else stays due."""
        self._stop_asked.set()
