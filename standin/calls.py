"""The life of a leg from the first ring to the end: a caller's, one placed by the REST API.

Each is one task. `HungUp` is thrown into it when the leg ends, `Redirected` when the REST API
sends it elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin import program
from standin.scheduler import Sleep, Steps, Wait
from standin.signals import Answered, Dequeued, HungUp, Redirected, Refused

if TYPE_CHECKING:
    from standin.leg import Leg
    from standin.webhooks import Target

SETUP_SECONDS = 1.0
"""From dialling to the first ring."""
TIMEOUT_BUFFER = 5.0
"""What Twilio adds to the timeout of a ringing call."""


def inbound(leg: Leg, target: Target) -> Steps[None]:
    """A caller dials the line: the first document is fetched while it rings."""
    yield from follow(leg, target)


def outbound(leg: Leg, target: Target, queued: float, timeout: float, keys: str) -> Steps[None]:
    """A call that the REST API places after `queued` seconds in Twilio's own queue."""
    try:
        yield Sleep(queued)
        if not (yield from ring(leg, timeout)):
            return
        yield from send_keys(leg, keys)
    except HungUp:
        return
    except Redirected as redirected:
        target = redirected.target
    yield from follow(leg, target)


def follow(leg: Leg, target: Target | None) -> Steps[None]:
    """Runs TwiML until it ends, then hangs up; a redirection by the REST API starts again."""
    while target is not None:
        try:
            yield from program.run(leg, target)
            target = None
        except Redirected as redirected:
            leg.stop_waiting()
            target = redirected.target
        except HungUp:
            return
        except Dequeued:  # taken out of a queue that it had just left
            target = None
    leg.finish("completed", "end of TwiML")


def ring(leg: Leg, timeout: float) -> Steps[bool]:
    """Rings the far end; False, and the leg is finished, where nobody picks up."""
    switch = leg.switch
    leg.initiate()
    behaviour = switch.devices.offer(leg)
    yield Sleep(SETUP_SECONDS)
    if behaviour.refuses:
        leg.finish(behaviour.refuses, "network")
        return False
    leg.ring()
    leg.handset.holder = switch.scheduler.spawn(behaviour.live(leg.handset), f"phone {leg.sid}")
    switch.leg_changed(leg)
    answer = yield Wait(leg.mail, timeout + TIMEOUT_BUFFER)
    if isinstance(answer, Answered):
        leg.answer()
        switch.leg_changed(leg)
        return True
    refused = isinstance(answer, Refused)
    leg.finish(answer.status if refused else "no-answer", "far end" if refused else "timeout")
    return False


def send_keys(leg: Leg, keys: str) -> Steps[None]:
    """The digits that Twilio plays once the far end has picked up; w waits 0.5 s, W 1 s."""
    for key in keys:
        if key in "wW":
            yield Sleep(0.5 if key == "w" else 1.0)
        else:
            leg.handset.hears_key(key)
            yield Sleep(0.2)
