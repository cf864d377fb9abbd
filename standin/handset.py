"""The phone at the far end of a leg, as whoever holds it sees it: a script, a test or a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from standin.entries import Heard
from standin.scheduler import Mailbox, Sleep, Steps, Task, Wait
from standin.signals import Answered, HungUp, Refused

if TYPE_CHECKING:
    from standin.leg import Leg
KEY_SECONDS = 0.3
"""From one key to the next, as a hand presses them."""


@dataclass(frozen=True)
class Joined:
    """The far end is talking with the other party from now on."""


@dataclass(frozen=True)
class Alone:
    """The other party is gone; the line may go on talking."""


class Handset:
    """`ears` gets each sentence (`Heard`) as it begins, `Joined` and `Alone` around a talk."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.ears = Mailbox(leg.switch.scheduler)
        self.holder: Task | None = None
        self.has_talked = False

    @property
    def now(self) -> datetime:
        return self.leg.switch.now()

    @property
    def is_bridged(self) -> bool:
        return self.leg.bridge is not None

    @property
    def is_asked(self) -> bool:
        """Whether the line waits for a key."""
        return self.leg.waits_for == "gather"

    def answer(self) -> None:
        """Does nothing on a call that is answered already."""
        with self.leg.switch.scheduler.lock:
            if self.leg.answered_at is None:
                self.leg.mail.put(Answered())

    def refuse(self, status: str = "busy") -> None:
        """Turns the call away; `status` is the leg's final one: "busy", "no-answer", "failed".

        Does nothing on a call that is answered already.
        """
        with self.leg.switch.scheduler.lock:
            if self.leg.answered_at is None:
                self.leg.mail.put(Refused(status))

    def hang_up(self) -> None:
        leg = self.leg
        if leg.answered_at is None and leg.direction != "inbound":
            self.refuse("no-answer")
            return
        with leg.switch.scheduler.lock:
            leg.finish("completed" if leg.answered_at else "no-answer", "far end")

    def press(self, keys: str) -> None:
        """Presses the keys one after the other; `w` waits half a second."""
        self.leg.switch.scheduler.spawn(self.pressing(keys), f"keys {self.leg.sid}")

    def pressing(self, keys: str) -> Steps[None]:
        for key in keys:
            if key in "wW":
                yield Sleep(0.5 if key == "w" else 1.0)
            else:
                self.leg.press(key)
                yield Sleep(KEY_SECONDS)

    def speak(self, text: str, seconds: float | None = None) -> None:
        with self.leg.switch.scheduler.lock:
            self.leg.speak(text, seconds)

    def hears(self, heard: Heard) -> None:
        self.ears.put(heard)

    def forget_words(self) -> None:
        """Drops the sentences that were not listened to yet."""
        kept = [item for item in self.ears.items if not isinstance(item, Heard)]
        self.ears.clear()
        self.ears.items.extend(kept)

    def hears_key(self, key: str) -> None:
        """A key of the other party, as a tone."""

    def bridged(self) -> None:
        self.has_talked = True
        self.ears.put(Joined())

    def parted(self) -> None:
        self.ears.put(Alone())

    def line_dead(self) -> None:
        if self.holder is not None:
            self.leg.switch.scheduler.interrupt(self.holder, HungUp())


def listen(handset: Handset, timeout: float | None = None) -> Steps[Heard | Joined | Alone | None]:
    item: Heard | Joined | Alone | None = yield Wait(handset.ears, timeout)
    return item
