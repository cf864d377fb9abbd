"""The REST API: who asks, what went wrong, and pages of lists. The resources have their own files.

https://www.twilio.com/docs/usage/requests-to-twilio
"""

from __future__ import annotations

import base64
import hmac
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request

from standin.entries import RestRequest
from standin.faults import RestFault
from standin.switch import StandIn

ROOT = "/2010-04-01/Accounts"
STANDIN = "p1line.standin"
"""The key of the WSGI environment under which a request carries the stand-in that it is for."""
T = TypeVar("T")

api = Blueprint("api", __name__, url_prefix=f"{ROOT}/<account>")


class RestError(Exception):
    """An answer with Twilio's error code and HTTP status."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def switch() -> StandIn:
    found: StandIn = request.environ[STANDIN]
    return found


def not_found(what: str) -> RestError:
    return RestError(20404, f"The requested resource {what} was not found", 404)


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)


def uri(path: str) -> str:
    return f"{ROOT}/{switch().account_sid}/{path}"


@api.url_value_preprocessor
def _take_account(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.account = (values or {}).pop("account", None)


@api.before_request
def _before() -> Response | None:
    """Credentials first, then whatever fault is armed for this request."""
    g.fault = RestFault()
    expected = f"{switch().account_sid}:{switch().auth_token}".encode()
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        known = kind == "Basic" and hmac.compare_digest(base64.b64decode(given), expected)
    except ValueError:
        known = False
    if not known:
        raise RestError(20003, "Authenticate", 401)
    if g.account != switch().account_sid:
        raise not_found(request.path)
    g.fault = switch().faults.for_rest(request.method, request.path, request.form)
    if g.fault.hang:
        time.sleep(g.fault.hang)
        return _dropped()
    if g.fault.status:
        code = 20429 if g.fault.status == 429 else 20500
        raise RestError(code, "made to fail", g.fault.status)
    return None


@api.after_request
def _after(response: Response) -> Response:
    """Keeps the request, and loses the answer where a fault wants it lost."""
    lost = g.fault.lost or bool(g.fault.hang)
    with switch().scheduler.lock:
        status = 0 if lost else response.status_code
        form = request.form.to_dict(flat=False)
        switch().ledger.add(RestRequest(switch().now(), request.method, request.path, form, status))
    return _dropped() if g.fault.lost else response


def _dropped() -> Response:
    """Closes the connection without an answer."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionResetError("the stand-in drops this connection")
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=503)


def show_error(error: RestError) -> tuple[Response, int]:
    body = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return jsonify(body), error.status


def page(key: str, items: Sequence[T], show: Callable[[T], dict[str, Any]]) -> Response:
    """One page of a list, as twilio's client reads on from it."""
    size = max(1, min(1000, request.args.get("PageSize", 50, type=int)))
    number = max(0, request.args.get("Page", 0, type=int))
    start = number * size
    shown = [show(item) for item in items[start : start + size]]

    def at(place: int) -> str:
        query = request.args.to_dict() | {"Page": str(place), "PageSize": str(size)}
        return f"{request.path}?{urlencode(query)}"

    body = {
        key: shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": at(number),
        "first_page_uri": at(0),
        "next_page_uri": at(number + 1) if start + size < len(items) else None,
        "previous_page_uri": at(number - 1) if number else None,
    }
    return jsonify(body)


def within(name: str, moment: datetime | None) -> bool:
    """Whether a moment fits the query's `name`, `name<` (at or before), `name>` (at or after)."""
    for suffix in ("", "<", ">"):
        value = request.args.get(name + suffix)
        if value is None:
            continue
        if moment is None:
            return False
        first, last = _span(value)
        fits = {"": first <= moment < last, "<": moment <= first, ">": moment >= first}
        if not fits[suffix]:
            return False
    return True


def _span(value: str) -> tuple[datetime, datetime]:
    """A day in UTC, or the instant of a whole date and time."""
    if "T" in value:
        moment = datetime.fromisoformat(value)
        return moment, moment + timedelta(microseconds=1)
    first = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
    return first, first + timedelta(days=1)
