"""<Dial>: rings one or more numbers and lets the parties talk.

https://www.twilio.com/docs/voice/twiml/dial and /number
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from standin import calls, program, queues, webhooks
from standin.callbacks import Callback
from standin.leg import Leg
from standin.scheduler import Mailbox, Steps, Wait
from standin.signals import ChildAnswered, ChildLeft, ChildReady, HungUp, Key, Redirected
from standin.verbs import Dial, Document, Number, Queue
from standin.webhooks import Next, Target

E164 = re.compile(r"\+[1-9]\d{7,14}")
NORTH_AMERICAN = re.compile(r"\(?([2-9]\d\d)\)?[ .-]?([2-9]\d\d)[ .-]?(\d{4})")

PREFERENCE = ("busy", "no-answer", "canceled", "failed")
"""Of several numbers of which none was connected, which one's status is told."""


@dataclass
class Outcome:
    """How a <Dial> ended; `child` is the leg that was connected, or the one that tells why not."""

    child: Leg | None
    status: str
    bridged: bool = False
    redirected: bool = False

    def params(self) -> dict[str, str]:
        params = {"DialCallStatus": self.status, "DialBridged": str(self.bridged).lower()}
        if self.child is not None:
            params["DialCallSid"] = self.child.sid
            if not self.redirected:
                params["DialCallDuration"] = str(self.child.seconds)
        return params


def dial(leg: Leg, verb: Dial, document: Document, first: bool) -> Steps[Next | None]:
    if not (verb.answer_on_bridge and first):
        leg.answer()
    leg.mail.clear()
    leg.hears_keys = verb.hangup_on_star
    if verb.targets and isinstance(verb.targets[0], Queue):
        return (yield from queues.take(leg, verb, verb.targets[0], document))
    numbers = [target for target in verb.targets if isinstance(target, Number)]
    groups = [[number] for number in numbers] if verb.sequential else [numbers]
    outcome = Outcome(None, "failed")
    for group in groups:
        attempt = Attempt(leg, verb, document, group)
        try:
            outcome = yield from attempt.run()
        except HungUp:
            attempt.tell_hangup()
            raise
        finally:
            attempt.close()
        if outcome.status not in ("busy", "no-answer", "failed"):
            break
    leg.stop_waiting()
    if verb.action is None:
        return None
    return webhooks.following(document, verb.action, verb.method, outcome.params())


