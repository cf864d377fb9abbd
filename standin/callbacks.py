"""Status callbacks: sent in their order and never retried; a bad answer is a warning 15003.

https://www.twilio.com/docs/api/errors/15003
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin import webhooks
from standin.scheduler import Sleep, Steps

if TYPE_CHECKING:
    from standin.leg import Leg

LONGEST_HOLD = 5.0
"""Seconds that an overtaken callback waits for the one that overtakes it."""
SIP_CODES = {
    "completed": "200",
    "busy": "486",
    "no-answer": "487",
    "canceled": "487",
    "failed": "404",
}


@dataclass(frozen=True)
class Callback:
    """Where the status of a leg is told, for which of Twilio's events."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


class Courier:
    """Tells one leg's status, apart from the course of the call."""

    def __init__(self, leg: Leg, callback: Callback | None) -> None:
        self._leg = leg
        self._callback = callback
        self._sequence = 0
        self._queue: deque[tuple[str, dict[str, str]]] = deque()
        self._sending = False
        self._held: list[tuple[str, dict[str, str]]] = []

    def tell(self, event: str, status: str) -> None:
        if self._callback is None or event not in self._callback.events:
            return
        leg = self._leg
        extra = {
            "CallStatus": status,
            "Timestamp": webhooks.rfc2822(leg.switch.now()),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
        }
        if event == "completed":
            extra |= {"CallDuration": str(leg.seconds), "Duration": str(-(-leg.seconds // 60))}
            if leg.direction != "inbound":
                extra["SipResponseCode"] = SIP_CODES[status]
        self._sequence += 1
        self._queue.append((event, extra))
        if not self._sending:
            self._sending = True
            leg.switch.scheduler.spawn(self._send_all(), f"callbacks {leg.sid}")

    def _send_all(self) -> Steps[None]:
        while self._queue:
            event, extra = self._queue.popleft()
            fault = self._leg.switch.faults.for_callback(event, self._leg)
            if fault.delay:
                self._spawn(self._later(fault.delay, event, extra))
            elif fault.overtaken:
                self._held.append((event, extra))
                self._spawn(self._later(LONGEST_HOLD, event, extra, held=True))
            else:
                for _ in range(fault.copies):
                    yield from self._send(event, extra)
                yield from self._release()
        self._sending = False

    def _release(self) -> Steps[None]:
        """Sends what this callback was to overtake."""
        while self._held:
            yield from self._send(*self._held.pop(0))

    def _later(
        self, seconds: float, event: str, extra: dict[str, str], held: bool = False
    ) -> Steps[None]:
        yield Sleep(seconds)
        if held:
            if (event, extra) not in self._held:
                return
            self._held.remove((event, extra))
        yield from self._send(event, extra)

    def _send(self, event: str, extra: dict[str, str]) -> Steps[None]:
        assert self._callback is not None
        url, method = self._callback.url, self._callback.method
        params = webhooks.standard(self._leg) | extra
        yield from webhooks.notify(self._leg, f"status {event}", url, method, params)

    def _spawn(self, steps: Steps[None]) -> None:
        self._leg.switch.scheduler.spawn(steps, f"callback {self._leg.sid}")
