"""The only file that speaks to Twilio's REST API: rings, texts, and asks what became of it.

`calls.create` and `messages.create` know no idempotency key (twilio.com/docs/voice/api): after an
answer that was lost the caller of this file looks up what happened before it tries again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from ivr.recovered import Recorded
from jobs.failure import Failure
from settings import TWILIO_API, Settings

TIMEOUT = 10.0  # seconds; twilio's client has none of its own
NEWEST = 20  # of the calls or messages to one number, enough to find the last one
MOST = 5000  # of a list's entries
EVENTS = ["initiated", "ringing", "answered", "completed"]

# What Twilio refuses because of the number itself (twilio.com/docs/api/errors): not valid, not
# reachable, not allowed, opted out, no mobile.
NUMBER_ERRORS = frozenset(
    {13224, 21211, 21214, 21215, 21216, 21217, 21408, 21610, 21612, 21614, 21635}
)
NOT_FOUND, ALREADY_OVER = 20404, 21220

# Twilio's client logs each request with its numbers, and urllib3 each address that is asked for.
_quiet = logging.getLogger("p1line.twilio")
_quiet.setLevel(logging.WARNING)
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class PhoneError(Failure):
    """Twilio did not do it. `unknown`: it may have, the answer was lost; look before repeating."""

    def __init__(self, sentence: str, *, permanent: bool = False, unknown: bool = False) -> None:
        super().__init__(sentence, permanent=permanent)
        self.unknown = unknown


def client(settings: Settings) -> Client:
    """Twilio's client, sent to the API's address of the settings, with time limits."""
    return Client(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        http_client=_HttpClient(settings.twilio_api_base_url, settings.local),
    )


@dataclass(frozen=True)
class InboundCall:
    """A call to the line as Twilio lists it; `status` is Twilio's word, moments are UTC."""

    sid: str
    caller: str
    status: str
    started_at: datetime
    ended_at: datetime


class Phone:
    """Our telephone. Every method may raise `PhoneError`; numbers are E.164, moments UTC."""

    def __init__(self, settings: Settings) -> None:
        self._client = client(settings)
        self._number = settings.line_number

    def ring(self, to: str, *, url: str, status_url: str, seconds: int) -> str:
        """Rings `to` for so many seconds; whoever answers gets `url`'s TwiML. The call's sid."""
        call = _asked(
            self._client.calls.create,
            to=to,
            from_=self._number,
            url=url,
            status_callback=status_url,
            status_callback_event=EVENTS,
            timeout=seconds,
        )
        return str(call.sid)

    def status(self, sid: str) -> str:
        """Twilio's word for how the call stands; "failed" where Twilio knows no such call."""
        try:
            return str(_asked(self._client.calls(sid).fetch).status)
        except PhoneError as error:
            if error.permanent:
                return "failed"
            raise

    def find(self, to: str, since: datetime, known: frozenset[str] = frozenset()) -> str | None:
        """The sid of a call that we placed to `to` from `since` on, other than those `known`.

        Twilio leaves a queued call without a start: its creation is compared, newest first.
        """
        calls = _asked(self._client.calls.list, to=to, from_=self._number, limit=NEWEST)
        return _newest(calls, since, known)

    def hang_up(self, sid: str) -> None:
        """Ends the call, ringing or answered; one that is over already stays so."""
        try:
            _asked(self._client.calls(sid).update, status="completed")
        except PhoneError as error:
            if not error.permanent:
                raise

    def time(self) -> datetime | None:
        """What Twilio's clock shows, to the second, by the date of its answer, if it has one."""
        uri = f"{TWILIO_API}/2010-04-01/Accounts/{self._client.username}.json"
        answer = _asked(self._client.request, method="GET", uri=uri)
        date = (answer.headers or {}).get("Date")
        return parsedate_to_datetime(date) if date else None

    def text(self, to: str, body: str, *, status_url: str) -> str:
        """Sends an SMS; the message's sid. Twilio has accepted it then, no more."""
        message = _asked(
            self._client.messages.create,
            to=to,
            from_=self._number,
            body=body,
            status_callback=status_url,
        )
        return str(message.sid)

    def find_text(self, to: str, body: str, since: datetime) -> str | None:
        """The sid of an SMS with these very words that we sent to `to` from `since` on."""
        texts = _asked(self._client.messages.list, to=to, from_=self._number, limit=NEWEST)
        return _newest([text for text in texts if text.body == body], since, frozenset())

    def calls(self, since: datetime) -> list[InboundCall]:
        """The calls to the line that began from `since` on, newest first."""
        found = _asked(self._client.calls.list, to=self._number, start_time_after=since, limit=MOST)
        inbound = [
            InboundCall(
                str(call.sid),
                str(call._from or ""),
                str(call.status),
                call.start_time or call.date_created,
                call.end_time or call.date_updated,
            )
            for call in found
            if call.direction == "inbound"
        ]
        return [call for call in inbound if call.started_at >= since]

    def rang(self, sid: str) -> int:
        """How many phones were dialled out of that call."""
        return len(_asked(self._client.calls.list, parent_call_sid=sid, limit=MOST))

    def recordings(self, sid: str) -> list[Recorded]:
        """What was recorded of that call, oldest first, as far as there is anything to hear."""
        found = _asked(self._client.recordings.list, call_sid=sid, limit=MOST)
        whole = [each for each in found if str(each.status) == "completed"]
        return [Recorded(str(each.sid), int(each.duration or 0)) for each in reversed(whole)]

    def delete_recording(self, sid: str) -> None:
        """Deletes it at Twilio; one that is gone already stays so."""
        try:
            _asked(self._client.recordings(sid).delete)
        except PhoneError as error:
            if not error.permanent:
                raise


def _newest(found: list[Any], since: datetime, known: frozenset[str]) -> str | None:
    for item in found:
        if item.date_created >= since and item.sid not in known:
            return str(item.sid)
    return None


def _asked(request: Any, **arguments: Any) -> Any:
    """Twilio's answer, or the one error that our callers understand."""
    try:
        return request(**arguments)
    except (TwilioRestException, TwilioServiceException) as error:
        raise _refusal(error) from error
    except (TwilioException, ValueError) as error:  # an answer that is none of Twilio's
        sentence = f"Twilio's answer cannot be read: {type(error).__name__}"
        raise PhoneError(sentence, unknown=True) from error
    except RequestException as error:
        raise PhoneError(
            f"Twilio does not answer: {type(error).__name__}", unknown=not _never_sent(error)
        ) from error


def _refusal(error: TwilioRestException | TwilioServiceException) -> PhoneError:
    """Twilio's message is left out: it quotes the number."""
    sentence = f"Twilio answers {error.status}, code {error.code}"
    if error.status >= 500:
        return PhoneError(sentence, unknown=True)
    return PhoneError(sentence, permanent=error.code in {*NUMBER_ERRORS, NOT_FOUND, ALREADY_OVER})


def _never_sent(error: RequestException) -> bool:
    """No connection was made: nothing can have been placed."""
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, NoConnection) and isinstance(reason, NewConnectionError)


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's client has no setting for the API's address: scheme and host are put in here."""

    def __init__(self, base_url: str, local: bool) -> None:
        super().__init__(timeout=TIMEOUT, logger=_quiet)
        self._base = None if base_url == TWILIO_API else urlsplit(base_url)
        if local and isinstance(self.session, requests.Session):
            self.session.trust_env = False  # no proxy has a say on the loopback

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if self._base:
            asked = urlsplit(url)
            path = self._base.path + asked.path
            url = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
        return super().request(method, url, *args, **kwargs)
