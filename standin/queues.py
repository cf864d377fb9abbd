"""Enqueue, Leave and <Dial><Queue>: callers wait until they are taken or sent elsewhere.

https://www.twilio.com/docs/voice/twiml/enqueue and /queue
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from standin import program, webhooks
from standin.scheduler import Mailbox, Sleep, Steps, Wait
from standin.signals import Arrived, ChildLeft, ChildReady, Dequeued, HungUp, Redirected, Separated
from standin.verbs import Dial, Document, Enqueue, Leave, Queue
from standin.webhooks import Next, Target

if TYPE_CHECKING:
    from standin.leg import Leg


@dataclass
class Member:
    leg: Leg
    since: datetime

    @property
    def seconds(self) -> int:
        return round((self.leg.switch.now() - self.since).total_seconds())


@dataclass
class WaitingLine:
    """A queue; `takers` are the legs that wait for somebody to arrive."""

    sid: str
    name: str
    created: datetime
    max_size: int = 1000
    members: list[Member] = field(default_factory=list)
    takers: list[Leg] = field(default_factory=list)

    def params(self, member: Member) -> dict[str, str]:
        seconds = [each.seconds for each in self.members]
        return {
            "QueueSid": self.sid,
            "QueueTime": str(member.seconds),
            "QueuePosition": str(self.members.index(member) + 1),
            "AvgQueueTime": str(round(sum(seconds) / len(seconds))),
            "CurrentQueueSize": str(len(self.members)),
            "MaxQueueSize": str(self.max_size),
        }


def enqueue(leg: Leg, verb: Enqueue, document: Document, first: bool) -> Steps[Next | None]:
    leg.answer()
    line = leg.switch.waiting_line(verb.name)
    member = Member(leg, leg.switch.now())
    if len(line.members) >= line.max_size:
        return _after(line, member, verb, document, "queue-full")
    line.members.append(member)
    for taker in line.takers:
        taker.mail.put(Arrived())
    result = "error"
    try:
        yield from _wait(leg, verb, document, line, member)
    except Dequeued as dequeued:
        leg.stop_waiting()
        result = dequeued.result
        _forget(line, member)
        if dequeued.by is not None:
            yield from _be_taken(leg, line, member, dequeued)
    except (HungUp, Redirected) as gone:
        result = "hangup" if isinstance(gone, HungUp) else "redirected"
        if (following := _after(line, member, verb, document, result)) is not None:
            leg.switch.scheduler.spawn(webhooks.unfollowed(leg, following), f"queue {leg.sid}")
        raise
    finally:
        _forget(line, member)
    return _after(line, member, verb, document, result)


def leave(leg: Leg, verb: Leave, document: Document, first: bool) -> Steps[Next | None]:
    yield Sleep(0)
    lines = leg.switch.waiting_lines.values()
    if any(member.leg is leg for line in lines for member in line.members):
        raise Dequeued("leave")
    leg.complain(12200, "Schema validation warning: <Leave> outside a queue")
    return None


def take(leg: Leg, verb: Dial, target: Queue, document: Document) -> Steps[Next | None]:
    """Connects the leg with the front of a queue, for whom it waits until the Dial's timeout."""
    line = leg.switch.waiting_lines.get(target.name)
    params = {"DialCallStatus": "failed", "DialBridged": "false"}
    if line is not None:
        params["DialCallStatus"] = "no-answer"
        member = yield from _front(leg, line, verb.timeout)
        if member is not None:
            params = yield from _talk(leg, verb, target, document, member)
    if verb.action is None:
        return None
    return webhooks.following(document, verb.action, verb.method, params)


def _wait(
    leg: Leg, verb: Enqueue, document: Document, line: WaitingLine, member: Member
) -> Steps[None]:
    """Plays what the waitUrl gives, again and again, until something is thrown in."""
    leg.wait_for("queue")
    if not verb.wait_url:
        yield Wait(Mailbox(leg.switch.scheduler))
    url = webhooks.resolve(document, verb.wait_url or "")
    while True:
        before = leg.switch.now()
        target = Target(url, verb.wait_url_method)
        yield from program.run(leg, target, line.params(member))
        leg.waits_for = "queue"
        if leg.switch.now() == before:  # an empty document is silence
            yield Sleep(1)


def _be_taken(leg: Leg, line: WaitingLine, member: Member, dequeued: Dequeued) -> Steps[None]:
    """The waiting side: hears the <Queue url>, then talks until the two are separated."""
    assert dequeued.by is not None
    if dequeued.whisper is not None:
        extra = {
            "QueueSid": line.sid,
            "QueueTime": str(member.seconds),
            "DequeingCallSid": dequeued.by.sid,
        }
        yield from program.run(leg, dequeued.whisper, extra)
    leg.mail.clear()
    if dequeued.by.over:
        return
    dequeued.by.mail.put(ChildReady(leg))
    while not isinstance((yield Wait(leg.mail)), Separated):
        pass


def _front(leg: Leg, line: WaitingLine, timeout: float) -> Steps[Member | None]:
    """Takes the front member out of the queue, so that nobody else gets the same one."""
    if not line.members:
        line.takers.append(leg)
        try:
            yield Wait(leg.mail, timeout)
        finally:
            line.takers.remove(leg)
    return line.members.pop(0) if line.members else None


def _talk(
    leg: Leg, verb: Dial, target: Queue, document: Document, member: Member
) -> Steps[dict[str, str]]:
    whisper = None
    if target.url is not None:
        whisper = Target(webhooks.resolve(document, target.url), target.method)
    other = member.leg
    other.on_end.append(lambda other: leg.mail.put(ChildLeft(other)))
    assert other.task is not None
    leg.switch.scheduler.interrupt(other.task, Dequeued("bridged", leg, whisper))
    bridged = False
    try:
        while True:
            item = yield Wait(leg.mail)
            if isinstance(item, ChildReady):
                leg.join(other)
                bridged = True
            elif isinstance(item, ChildLeft | Separated):
                break
    finally:
        leg.part()
        if not bridged:
            other.mail.put(Separated())
    status = "completed" if bridged else "no-answer"
    return {
        "DialCallStatus": status,
        "DialCallSid": other.sid,
        "DialBridged": str(bridged).lower(),
        "QueueSid": leg.switch.waiting_line(target.name).sid,
    }


def _after(
    line: WaitingLine, member: Member, verb: Enqueue, document: Document, result: str
) -> Next | None:
    if verb.action is None:
        return None
    extra = {"QueueResult": result, "QueueSid": line.sid, "QueueTime": str(member.seconds)}
    return webhooks.following(document, verb.action, verb.method, extra)


def _forget(line: WaitingLine, member: Member) -> None:
    if member in line.members:
        line.members.remove(member)
