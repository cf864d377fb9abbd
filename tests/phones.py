"""Tests that read like a phone call.

    call = line.phone("+15145550102").dials()
    call.hears("numéro de client")
    call.presses("10452")

`Phones` is built on a stand-in in virtual time. After each action time runs until the line waits
for this caller's input, or connects them, or the call is over. A call to a phone that nobody gave
a behaviour fails the test, and so does TwiML that Twilio would complain about.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from standin import StandIn, behaviours
from standin.entries import Complaint, Entry, Heard, Pressed, Progress, Spoke, Unexpected
from standin.handset import Handset
from standin.speech import seconds

if TYPE_CHECKING:
    from standin.leg import Leg

E = TypeVar("E", bound=Entry)
FOREVER = timedelta(hours=5)
"""Longer than any call: a line that neither speaks nor listens for that long is stuck."""
SOON = 3.0
"""Seconds after a hang-up in which callbacks, recordings and the like are done with."""


class Phones:
    """The phones around one line. `standin` is at hand for what these words do not say."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self._known: dict[str, Phone] = {}
        self._foreseen = 0

    @property
    def now(self) -> datetime:
        return self.standin.now()

    def phone(self, number: str) -> Phone:
        return self._known.setdefault(number, Phone(self, number))

    def passes(self, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Time passes on the line, whatever is due in it happens."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours)
        self.standin.run_until(self.now + span)
        self.check_foreseen()

    def waits_until(self, moment: datetime) -> None:
        self.standin.run_until(moment)
        self.check_foreseen()

    def bridges(self) -> list[tuple[str, str]]:
        """Who was ever connected with whom, in order: the numbers of the first and the second leg.

        Of a callback that is the agent and the client; of a caller put through, the caller and
        the agent.
        """
        legs = self.standin.legs
        return [
            (legs[bridge.parent].far_number, legs[bridge.child].far_number)
            for bridge in self.standin.ledger.bridges()
        ]

    def check_foreseen(self) -> None:
        """Fails where something happened that the test did not foresee."""
        unexpected = self.standin.ledger.of(Unexpected)[self._foreseen :]
        self._foreseen += len(unexpected)
        assert not unexpected, "; ".join(entry.message for entry in unexpected)

    def check(self, allow: tuple[int, ...] = ()) -> None:
        """For the end of a test: nothing unforeseen, nothing in Twilio's debugger.

        `allow`: codes of complaints that this test provokes.
        """
        self.check_foreseen()
        complaints = [each for each in self.standin.ledger.complaints() if each.code not in allow]
        assert not complaints, "\n".join(
            f"{each.code} {each.message} ({each.url})" for each in complaints
        )


class Phone:
    """A phone of the test's cast: it dials the line, or does what it was told when it is called.

    Each behaviour holds for every call from now on; after `then` it is added behind the one before,
    which then holds for one call: `phone.rings_out().then.accepts()`.
    """

    def __init__(self, phones: Phones, number: str) -> None:
        self.number = number
        self._phones = phones
        self._standin = phones.standin
        self._adds = False

    def dials(self, to: str | None = None, hidden: bool | str = False, wait: bool = True) -> Call:
        """Calls the line; `hidden` withholds the number: Twilio then says "anonymous", or the word
        that is given.

        `wait` False: only until the line first speaks, or rings somebody.
        """
        shown = hidden if isinstance(hidden, str) else "anonymous" if hidden else self.number
        handset = self._standin.dial_line(shown, to)
        return Call(self._phones, handset)._settled(wait)

    def texts(self, body: str) -> None:
        self._standin.messages.receive(self.number, self._standin.number.number, body)
        self._phones.passes(seconds=SOON)

    @property
    def then(self) -> Phone:
        self._adds = True
        return self

    def does(self, behaviour: behaviours.Behaviour) -> Phone:
        known = self._standin.devices.phone(self.number).behaviours if self._adds else []
        self._standin.devices.set(self.number, *known, behaviour)
        self._adds = False
        return self

    def accepts(self, after: float = 4, talks: float = 180) -> Phone:
        """Picks up after so many seconds, presses the key it is told to, talks for so many."""
        return self.does(behaviours.Accepts(rings=after, talks=talks))

    def declines(self, after: float = 4) -> Phone:
        """Picks up and presses the second key that it is offered, or hangs up without one."""
        return self.does(behaviours.Declines(rings=after))

    def presses_when_called(self, keys: str, after: float = 4, talks: float = 180) -> Phone:
        return self.does(behaviours.Accepts(rings=after, talks=talks, keys=keys))

    def says_nothing(self, after: float = 4) -> Phone:
        return self.does(behaviours.SaysNothing(rings=after))

    def hangs_up_midway(self, seconds: float = 2, after: float = 4) -> Phone:
        return self.does(behaviours.HangsUp(rings=after, seconds=seconds))

    def rejects(self, after: float = 3) -> Phone:
        return self.does(behaviours.Rejects(rings=after))

    def rings_out(self) -> Phone:
        return self.does(behaviours.RingsOut())

    def is_busy(self) -> Phone:
        return self.does(behaviours.Busy())

    def is_unreachable(self) -> Phone:
        return self.does(behaviours.Unreachable())

    def goes_to_voicemail(self, after: float = 22, tones: str = "") -> Phone:
        return self.does(behaviours.GoesToVoicemail(rings=after, tones=tones))

    def is_held(self) -> Phone:
        """The test itself holds the phone: it `picks_up` when it rings."""
        return self.does(behaviours.Manual())

    def picks_up(self) -> Call:
        """Answers the call that is ringing here, and listens until the line waits for a key."""
        leg = self._ringing()
        leg.handset.answer()
        return Call(self._phones, leg.handset)._settled()

    def turns_away(self) -> None:
        """Declines the call that is ringing here."""
        self._ringing().handset.refuse("no-answer")
        self._phones.passes(seconds=SOON)

    @property
    def legs(self) -> list[Leg]:
        """The calls placed to this phone, oldest first."""
        return [
            leg
            for leg in self._standin.legs.values()
            if leg.direction != "inbound" and leg.to == self.number
        ]

    @property
    def was_called(self) -> int:
        return len(self.legs)

    @property
    def heard(self) -> str:
        """All that the line said in the last call to this phone."""
        assert self.legs, f"{self.number} was not called"
        return _words(self._standin.ledger.heard(self.legs[-1].sid))

    def hears(self, *fragments: str) -> Phone:
        """Asserts on the last call to this phone."""
        heard = self.heard
        for fragment in fragments:
            assert _plain(fragment) in _plain(heard), f"{fragment!r} is not in: {heard}"
        return self

    def hears_not(self, *fragments: str) -> Phone:
        heard = self.heard
        for fragment in fragments:
            assert _plain(fragment) not in _plain(heard), f"{fragment!r} is in: {heard}"
        return self

    @property
    def inbox(self) -> list[str]:
        """The texts that arrived, oldest first."""
        return list(self._standin.devices.phone(self.number).inbox)

    @property
    def voicemail(self) -> list[str]:
        """What its machine has on tape, a string a message."""
        return [" ".join(said) for said in self._standin.devices.voicemail(self.number)]

    def _ringing(self) -> Leg:
        found = [leg for leg in self.legs if leg.status == "ringing"]
        for _ in range(10_000):
            if found:
                return found[-1]
            if not self._standin.scheduler.step():
                break
            found = [leg for leg in self.legs if leg.status == "ringing"]
        raise AssertionError(f"{self.number} is not ringing")


class Call:
    """A call as the person at the phone lives it."""

    def __init__(self, phones: Phones, handset: Handset) -> None:
        self._phones = phones
        self._standin = phones.standin
        self._handset = handset
        self._leg = handset.leg
        self._since = 0

    @property
    def sid(self) -> str:
        return self._leg.sid

    def hears(self, *fragments: str) -> Call:
        """Asserts that each was said since the last key."""
        said = _plain(self.said)
        for fragment in fragments:
            assert _plain(fragment) in said, self._failure(f"did not hear {fragment!r}")
        return self

    def hears_not(self, *fragments: str) -> Call:
        said = _plain(self.said)
        for fragment in fragments:
            assert _plain(fragment) not in said, self._failure(f"heard {fragment!r}")
        return self

    def presses(self, keys: str, wait: bool = True) -> Call:
        """Presses the keys one after the other. `wait` False: goes on at once, so that the next
        keys cut short what the line says.
        """
        return self._act(self._handset.pressing(keys), len(keys) * 0.3, wait)

    def says(self, words: str, then: str = "") -> Call:
        """Speaks, then presses a key, or goes silent."""
        assert self._leg.waits_for == "record", self._failure("nothing is being recorded")
        self._mark()
        waits, end = self._leg.waits, self._standin.in_seconds(seconds(words))
        self._handset.speak(words)
        while self._leg.waits_for == "record" and self._phones.now < end:
            self._standin.run_until(min(end, self._standin.next_event() or end))
        if then and self._leg.waits_for == "record":
            return self.presses(then)
        return self._settled(after=waits)

    def answers_aloud(self, words: str) -> Call:
        """Says words to a menu that listens for them."""
        self._mark()
        self._handset.speak(words)
        return self._settled(after=self._leg.waits)

    def stays_silent(self) -> Call:
        """Does nothing until the line stops waiting."""
        self._mark()
        return self._settled(after=self._leg.waits)

    def talks(self, seconds: float) -> Call:
        """The conversation goes on for so long, unless somebody hangs up first."""
        assert self._leg.bridge is not None, self._failure("nobody to talk with")
        self._phones.passes(seconds=seconds)
        return self

    def hangs_up(self) -> Call:
        self._handset.hang_up()
        self._phones.passes(seconds=SOON)
        return self

    @property
    def said(self) -> str:
        """What the line said since the last key."""
        return _words(self._heard()[self._since :])

    @property
    def heard(self) -> str:
        """What the line said in the whole call."""
        return _words(self._heard())

    @property
    def ended(self) -> bool:
        return self._leg.over

    @property
    def status(self) -> str:
        """Twilio's CallStatus."""
        return self._leg.status

    @property
    def waits_for(self) -> str:
        """What the line wants: "gather", "record", "talk", "queue" or nothing."""
        return self._leg.waits_for

    @property
    def bridged_with(self) -> str | None:
        """The number of the party it is, or was last, connected with."""
        others = self.has_talked_with
        return others[-1] if others else None

    @property
    def is_connected(self) -> bool:
        return self._leg.bridge is not None

    @property
    def has_talked_with(self) -> list[str]:
        """The numbers that this call was ever connected with."""
        others = [
            bridge.child if bridge.parent == self.sid else bridge.parent
            for bridge in self._standin.ledger.bridges()
            if self.sid in (bridge.parent, bridge.child)
        ]
        return [self._standin.legs[sid].far_number for sid in others]

    @property
    def language_heard(self) -> str:
        """ "fr" or "en": that of the last sentence."""
        spoken = [heard for heard in self._heard() if heard.language]
        assert spoken, self._failure("heard nothing")
        return spoken[-1].language.partition("-")[0]

    @property
    def transcript(self) -> str:
        """Both sides, with the seconds since the call began."""
        lines = []
        for entry in self._entries():
            at = (entry.moment - self._leg.created).total_seconds()
            lines.append(f"{at:7.1f}  {_shown(entry)}")
        return "\n".join(lines)

    def _act(self, doing: object, lasts: float, wait: bool) -> Call:
        assert not self._leg.over, self._failure("the call is over")
        self._mark()
        waits, talking = self._leg.waits, self._leg.waits_for == "talk"
        self._standin.scheduler.spawn(doing, f"test {self.sid}")  # type: ignore[arg-type]
        if talking or not wait:
            self._phones.passes(seconds=lasts)
            return self
        return self._settled(after=waits)

    def _mark(self) -> None:
        self._since = len(self._heard())

    def _settled(self, wait: bool = True, after: int = 0) -> Call:
        """Runs until the line waits for the next input, or the call is over."""
        leg, scheduler = self._leg, self._standin.scheduler
        last = self._phones.now + FOREVER
        while not leg.over and not (leg.waits_for and leg.waits > after):
            if not wait and (len(self._heard()) > self._since or self._rings_somebody()):
                break
            goes_on = self._phones.now < last and scheduler.step()
            assert goes_on, self._failure("nothing happens")
        self._standin.run_until(self._phones.now)
        self._phones.check_foreseen()
        return self

    def _rings_somebody(self) -> bool:
        legs = self._standin.live.values()
        return any(leg.parent is self._leg and leg.status == "ringing" for leg in legs)

    def _heard(self) -> list[Heard]:
        return [heard for heard in self._standin.ledger.heard(self.sid) if heard.speaker == "line"]

    def _entries(self) -> list[Entry]:
        ledger = self._standin.ledger
        entries: list[Entry] = []
        for kind in (Heard, Pressed, Spoke, Progress, Complaint):
            entries += ledger.of(kind, self.sid)
        return sorted(entries, key=lambda entry: entry.moment)

    def _failure(self, what: str) -> str:
        return f"{what}. The call so far:\n{self.transcript}"


def _shown(entry: Entry) -> str:
    match entry:
        case Heard():
            return f"line ({entry.language}): {entry.text}"
        case Pressed():
            return f"presses {entry.key}{' (nothing listens)' if entry.lost else ''}"
        case Spoke():
            return f"says: {entry.text}"
        case Progress():
            return f"-- {entry.status} {entry.by}"
        case Complaint():
            return f"!! {entry.code} {entry.message}"
    return str(entry)


def _words(heard: list[Heard]) -> str:
    return " ".join(each.text for each in heard)


def _plain(text: str) -> str:
    """Without the differences that no ear hears: kinds of spaces and apostrophes, capitals."""
    return " ".join(text.replace("’", "'").split()).casefold()
