"""What a phone of the world does when the line rings it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from standin import speech
from standin.entries import Heard
from standin.handset import Handset, listen
from standin.scheduler import Sleep, Steps
from standin.verbs import Speech

REACTION_SECONDS = 1.0
"""From the end of a sentence to the key that it asks for."""


@dataclass(frozen=True)
class Behaviour:
    """`refuses`: the network's final status, where the phone never rings."""

    refuses: ClassVar[str] = ""

    def live(self, phone: Handset) -> Steps[None]:
        """What the phone does from the first ring on."""
        raise NotImplementedError


@dataclass(frozen=True)
class Manual(Behaviour):
    """A person, or a test, holds the phone."""

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(0)


@dataclass(frozen=True)
class Accepts(Behaviour):
    """Picks up, presses the key that is named first, talks when joined, and hangs up.

    `option`: which of the named keys; `keys` presses these instead. Seconds: `rings` until it
    picks up, `talks` once joined, `patience` without hearing anything before it hangs up.
    """

    rings: float = 4.0
    talks: float = 180.0
    option: int = 0
    keys: str = ""
    patience: float = 120.0

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(self.rings)
        phone.answer()
        while True:
            sound = yield from listen(phone, self.patience)
            if isinstance(sound, Heard):
                yield from self._react(phone, sound)
            elif phone.is_bridged:
                yield from self._talk(phone)
            elif sound is None:
                phone.hang_up()

    def _react(self, phone: Handset, heard: Heard) -> Steps[None]:
        """Presses what the sentence asks for; `keys` also where one is awaited and none named."""
        named = speech.named_keys(heard.text)
        if not named and not self.keys:
            return
        ready = heard.moment + timedelta(seconds=heard.seconds + REACTION_SECONDS)
        yield Sleep((ready - phone.now).total_seconds())
        if not named and not phone.is_asked:
            return
        phone.forget_words()  # said in the meantime: the same prompt again
        if self.keys:
            yield from phone.pressing(self.keys)
        elif self.option < len(named):
            yield from phone.pressing(named[self.option])
        else:
            phone.hang_up()

    def _talk(self, phone: Handset) -> Steps[None]:
        """Until the other party is gone, or has been talked with for long enough."""
        end = phone.now + timedelta(seconds=self.talks)
        while phone.is_bridged:
            left = (end - phone.now).total_seconds()
            if left <= 0:
                phone.hang_up()
                return
            yield from listen(phone, left)


@dataclass(frozen=True)
class Declines(Accepts):
    """Picks up and presses the second key that is named; hangs up where only one is."""

    option: int = 1


@dataclass(frozen=True)
class SaysNothing(Behaviour):
    """Picks up, presses nothing, and stays."""

    rings: float = 4.0

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(self.rings)
        phone.answer()


@dataclass(frozen=True)
class HangsUp(Behaviour):
    """Picks up, and hangs up after so many `seconds`: in the midst of a whisper, say."""

    rings: float = 4.0
    seconds: float = 2.0

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(self.rings)
        phone.answer()
        yield Sleep(self.seconds)
        phone.hang_up()


@dataclass(frozen=True)
class RingsOut(Behaviour):
    """Nobody picks up."""

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(0)


@dataclass(frozen=True)
class Rejects(Behaviour):
    """Turned away by hand while it rings, which Twilio tells as no-answer."""

    rings: float = 3.0

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(self.rings)
        phone.refuse("no-answer")


@dataclass(frozen=True)
class Busy(Behaviour):
    refuses: ClassVar[str] = "busy"


@dataclass(frozen=True)
class Unreachable(Behaviour):
    """No such number, or the network cannot reach it."""

    refuses: ClassVar[str] = "failed"


@dataclass(frozen=True)
class GoesToVoicemail(Behaviour):
    """A machine picks up after `rings` seconds, greets, then tapes what is said.

    What began before the beep is not on the tape. `tones` are keys that its greeting plays.
    """

    rings: float = 22.0
    greeting: float = 6.0
    tape: float = 60.0
    tones: str = ""

    def live(self, phone: Handset) -> Steps[None]:
        yield Sleep(self.rings)
        phone.answer()
        if phone.leg.bridge is not None:
            phone.leg.bridge.hear(Speech(phone.leg.switch.words["voicemail"].text, "fr-CA"))
        yield from phone.pressing(self.tones)
        yield Sleep(self.greeting)
        messages = phone.leg.switch.devices.voicemail(phone.leg.far_number)
        phone.ears.clear()
        said: list[str] = []
        messages.append(said)
        end = phone.now + timedelta(seconds=self.tape)
        while (left := (end - phone.now).total_seconds()) > 0:
            sound = yield from listen(phone, left)
            if isinstance(sound, Heard):
                said.append(sound.text)
        phone.hang_up()


@dataclass(frozen=True)
class Unforeseen(Behaviour):
    """The default of a test: nobody said what this phone does, so that a call to it is an error."""

    refuses: ClassVar[str] = "failed"


BEHAVIOURS: dict[str, Behaviour] = {
    "accept": Accepts(),
    "decline": Declines(),
    "silent": SaysNothing(),
    "hang-up": HangsUp(),
    "no-answer": RingsOut(),
    "reject": Rejects(),
    "busy": Busy(),
    "unreachable": Unreachable(),
    "voicemail": GoesToVoicemail(),
    "manual": Manual(),
}
"""By the names of the control API."""


def name_of(behaviour: Behaviour) -> str:
    names = [name for name, each in BEHAVIOURS.items() if type(each) is type(behaviour)]
    return names[0] if names else type(behaviour).__name__