class Attempt:
    """Numbers rung together: the first to pick up is taken, the others are cancelled."""

    def __init__(self, leg: Leg, verb: Dial, document: Document, numbers: Sequence[Number]) -> None:
        self._leg = leg
        self._verb = verb
        self._document = document
        self._children = [self._place(number) for number in numbers]
        self._live = [child for child in self._children if not child.over]

    def run(self) -> Steps[Outcome]:
        """Answers how it ended once no child is left."""
        while self._live:
            item = yield Wait(self._leg.mail)
            match item:
                case ChildAnswered(child) if not self._leg.switch.manners.rings_on_in_whisper:
                    self._cancel_others(child)
                case ChildReady(child):
                    self._cancel_others(child)
                    return (yield from self._talk(child))
                case ChildLeft(child) if child in self._live:
                    self._live.remove(child)
                case Key("*"):
                    return Outcome(self._answered(), "completed")
        return self._not_connected()

    def close(self) -> None:
        """Ends the children that are still there, except one that was sent elsewhere."""
        for child in list(self._live):
            child.finish("completed" if child.answered_at else "canceled", "Dial")

    def tell_hangup(self) -> None:
        """The caller hung up: Twilio may still request the action; its answer is not followed."""
        leg, verb = self._leg, self._verb
        if verb.action is None or not leg.switch.manners.dial_action_after_hangup:
            return
        bridged = any(child.handset.has_talked for child in self._children)
        child = self._answered() or (self._children[0] if self._children else None)
        self.close()
        status = "completed" if bridged else "canceled"
        following = webhooks.following(
            self._document, verb.action, verb.method, Outcome(child, status, bridged).params()
        )
        leg.switch.scheduler.spawn(webhooks.unfollowed(leg, following), f"dial {leg.sid}")

    def _talk(self, child: Leg) -> Steps[Outcome]:
        self._leg.answer()
        self._leg.join(child)
        self._leg.hears_keys = self._verb.hangup_on_star
        limit = self._leg.switch.scheduler.after(
            self._verb.time_limit, lambda: child.finish("completed", "Dial timeLimit")
        )
        try:
            while True:
                item = yield Wait(self._leg.mail)
                match item:
                    case ChildLeft(left) if left is child:
                        self._live.remove(child)
                        return Outcome(child, "completed", True, redirected=not child.over)
                    case Key("*"):
                        child.finish("completed", "hangupOnStar")
        finally:
            limit.cancel()
            self._leg.part()

    def _not_connected(self) -> Outcome:
        answered = self._answered()
        if answered is not None:
            return Outcome(answered, self._leg.switch.manners.refused_whisper_status)
        told = min(self._children, key=lambda child: PREFERENCE.index(child.status), default=None)
        return Outcome(told, told.status if told else "failed")

    def _answered(self) -> Leg | None:
        return next((child for child in self._children if child.answered_at), None)

    def _cancel_others(self, taken: Leg) -> None:
        for child in list(self._live):
            if child is not taken:
                self._live.remove(child)
                child.finish("completed" if child.answered_at else "canceled", "Dial")

    def _place(self, number: Number) -> Leg:
        leg, switch = self._leg, self._leg.switch
        callback = None
        if number.status_callback is not None:
            callback = Callback(
                webhooks.resolve(self._document, number.status_callback),
                number.status_callback_method,
                frozenset(number.status_callback_event.split()),
            )
        to = normalised(number.number)
        child = Leg(switch, caller_id(leg, self._verb), to, "outbound-dial", "TwiML", leg, callback)
        child.on_end.append(lambda child: leg.mail.put(ChildLeft(child)))
        if not E164.fullmatch(to):
            leg.complain(13224, "Dial: the number is invalid", self._document.url or "")
            child.finish("failed", "network")
        elif child.caller == "":
            leg.complain(13214, "Dial: invalid callerId", self._document.url or "")
            child.finish("failed", "network")
        else:
            steps = self._child(child, number)
            child.task = switch.scheduler.spawn(steps, f"child {child.sid}")
        return child

    def _child(self, child: Leg, number: Number) -> Steps[None]:
        """The called leg: it rings, hears the whisper, and talks until somebody hangs up."""
        leg = self._leg
        try:
            if not (yield from calls.ring(child, self._verb.timeout)):
                return
            leg.mail.put(ChildAnswered(child))
            yield from calls.send_keys(child, number.send_digits)
            if number.url is not None:
                child.is_whispering = True
                url = webhooks.resolve(self._document, number.url)
                yield from program.run(child, Target(url, number.method))
                child.is_whispering = False
            leg.mail.put(ChildReady(child))
            yield Wait(Mailbox(leg.switch.scheduler))
        except HungUp:
            return
        except Redirected as redirected:
            child.part()
            child.is_whispering = False
            leg.mail.put(ChildLeft(child))
            yield from calls.follow(child, redirected.target)


def normalised(number: str) -> str:
    """Twilio also takes an unformatted North American number."""
    found = NORTH_AMERICAN.fullmatch(number.strip())
    return "+1" + "".join(found.groups()) if found else re.sub(r"[\s().-]", "", number)


def caller_id(leg: Leg, verb: Dial) -> str:
    """The number that the called phone shows; "" where the <Dial> may not show what it asks."""
    if verb.caller_id is None:
        return leg.caller if E164.fullmatch(leg.caller) else ""
    allowed = {leg.caller, leg.to, *leg.switch.numbers, *leg.switch.verified_callers}
    return verb.caller_id if verb.caller_id in allowed else ""
