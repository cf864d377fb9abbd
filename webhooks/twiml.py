"""A reply as TwiML: the only file that writes any (twilio.com/docs/voice/twiml)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.reply import Bridge, Keys, Queued, Reply, Ring, Said, Voice
from ivr.static_route import Document
from ivr.words import PROMPTS

# No en-CA voice exists: en-US is the nearest. Voice and language always go together, since a
# pair that does not match can fail the verb.
VOICES: Mapping[str, tuple[str, str]] = {
    "fr": ("Polly.Gabrielle-Neural", "fr-CA"),
    "en": ("Polly.Joanna-Neural", "en-US"),
}
LEG_EVENTS = "initiated ringing answered completed"
QUEUE_SECONDS = 5
"""How long an agent waits for a caller who has left the queue in the same moment."""


@lru_cache(maxsize=512)  # nearly all that is said is said to every caller
def voice(
    reply: Reply,
    *,
    action: str,
    leg_url: str,
    caller_id: str,
    status: str = "",
    wait_url: str = "",
    sound_url: str = "",
    whisper: bool = False,
) -> str:
    """The TwiML of `reply`; answers go to `action`, whoever is rung is asked at `leg_url`.

    `leg_url` and `status` (of the leg's progress) are only used where the reply rings somebody,
    `wait_url` where the caller waits in a queue, `sound_url` where a recording is played.
    `whisper`: it is for a phone that we rang, and never falls off its end, which would join a
    voicemail.
    """
    response = VoiceResponse()
    _say(response, reply.notice)
    match reply.listen:
        case Keys() as keys:
            _gather(response, reply.say, keys, action, sound_url if reply.play else "")
            if whisper:  # Twilio documents no <Redirect> there (voice/twiml/number)
                response.hangup()
            else:
                response.redirect(action)  # the silent path, should the empty answer not come
        case Voice() as words:
            _say(response, reply.say)
            response.record(
                action=action,
                timeout=words.silence,
                max_length=words.longest,
                finish_on_key="1234567890*#",
                play_beep=True,
                recording_status_callback="/voice/recording",
                recording_status_callback_event="completed absent",
            )
            response.redirect(action)  # nothing at all was recorded: the silent path
        case Ring() as ring:
            _say(response, reply.say)
            _dial(response, ring, action, leg_url, caller_id, status)
        case Queued(name=name):
            _say(response, reply.say)
            response.enqueue(name, action=action, wait_url=wait_url)
        case Bridge(queue=queue, limit=limit):
            _say(response, reply.say)
            if queue:
                response.dial(action=action, time_limit=limit, timeout=QUEUE_SECONDS).queue(queue)
        case None:
            _say(response, reply.say)
            response.hangup()
    return str(response)


def document(page: Document, caller_id: str) -> str:
    """A document of the static route: its links are relative, and Twilio follows them with GET."""
    response, reply = VoiceResponse(), page.reply
    _say(response, reply.notice)
    match reply.listen:
        case Keys() as keys:
            gather = response.gather(
                action=page.then,
                method="GET",
                input="dtmf",
                num_digits=keys.count,
                finish_on_key=keys.finish,
                timeout=keys.first_key,
            )
            _say(gather, reply.say)
        case Voice() as words:
            _say(response, reply.say)
            response.record(
                action=page.then,
                method="GET",
                timeout=words.silence,
                max_length=words.longest,
                finish_on_key="1234567890*#",
                play_beep=True,
            )
        case Ring() as ring:
            _say(response, reply.say)
            dial = response.dial(
                action=page.then,
                method="GET",
                timeout=ring.seconds,
                time_limit=ring.limit,
                caller_id=caller_id,
            )
            dial.number(ring.number, url=page.whisper, method="GET")
        case _:
            _say(response, reply.say)
    _say(response, page.otherwise)
    if page.silence:
        response.redirect(page.silence, method="GET")
    elif page.otherwise or reply.listen is None:
        response.hangup()
    return str(response)


def waiting(said: Said | None, music_url: str, then: str) -> str:
    """What a caller in a queue hears: a sentence, or else music; and where more is asked for."""
    response = VoiceResponse()
    if said:
        _say(response, (said,))
    else:
        response.play(music_url)
    response.redirect(then)
    return str(response)


def leave() -> str:
    """Out of the queue: the call goes on with the action of its <Enqueue>."""
    response = VoiceResponse()
    response.leave()
    return str(response)


def nothing() -> str:
    """For a call that has gone on by itself, or that nobody listens to any more."""
    return str(VoiceResponse())


def wait(seconds: int, then: str) -> str:
    """ "One moment, please" in both languages, a pause, and the next try."""
    response = VoiceResponse()
    _say(response, _both("trouble.wait"))
    response.pause(length=seconds)
    response.redirect(then)
    return str(response)


def _both(key: str) -> list[Said]:
    return [Said(language, PROMPTS.text(language, key)) for language in VOICES]


def text(body: str = "") -> str:
    """The answer to an SMS; empty: none."""
    response = MessagingResponse()
    if body:
        response.message(body)
    return str(response)


def _say(verb: VoiceResponse | Gather, sentences: Iterable[Said]) -> None:
    for said in sentences:
        voice_name, language = VOICES[said.language]
        verb.say(said.text, voice=voice_name, language=language)


def _gather(
    response: VoiceResponse, say: Iterable[Said], keys: Keys, action: str, sound_url: str
) -> None:
    gather = response.gather(
        action=action,
        input="dtmf",
        num_digits=keys.count,
        finish_on_key=keys.finish,
        timeout=keys.between,
        action_on_empty_result=True,  # the silent path: the same action, without keys
    )
    if sound_url:
        gather.play(sound_url)
    _say(gather, say)
    if keys.first_key > keys.between:
        # Twilio has one timeout for both waits; a pause inside counts as audio, and lengthens
        # the wait for the first key alone.
        gather.pause(length=keys.first_key - keys.between)


def _dial(
    response: VoiceResponse, ring: Ring, action: str, leg_url: str, caller_id: str, status: str
) -> None:
    dial = response.dial(
        action=action, timeout=ring.seconds, time_limit=ring.limit, caller_id=caller_id
    )
    dial.number(
        ring.number,
        url=leg_url,
        send_digits=f"ww{ring.extension}" if ring.extension else None,
        status_callback=status or None,
        status_callback_event=LEG_EVENTS if status else None,
    )
