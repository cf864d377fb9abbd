"""One leg of a call: its state, what goes in and out of it, and its status callbacks.

https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from requests.cookies import RequestsCookieJar

from standin import recordings, speech, webhooks
from standin.callbacks import Callback, Courier
from standin.entries import Bridged, Complaint, Heard, Parted, Placed, Pressed, Progress, Spoke
from standin.handset import Handset
from standin.scheduler import Mailbox, Task, Timer
from standin.signals import HungUp, Key, Redirected, Separated, Words
from standin.verbs import Speech

if TYPE_CHECKING:
    from standin.recordings import Recording
    from standin.switch import StandIn

FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass
class Leg:
    """`caller` and `to` are numbers as Twilio shows them; `parent` is set on a dialled leg.

    `waits_for` tells what the line wants of the far end: "gather", "record", "talk" (it is
    bridged), "queue" or "" for nothing; `waits` counts these occasions. `patience`: seconds of
    silence that a recording allows before the first word, where that is more than it says: whoever
    types needs longer to begin.
    """

    switch: StandIn
    caller: str
    to: str
    direction: str
    created_by: str
    parent: Leg | None = None
    callback: Callback | None = None
    fallback: webhooks.Target | None = None
    time_limit: float = 14400
    extra_params: dict[str, str] = field(default_factory=dict)

    sid: str = ""
    status: str = "queued"
    nth: int = field(init=False)
    created: datetime = field(init=False)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    waits_for: str = ""
    waits: int = 0
    hears_keys: bool = False
    hears_words: bool = False
    is_whispering: bool = False
    patience: float = 0.0
    bridge: Leg | None = None
    leads_bridge: bool = False
    recording: Recording | None = None
    task: Task | None = None

    def __post_init__(self) -> None:
        self.sid = self.switch.sids.new("CA")
        self.nth = len(self.switch.legs)
        self.created = self.switch.now()
        self.mail = Mailbox(self.switch.scheduler)
        self.cookies = RequestsCookieJar()
        self.handset = Handset(self)
        self.on_end: list[Callable[[Leg], None]] = []
        self._courier = Courier(self, self.callback)
        self._limit: Timer | None = None
        self.switch.legs[self.sid] = self.switch.live[self.sid] = self
        parent = self.parent.sid if self.parent else None
        self.switch.ledger.add(
            Placed(
                self.created,
                self.sid,
                self.caller,
                self.to,
                self.direction,
                self.created_by,
                parent,
            )
        )

    @property
    def over(self) -> bool:
        return self.status in FINAL

    @property
    def on_phone(self) -> bool:
        """Whether the phone at the far end is taken by this leg."""
        return not self.over and self.status != "queued"

    @property
    def seconds(self) -> int:
        """Whole seconds from the answer to the end, as CallDuration counts them."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())

    @property
    def far_number(self) -> str:
        """The number of the phone at the far end."""
        return self.caller if self.direction == "inbound" else self.to

    def initiate(self) -> None:
        self._progress("initiated")
        self._courier.tell("initiated", "initiated")

    def ring(self) -> None:
        self._progress("ringing")
        self._courier.tell("ringing", "ringing")

    def answer(self) -> None:
        """Does nothing on a leg that is answered already."""
        if self.answered_at is not None or self.over:
            return
        self.answered_at = self.switch.now()
        self._progress("in-progress")
        self._courier.tell("answered", "in-progress")
        self._limit = self.switch.scheduler.after(
            self.time_limit, lambda: self.finish("completed", "time limit")
        )

    def finish(self, status: str, by: str) -> None:
        """The leg is over, whatever it was doing; `by` says through whom. Once only."""
        if self.over:
            return
        untold = self.status == "queued" and status == "canceled"
        self.ended_at = self.switch.now()
        self.part()
        self._progress(status, by)
        if self._limit is not None:
            self._limit.cancel()
        self.stop_waiting()
        self.switch.live.pop(self.sid, None)
        for listener in self.on_end:
            listener(self)
        self.handset.line_dead()
        if self.task is not None:
            self.switch.scheduler.interrupt(self.task, HungUp())
        if not untold:  # cancelled while still queued: no status callback is sent
            self._courier.tell("completed", status)

    def redirect(self, target: webhooks.Target) -> None:
        if self.task is not None:
            self.switch.scheduler.interrupt(self.task, Redirected(target))

    def wait_for(self, what: str) -> None:
        self.waits_for = what
        self.waits += 1
        self.switch.leg_changed(self)

    def stop_waiting(self) -> None:
        self.waits_for = ""
        self.hears_keys = self.hears_words = False
        self.switch.leg_changed(self)

    def hear(self, part: Speech, speaker: str = "line") -> float:
        """The far end begins to hear the words; answers how long they take."""
        seconds = speech.seconds(part.text) + part.pause
        heard = Heard(self.switch.now(), self.sid, part.text, part.language, seconds, speaker)
        self.switch.ledger.add(heard)
        self.handset.hears(heard)
        self.switch.leg_changed(self)
        return seconds

    def press(self, key: str) -> None:
        """A key of the far end reaches the line, and the other party where the two are bridged."""
        if self.over:
            return
        self.switch.ledger.add(Pressed(self.switch.now(), self.sid, key, not self.hears_keys))
        if self.bridge is not None:
            self.bridge.handset.hears_key(key)
        if self.hears_keys:
            self.mail.put(Key(key))

    def speak(self, text: str, seconds: float | None = None) -> None:
        """The far end says words, which take `seconds` (their natural time)."""
        if self.over:
            return
        if seconds is None:
            seconds = speech.seconds(text)
        recorded = self.recording is not None
        self.switch.ledger.add(Spoke(self.switch.now(), self.sid, text, recorded))
        if self.bridge is not None:
            self.bridge.hear(Speech(text, ""), speaker=self.sid)
        elif self.hears_words:
            self.mail.put(Words(text, seconds))

    def begin_to_speak(self, longest: float) -> None:
        """The far end speaks from now on, so that there is no silence for so many seconds: what it
        says comes by `sound`.
        """
        if self.recording is not None:
            self.mail.put(Words("", longest))

    def sound(self, frames: bytes) -> bool:
        """What the far end has said, as a sound; False where nothing records it any more."""
        if self.recording is None:
            return False
        seconds = recordings.length(frames)
        self.switch.ledger.add(Spoke(self.switch.now(), self.sid, "", True, seconds))
        self.mail.put(Words("", 0.0, frames))
        return True

    def join(self, child: Leg) -> None:
        """The two can talk from now on."""
        self.bridge, child.bridge = child, self
        self.leads_bridge, child.leads_bridge = True, False
        self.switch.ledger.add(Bridged(self.switch.now(), self.sid, child.sid))
        for leg in (self, child):
            leg.wait_for("talk")
            leg.handset.bridged()

    def part(self) -> None:
        other = self.bridge
        if other is None:
            return
        self.bridge = other.bridge = None
        parent, child = (self, other) if self.leads_bridge else (other, self)
        self.switch.ledger.add(Parted(self.switch.now(), parent.sid, child.sid))
        for leg in (self, other):
            leg.stop_waiting()
            leg.mail.put(Separated())
            leg.handset.parted()

    def complain(self, code: int, message: str, url: str = "") -> None:
        self.switch.ledger.add(Complaint(self.switch.now(), self.sid, code, message, url))

    def _progress(self, status: str, by: str = "") -> None:
        self.status = status
        self.switch.ledger.add(Progress(self.switch.now(), self.sid, status, by))
