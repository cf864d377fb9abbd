"""The webhooks of a call: their parameters, their signature, and what becomes of the answer.

https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/usage/security
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

from twilio.request_validator import RequestValidator

from standin.scheduler import Fetch, Sleep, Steps
from standin.transport import Request, Response
from standin.twiml import TwimlError, parse
from standin.verbs import Document, Gather, Play, Record, Say, Speech

if TYPE_CHECKING:
    from standin.leg import Leg
    from standin.switch import StandIn

API_VERSION = "2010-04-01"
HTTP_CODES = {"connect": 11205, "timeout": 11205, "redirects": 11215, "url": 11100}
XML_TYPES = ("text/xml", "application/xml", "text/html")


@dataclass(frozen=True)
class Target:
    """Where the next document comes from: a URL, or inline TwiML given to the REST API."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""


@dataclass(frozen=True)
class Next:
    """The document that a verb leads to, and what is posted to it besides the usual."""

    target: Target
    extra: dict[str, str] = field(default_factory=dict)


def following(
    document: Document, url: str, method: str, extra: dict[str, str] | None = None
) -> Next:
    return Next(Target(resolve(document, url), method), extra or {})


def action(document: Document, verb: Gather | Record, extra: dict[str, str]) -> Next:
    """Where a verb's input goes: without an `action`, to the current document again."""
    if verb.action is not None:
        return following(document, verb.action, verb.method, extra)
    if document.url is None:
        raise TwimlError(11100, "inline TwiML without an absolute action")
    return Next(Target(document.url, verb.method), extra)


def resolve(document: Document, url: str) -> str:
    """`url` against the document that names it; inline TwiML may only name absolute ones."""
    whole = url if document.url is None else urljoin(document.url.partition("#")[0], url)
    if not urlsplit(whole).scheme:
        raise TwimlError(11100, f"Invalid URL format: {url}")
    return whole


def signer(switch: StandIn, params: dict[str, str]) -> Callable[[str, str], dict[str, str]]:
    """Makes the headers of one webhook; its attempts share one idempotency token."""
    validator = RequestValidator(switch.auth_token)
    token = switch.sids.new("")

    def signed(url: str, method: str) -> dict[str, str]:
        form = params if method == "POST" else {}
        return {
            "X-Twilio-Signature": validator.compute_signature(_as_signed(url), form),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }

    return signed


def _as_signed(url: str) -> str:
    """Without user and password; voice over HTTPS is signed without the port too."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and parts.port is not None:
        host = host.rpartition(":")[0]
    return url if host == parts.netloc else parts._replace(netloc=host).geturl()


def place(number: str, prefix: str) -> dict[str, str]:
    """What Twilio guesses of where a number is: for North America the country, and no more."""
    country = "CA" if number.startswith("+1") else ""
    return {
        f"{prefix}City": "",
        f"{prefix}State": "QC" if country else "",
        f"{prefix}Zip": "",
        f"{prefix}Country": country,
    }


def standard(leg: Leg) -> dict[str, str]:
    """The parameters of every request about a leg."""
    params = {
        "CallSid": leg.sid,
        "AccountSid": leg.switch.account_sid,
        "From": leg.caller,
        "To": leg.to,
        "Caller": leg.caller,
        "Called": leg.to,
        "CallStatus": leg.status,
        "ApiVersion": API_VERSION,
        "Direction": leg.direction,
    }
    for prefix, number in (
        ("From", leg.caller),
        ("To", leg.to),
        ("Caller", leg.caller),
        ("Called", leg.to),
    ):
        params |= place(number, prefix)
    if leg.parent is not None:
        params["ParentCallSid"] = leg.parent.sid
    return params | leg.extra_params


def rfc2822(moment: datetime) -> str:
    return format_datetime(moment)


def ask(leg: Leg, purpose: str, url: str, method: str, extra: dict[str, str]) -> Steps[Response]:
    """One webhook of a leg, with the standard parameters and `extra`."""
    return send(leg, purpose, url, method, standard(leg) | extra)


def send(leg: Leg, purpose: str, url: str, method: str, params: dict[str, str]) -> Steps[Response]:
    """A server that timed out costs the call that time in virtual time too."""
    switch = leg.switch
    names = [name for name, _ in parse_qsl(urlsplit(url).query)]
    if names != sorted(names):  # then Twilio signs another URL than it requests
        leg.complain(0, "the keys of the query are not in alphabetical order", url)
    request = Request(leg.sid, purpose, url, method, params, signer(switch, params), leg.cookies)
    response: Response = yield Fetch(request)
    if response.error == "timeout" and not switch.is_live:
        yield Sleep(response.timeout)
    return response


def notify(leg: Leg, purpose: str, url: str, method: str, params: dict[str, str]) -> Steps[None]:
    """A status callback: its answer is not followed, and a bad one is a warning 15003."""
    response = yield from send(leg, purpose, url, method, params)
    if not response.ok:
        why = response.error or response.status
        leg.complain(15003, f"status callback answered {why}", url)


def unfollowed(leg: Leg, following: Next) -> Steps[None]:
    """Requests an action when nobody is left to follow its answer."""
    target = following.target
    response = yield from ask(leg, "twiml", target.url, target.method, following.extra)
    if not response.ok:
        leg.complain(11200, f"action answered {response.error or response.status}", target.url)


def fetch_document(leg: Leg, target: Target, extra: dict[str, str]) -> Steps[Document]:
    """The next document of a call; raises `TwimlError` where Twilio would give up on it."""
    if target.twiml:
        return parse(target.twiml, None)
    response = yield from ask(leg, "twiml", target.url, target.method, extra)
    return read(response, target)


def read(response: Response, target: Target) -> Document:
    if response.error:
        code = HTTP_CODES.get(response.error, 11200)
        raise TwimlError(code, f"HTTP retrieval failure: {response.error}")
    if not response.ok:
        code = 11217 if 400 <= response.status < 500 else 11200
        raise TwimlError(code, f"HTTP status {response.status}")
    kind = response.content_type.partition(";")[0].strip().lower()
    if kind in XML_TYPES:
        return parse(response.body, response.url, target.method)
    if kind.startswith("audio/"):
        return Document((Play(response.url),), response.url)
    if kind == "text/plain":
        return _plain(response, target)
    raise TwimlError(12300, f"Invalid Content-Type: {kind or 'none'}")


def _plain(response: Response, target: Target) -> Document:
    try:
        return parse(response.body, response.url, target.method)
    except TwimlError:
        text = response.body.decode("utf-8", "replace").strip()
        return Document((Say((Speech(text, "en-US"),)),), response.url)
