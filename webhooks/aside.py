"""The call beside its database: what is said, who is rung from the last rota known, what is kept.

Nothing here reads or writes the database. The pages' routes stand in webhooks/fallback.py.
"""

from __future__ import annotations

import logging
import time

from flask import Response, current_app

from ivr import last_rota, numbers, spool
from ivr.catalogue import LANGUAGES
from ivr.last_rota import Reader, Target
from ivr.reply import Bridge, Keys, Reply, Ring, Said, Voice
from ivr.speech import spaced
from ivr.spool import Happened
from ivr.static_route import CHOOSING, TALK_SECONDS, both, text
from jobs import publish, spooled
from webhooks import keys, twiml
from webhooks.form import VoiceForm
from webhooks.wiring import line, xml

log = logging.getLogger(__name__)
ROOT = "/voice/fallback"
CRITICAL = "1"
RING = "on_call"
"""The step at which the caller is known to be one who rings the agent on call."""
ASKED = 2
"""How often the whisper is said before the next person is rung."""
ONE_ANSWER_IN = 3600.0
FRESH_SECONDS = 300.0
_texted: dict[str, float] = {}


def note(came: VoiceForm, what: str, **facts: object) -> None:
    """Kept on disk until the database is back; the call is the caller's, whoever's leg asks."""
    caller = "" if came.parent else came.caller
    happened = Happened(line().clock(), came.parent or came.sid, what, caller, dict(facts))
    spool.append(line().settings.fallback_dir, happened)


# The caller -----------------------------------------------------------------------------------


def enter(came: VoiceForm, step: str) -> Response:
    """The caller has waited enough: is it critical? Who was being put through already, is."""
    note(came, "entered")
    if step == RING:
        note(came, "critical")
        return ring(came, 0)
    return _say(Reply(both("menu.ask"), CHOOSING), "chosen")


def chosen(came: VoiceForm) -> Response:
    """One key is critical; everything else, and silence, is a message."""
    if came.keys != CRITICAL:
        return message()
    note(came, "critical")
    return ring(came, 0)


def ring(came: VoiceForm, at: int) -> Response:
    """The person at that place of the last rota known, or a message where none is left."""
    people = chain()
    if at >= len(people):
        return message(before=both("nobody.say"))
    target = people[at]
    note(came, "rang", **_whose(target))
    seconds = line().policy.ringing.seconds
    ringing = Ring(0, target.phone, "", seconds, TALK_SECONDS)
    words = both("ring.first" if at == 0 else "ring.next")
    return xml(
        twiml.voice(
            Reply(words, ringing),
            action=f"{ROOT}/rung?at={at}",
            leg_url=f"{ROOT}/whisper?asked=0&at={at}",
            caller_id=line().settings.line_number,
        )
    )


def rung(came: VoiceForm, at: int, bridged: bool) -> Response:
    """The phone that was rung is over: the next, or, after a talk, once more if it broke off."""
    if came.over:
        return xml(twiml.nothing())
    if not bridged:
        note(came, "missed", outcome=came.dialled)
        return ring(came, at + 1)
    return _say(Reply(both("again.ask"), CHOOSING), f"again?at={at}")


def again(came: VoiceForm, at: int) -> Response:
    if came.keys:
        return ring(came, at)
    return _say(Reply(both("goodbye.talked"), None))


def message(before: tuple[Said, ...] = ()) -> Response:
    recording = line().policy.recording
    listen = Voice(recording.max_seconds, recording.silence_seconds)
    notice = (*before, *both("message.notice"))
    return _say(Reply(both("message.ask"), listen, notice=notice), "recorded")


def recorded(came: VoiceForm) -> Response:
    if came.recording:
        note(came, "recorded", sid=came.recording, seconds=came.recording_seconds)
    return _say(Reply(both("goodbye.say"), None))


# Whoever is rung ------------------------------------------------------------------------------


def whisper(
    came: VoiceForm, asked: int, *, at: int | None = None, leg: int = 0, queue: str = ""
) -> Response:
    """That a critical call waits, and the key that takes it.

    `at` a place of the last rota known, or `leg` of the hunt that had begun, whose caller may wait
    in a `queue`.
    """
    languages = (chain()[at].language,) if at is not None and at < len(chain()) else LANGUAGES
    if asked >= ASKED:
        return _say(Reply(tuple(text(each, "whisper.no_key") for each in languages), None))
    spoken = spaced(keys.code(came.sid))
    say = tuple(text(each, "whisper.ask", code=spoken) for each in languages)
    wait = line().policy.ringing.whisper_seconds
    place = f"at={at}" if at is not None else f"leg={leg}&queue={queue}"
    return _say(Reply(say, Keys(2, "", wait, wait)), f"accept?asked={asked + 1}&{place}", True)


def accept(came: VoiceForm, asked: int, *, at: int | None, leg: int, queue: str) -> Response:
    if came.keys != keys.code(came.sid):
        return whisper(came, asked, at=at, leg=leg, queue=queue)
    if at is None:
        return joined(came, leg, queue)
    note(came, "accepted", **(_whose(chain()[at]) if at < len(chain()) else {}))
    return xml(twiml.nothing())


def joined(came: VoiceForm, leg: int, queue: str) -> Response:
    """With the caller who dialled this phone, or with the one who waits in the queue."""
    note(came, "leg_accepted", leg=leg)
    if not queue:
        return xml(twiml.nothing())
    joins = Reply((), Bridge(queue, TALK_SECONDS))
    return xml(twiml.voice(joins, action=f"/leg/over?leg={leg}", leg_url="", caller_id=""))


def declined() -> Response:
    return _say(Reply(both("whisper.no_key"), None))


def call_back_later() -> Response:
    """An agent picked up for a callback that we cannot read: it stays due, and is placed again."""
    return _say(Reply(both("callback.later"), None))


def sorry_text(sender: str) -> str:
    """To whoever texts us meanwhile, once an hour: two machines would answer one another."""
    now = time.monotonic()
    if numbers.withheld(sender) or now - _texted.get(sender, -ONE_ANSWER_IN) < ONE_ANSWER_IN:
        return ""
    _texted[sender] = now
    phone = numbers.written(line().settings.line_number)
    return " ".join(text(each, "text.answer", line=phone).text for each in LANGUAGES)


def _whose(target: Target) -> dict[str, object]:
    """An agent of ours; of a duty number, the number."""
    return {"agent": target.agent} if target.agent else {"phone": target.phone}


def catch_up() -> None:
    """While nobody waits, and in case web and sweep share no disk: what was spooled here is taken
    in, and the last rota kept here is made new. Raises what the database raises."""
    parts = line()
    try:
        spooled.take_in(parts)
        age = last_rota.age(parts.settings.fallback_dir, parts.clock())
        if age is None or not 0 <= age < FRESH_SECONDS:
            publish.publish(parts)
    except OSError as error:
        log.error("FALLBACK_DIR is not written (%s)", error.strerror)


def chain() -> tuple[Target, ...]:
    settings = line().settings
    reader: Reader = current_app.extensions.setdefault("last_rota", Reader(settings.fallback_dir))
    duty = settings.fallback_duty or line().policy.fallback.duty
    return reader.read().chain(line().clock(), duty)


def _say(reply: Reply, then: str = "", whisper: bool = False) -> Response:
    action = f"{ROOT}/{then}"
    return xml(twiml.voice(reply, action=action, leg_url="", caller_id="", whisper=whisper))
