"""When the database, or any part of ours, fails while somebody is on the phone: never a 500.

The caller hears "one moment", and the same turn is tried again inside the call, with the keys that
were typed; after that the last rota known rings (webhooks/fallback.py). Whoever is rung is joined
by the accept key alone. What cannot be recorded is spooled (ivr/spool.py).
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from ivr.agent_keys import DECLINE
from ivr.catalogue import LANGUAGES
from ivr.database import hurry
from ivr.menu import MENU
from ivr.speech import seconds
from ivr.steps import Enter
from ivr.words import PROMPTS
from webhooks import aside, keys, twiml
from webhooks.form import VoiceForm
from webhooks.wiring import empty, xml

log = logging.getLogger(__name__)

DATABASE_SECONDS = 4.5
"""What the database may take of Twilio's 15 seconds: failing, connecting anew and our own work
come on top."""
TRIES = 3
TRY_SECONDS = 5
"""From one try to the next: failing, saying "one moment", and a pause."""
CARRIED = ("DialBridged", "DialCallSid", "DialCallStatus", "QueueResult", "RecordingDuration")


def safe(blueprint: Blueprint) -> Blueprint:
    """Every route of the blueprint is answered in time, and in TwiML, whatever fails in it."""
    blueprint.before_request(_begin)
    blueprint.teardown_request(_end)
    blueprint.register_error_handler(Exception, _answer)
    return blueprint


def _begin() -> None:
    g.began = time.monotonic()
    g.hurry = ExitStack()
    g.hurry.enter_context(hurry(DATABASE_SECONDS))


def _end(_error: BaseException | None) -> None:
    if "hurry" in g:
        g.hurry.close()


def _answer(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        return error
    if "form" not in g:  # it is not known who speaks: no answer of ours
        raise error
    came: VoiceForm = g.form
    if isinstance(error, SQLAlchemyError):
        cause = type(getattr(error, "orig", None) or error).__name__
        log.error("call %s: %s: no database (%s)", came.sid, request.path, cause)
    else:
        log.error("call %s: %s failed", came.sid, request.path, exc_info=error)
    if _is_news():
        return _note(came)
    if request.form.get("MessageSid"):
        return xml(twiml.text(aside.sorry_text(came.caller)))
    if came.over:
        return _nobody_listens(came)
    if _is_caller(came):
        return _caller_waits(came)
    return _phone_waits(came)


def _is_news() -> bool:
    """A status callback, of a call, a recording or a message: nobody waits for the answer."""
    return any(
        request.form.get(name)
        for name in ("CallbackSource", "RecordingStatus", "MessageStatus", "StatusCallbackEvent")
    )


def _note(came: VoiceForm) -> Response:
    """A leg's news are asked for later (jobs/lost.py); a caller's end and words are kept."""
    if came.recording_status:
        if came.recording:
            aside.note(came, "recorded", sid=came.recording, seconds=came.recording_seconds)
    elif came.over and _is_caller(came):
        aside.note(came, "over")
    return empty()


def _is_caller(came: VoiceForm) -> bool:
    return not came.parent and not request.values.get("Direction", "").startswith("outbound")


def _nobody_listens(came: VoiceForm) -> Response:
    """The caller hung up in the middle; what was recorded until then is kept."""
    if came.recording:
        aside.note(came, "recorded", sid=came.recording, seconds=came.recording_seconds)
    if _is_caller(came):
        aside.note(came, "over")
    return xml(twiml.nothing())


def _caller_waits(came: VoiceForm) -> Response:
    tried = _tried()
    if tried < TRIES:
        return xml(twiml.wait(_pause(), _again(came, tried + 1)))
    return aside.enter(came, request.args.get("step", ""))


def _phone_waits(came: VoiceForm) -> Response:
    """Somebody whom we rang, an agent or a client: of a caller who holds, or of a callback."""
    if came.parent or request.args.get("queue"):
        return _whispered(came)
    if _tried() < TRIES:
        return xml(twiml.wait(_pause(), _again(came, _tried() + 1)))
    return aside.call_back_later()


def _whispered(came: VoiceForm) -> Response:
    """Rung for a call that waits for them: the accept key joins, whatever we cannot record.

    Nobody can say who was first: but Twilio joins a dialled phone with its own caller alone, hangs
    up on it when that caller goes, and gives the one who waits in a queue to one agent. At worst
    two people answer one call, and that is less than a critical call which nobody answers. The
    client of a callback has an agent on the line who took the call by a key: joined at once.
    """
    leg = request.args.get("leg", 0, type=int)
    if request.path.startswith("/callback/"):
        if came.keys:
            aside.note(came, "leg_accepted", leg=leg)
        return xml(twiml.nothing())
    queue = request.args.get("queue", "")
    if came.keys == DECLINE:
        return aside.declined()
    if came.keys and keys.proves(request.args.get("key", ""), leg, came.keys):
        return aside.joined(came, leg, queue)
    return aside.whisper(came, asked=0, leg=leg, queue=queue)


def _tried() -> int:
    tried: int = request.args.get("tried", 0, type=int)
    return tried


def _pause() -> int:
    began: float = g.began
    words = sum(seconds(PROMPTS.text(language, "trouble.wait")) for language in LANGUAGES)
    return max(1, round(TRY_SECONDS - words - (time.monotonic() - began)))


def _again(came: VoiceForm, tried: int) -> str:
    """The same request again, with what Twilio posts only once; keys of the query in order."""
    query = request.args.to_dict()
    query |= {name: value for name in CARRIED if (value := request.values.get(name))}
    if came.recording:
        query["RecordingSid"] = came.recording
    if came.keys:
        query[keys.SEALED] = keys.seal(keys.UNREAD if _is_private() else came.keys)
    query["tried"] = str(tried)
    return f"{request.path}?{urlencode(sorted(query.items()))}"


def _is_private() -> bool:
    """Is what was keyed at this step a secret, not even carried along under a seal?"""
    step = request.args.get("step", "")
    if not step:
        return False
    return step not in MENU or (isinstance(found := MENU[step], Enter) and found.private)
