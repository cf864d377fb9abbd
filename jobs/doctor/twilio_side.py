"""Twilio's side: our credentials, the number's addresses, and who may listen to recordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from requests.exceptions import RequestException
from sqlalchemy import select
from twilio.base.exceptions import TwilioException

from ivr.models import Recording
from jobs import own_number
from jobs.doctor.fallback import static_host
from jobs.doctor.finding import Finding, looking, note, wrong
from jobs.doctor.stranger import get
from line import Line

REFUSED = (401, 403)
NOT_FOUND = 404
MEDIA_HINT = "recordings.hint"


def number(line: Line) -> Iterator[Finding]:
    """Twilio knows us, the number is ours, and leads where `p1line twilio configure` says."""
    try:
        found = own_number.find(line.settings)
    except own_number.NotOurs:
        yield wrong("number.not_ours")
    except own_number.OnTrunk:
        yield wrong("number.trunk")
    except RequestException as error:
        yield wrong("number.unreachable", error=type(error).__name__)
    except TwilioException as error:
        yield _refused(error)
    else:
        yield from _settings(line, found)


def _refused(error: TwilioException) -> Finding:
    status, code, _ = own_number.refusal(error)
    if status in (*REFUSED, NOT_FOUND):  # of an account that does not exist Twilio says 404
        return wrong("number.credentials")
    return wrong("number.refused", status=status, code=code)


def _settings(line: Line, found: Any) -> Iterator[Finding]:
    ours = line.settings.public_url
    fallback = found.voice_fallback_url or ""
    static = fallback if fallback and not fallback.startswith(f"{ours}/") else None
    for each in own_number.compare(found, own_number.wanted(ours, static)):
        if each.before != each.after:
            key = "setting" if each.before and each.after else "extra" if each.before else "missing"
            yield wrong(f"number.{key}", **vars(each))
    if static:
        yield from static_host(line, static)
    else:
        # The demo has no second host: there it is only worth knowing.
        yield Finding("number.no_static", wrong=not line.settings.local)


def recordings(line: Line) -> Iterator[Finding]:
    """Nobody without our password can listen: tried on the last recording, for Twilio's REST API
    does not tell how the account is set (console, Voice, Settings: HTTP authentication).
    """
    with looking(line) as scene:
        newest = select(Recording.sid).where(Recording.status == "completed")
        sid = scene.session.scalars(newest.order_by(Recording.id.desc())).first()
    if sid is None:
        yield note(MEDIA_HINT)
        return
    api, account = line.settings.twilio_api_base_url, line.settings.twilio_account_sid
    url = f"{api}/2010-04-01/Accounts/{account}/Recordings/{sid}.mp3"
    try:
        status = get(line, url).status_code
    except RequestException as error:
        yield wrong("recordings.unknown", error=type(error).__name__)
        return
    if status == NOT_FOUND:
        yield note(MEDIA_HINT)
    elif status not in REFUSED:
        yield wrong("recordings.open")
