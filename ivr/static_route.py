"""The static route: documents made from the rota, for any host, for when all of us is gone.

Twilio's fallback address leads to `menu.xml`, requested with GET (twilio.com/docs/voice/twiml).
A document cannot compare keys: any key is "critical" for the caller and "I take it" for whoever is
rung, and silence is a message, or hangs up. So that no greeting with a tone in it accepts, taking
the call needs two keys, one after each of two questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.catalogue import LANGUAGES, Catalogue
from ivr.last_rota import LONGEST, Target
from ivr.policy import Policy
from ivr.reply import Bridge, Keys, Listen, Reply, Ring, Said, Voice

WORDS = Catalogue(Path(__file__).parent / "prompts" / "fallback")

START = "menu.xml"
CHOOSING = Keys(1, "", 6, 6)
TALK_SECONDS = 4 * 3600
TAKE, CONFIRM = "5", "7"
"""The keys that are named for taking a call; a document takes any."""


@dataclass(frozen=True)
class Document:
    """What is said and waited for, and the documents that follow; none: the call ends.

    `then` follows what was waited for, `silence` no key at all; `whisper` is for whoever is rung.
    """

    reply: Reply
    then: str = ""
    silence: str = ""
    whisper: str = ""
    otherwise: tuple[Said, ...] = ()
    """Said where no key came and no other document follows."""


def text(language: str, key: str, **facts: object) -> Said:
    return Said(language, WORDS.text(language, key, **facts))


def both(*keys: str) -> tuple[Said, ...]:
    """The sentences in French, then in English: whose call it is, is not known."""
    return tuple(text(language, key) for language in LANGUAGES for key in keys)


def documents(chain: Sequence[Target], policy: Policy) -> dict[str, Document]:
    """The whole linked set, by file name; leaves come before what leads to them.

    It always has the same names: a call that is under way while a shorter chain is published
    finds whatever its document leads to.
    """
    found = {"goodbye.xml": Document(Reply(both("goodbye.say"), None))}
    found["message.xml"] = _message(policy)
    found["accept.xml"] = Document(Reply((), Bridge()))
    for language in LANGUAGES:
        found |= _whispers(language, policy)
    for place in range(LONGEST, 0, -1):
        target = chain[place - 1] if place <= len(chain) else None
        found[_ring(place)] = _rings(target, place, policy) if target else _nobody(policy)
    found[_ring(LONGEST + 1)] = _nobody(policy)
    found[START] = Document(Reply(both("menu.ask"), CHOOSING), _ring(1), "message.xml")
    return found


def _ring(place: int) -> str:
    return f"ring-{place}.xml"


def _rings(target: Target, place: int, policy: Policy) -> Document:
    words = both("ring.first" if place == 1 else "ring.after")
    listen = Ring(0, target.phone, "", policy.ringing.seconds, TALK_SECONDS)
    whisper = f"whisper-{target.language}.xml"
    return Document(Reply(words, listen), _ring(place + 1), whisper=whisper)


def _whispers(language: str, policy: Policy) -> dict[str, Document]:
    wait = policy.ringing.whisper_seconds
    key = Keys(1, "", wait, wait)
    takes, confirms = (f"{name}-{language}.xml" for name in ("whisper", "confirm"))
    ends = (text(language, "whisper.no_key"),)
    take = text(language, "whisper.ask", code=TAKE)
    joining = (text(language, "whisper.joining"),)
    confirm = Reply((text(language, "whisper.confirm", code=CONFIRM),), key, notice=joining)
    return {
        confirms: Document(confirm, "accept.xml", otherwise=ends),
        takes: Document(Reply((take, take), key), confirms, otherwise=ends),
    }


def _message(policy: Policy, before: tuple[Said, ...] = ()) -> Document:
    listen: Listen = Voice(policy.recording.max_seconds, policy.recording.silence_seconds)
    notice = (*before, *both("message.notice"))
    return Document(Reply(both("message.ask"), listen, notice=notice), "goodbye.xml", "goodbye.xml")


def _nobody(policy: Policy) -> Document:
    return _message(policy, both("nobody.say"))
