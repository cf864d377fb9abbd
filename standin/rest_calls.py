"""Calls in the REST API. https://www.twilio.com/docs/voice/api/call-resource"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from standin.callbacks import Callback
from standin.entries import Complaint
from standin.leg import Leg
from standin.rest import RestError, api, not_found, page, rfc2822, switch, uri, within
from standin.webhooks import API_VERSION, Target

EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
MAGIC = {
    "+15005550001": (21217, "is not a valid phone number"),
    "+15005550002": (21214, "could not be reached"),
    "+15005550003": (21215, "is not enabled by geographic permissions"),
    "+15005550004": (21216, "is blocked"),
}
"""Twilio's own test numbers and what calling them gives."""
PLAYED = frozenset(
    {"To", "From", "Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod", "StatusCallback"}
    | {"StatusCallbackMethod", "StatusCallbackEvent", "Timeout", "TimeLimit", "SendDigits"}
    | {"Status", "CallReason"}
)
LONGEST_TWIML = 4000


def show(leg: Leg) -> dict[str, Any]:
    """A call's JSON. The API has no status "initiated": it shows such a call as queued."""
    own = switch().numbers.get(leg.to if leg.direction == "inbound" else leg.caller)
    path = f"Calls/{leg.sid}"
    return {
        "sid": leg.sid,
        "account_sid": switch().account_sid,
        "parent_call_sid": leg.parent.sid if leg.parent else None,
        "to": leg.to,
        "to_formatted": leg.to,
        "from": leg.caller,
        "from_formatted": leg.caller,
        "phone_number_sid": own.sid if own else None,
        "status": "queued" if leg.status == "initiated" else leg.status,
        "start_time": rfc2822(leg.created),
        "end_time": rfc2822(leg.ended_at),
        "duration": str(leg.seconds) if leg.over else None,
        "price": None,
        "price_unit": "USD",
        "direction": leg.direction,
        "answered_by": None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "date_created": rfc2822(leg.created),
        "date_updated": rfc2822(leg.ended_at or leg.answered_at or leg.created),
        "uri": uri(f"{path}.json"),
        "subresource_uris": {"recordings": uri(f"{path}/Recordings.json")},
    }


@api.post("/Calls.json")
def create_call() -> tuple[Response, int]:
    form = request.form
    caller, to = _party("From", 21212), _party("To", 21211)
    if caller not in switch().numbers and caller not in switch().verified_callers:
        raise RestError(21210, f"The source phone number {caller} is not yours or verified")
    if to in MAGIC:
        code, why = MAGIC[to]
        raise RestError(code, f"The number {to} {why}")
    target = _target()
    if target is None:
        raise RestError(21205, "Url, Twiml or ApplicationSid is required")
    _note_unplayed()
    leg = switch().place_call(
        caller,
        to,
        target,
        callback=_callback(),
        fallback=_url_target("FallbackUrl", "FallbackMethod"),
        timeout=_number("Timeout", 60, 600),
        time_limit=_number("TimeLimit", 14400, 86400),
        send_digits=form.get("SendDigits", "")[:32],
    )
    return jsonify(show(leg)), 201


@api.get("/Calls.json")
def list_calls() -> Response:
    wanted = {"To": "to", "From": "caller", "Status": "status"}
    with switch().scheduler.lock:
        legs = [
            leg
            for leg in reversed(switch().legs.values())
            if all(
                getattr(leg, field) == request.args[name]
                for name, field in wanted.items()
                if name in request.args
            )
            and _is_child(leg)
            and within("StartTime", leg.created)
            and within("EndTime", leg.ended_at)
        ]
        return page("calls", legs, show)


@api.get("/Calls/<sid>.json")
def fetch_call(sid: str) -> Response:
    return jsonify(show(_leg(sid)))


@api.post("/Calls/<sid>.json")
def update_call(sid: str) -> Response:
    """Cancels, ends or redirects a call; one that is over, or not yet answered, refuses."""
    leg = _leg(sid)
    status, target = request.form.get("Status"), _target()
    with switch().scheduler.lock:
        if leg.over:
            raise RestError(21220, "Call is not in-progress")
        if status not in (None, "canceled", "completed"):
            raise RestError(21218, f"Invalid Status {status}")
        if status == "canceled" and leg.answered_at is not None:
            raise RestError(21220, "Call is in-progress: it cannot be canceled")
        if status is not None:
            leg.finish("completed" if leg.answered_at else "canceled", "REST")
        elif target is not None:
            if leg.answered_at is None:
                raise RestError(21220, "Call is not in-progress. Cannot redirect.")
            leg.fallback = _url_target("FallbackUrl", "FallbackMethod") or leg.fallback
            leg.redirect(target)
        return jsonify(show(leg))


def _leg(sid: str) -> Leg:
    leg = switch().legs.get(sid)
    if leg is None:
        raise not_found(f"Calls/{sid}.json")
    return leg


def _is_child(leg: Leg) -> bool:
    parent = request.args.get("ParentCallSid")
    return parent is None or (leg.parent is not None and leg.parent.sid == parent)


def _party(name: str, code: int) -> str:
    number = request.form.get(name, "").strip()
    if not number:
        raise RestError(21201 if name == "To" else 21213, f"No '{name}' number is specified")
    if not switch().can_be_dialled(number):
        raise RestError(code, f"The '{name}' number {number} is not a valid phone number")
    return number


def _target() -> Target | None:
    """Url wins over Twiml."""
    given = _url_target("Url", "Method")
    twiml = request.form.get("Twiml", "")
    if given is not None or not twiml:
        return given
    if len(twiml) > LONGEST_TWIML:
        raise RestError(21636, f"Twiml is longer than {LONGEST_TWIML} characters")
    return Target(twiml=twiml)


def _url_target(name: str, method: str) -> Target | None:
    url = request.form.get(name)
    if not url:
        return None
    return Target(_url(name, url), _method(method))


def _url(name: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
        raise RestError(21205, f"{name} is not a valid URL: {url}")
    return url


def _method(name: str) -> str:
    method = request.form.get(name, "POST").upper()
    if method not in ("GET", "POST"):
        raise RestError(21207, f"{name} is not GET or POST: {method}")
    return method


def _callback() -> Callback | None:
    url = request.form.get("StatusCallback")
    if not url:
        return None
    events = frozenset(request.form.getlist("StatusCallbackEvent")) or frozenset({"completed"})
    if not events <= EVENTS:
        raise RestError(21626, f"Invalid StatusCallbackEvent: {sorted(events - EVENTS)}")
    return Callback(_url("StatusCallback", url), _method("StatusCallbackMethod"), events)


def _number(name: str, default: int, most: int) -> int:
    value = request.form.get(name, str(default))
    if not value.isdigit() or not 0 < int(value) <= most:
        raise RestError(21219, f"{name} is not between 1 and {most}: {value}")
    return int(value)


def _note_unplayed() -> None:
    for name in request.form.keys() - PLAYED:
        message = f"not played by the stand-in: {name} of a call"
        switch().ledger.add(Complaint(switch().now(), "", 0, message, request.path))
