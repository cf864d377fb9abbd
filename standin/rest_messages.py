"""Messages in the REST API. https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from standin.messages import SentText
from standin.rest import RestError, api, not_found, page, rfc2822, switch, uri, within
from standin.webhooks import API_VERSION

LONGEST = 1600
MAGIC = {
    "+15005550001": (21211, "is not a valid phone number"),
    "+15005550002": (21612, "cannot be reached from this number"),
    "+15005550003": (21408, "is not enabled by geographic permissions"),
    "+15005550004": (21610, "has opted out"),
    "+15005550009": (21614, "is not a mobile number"),
}
"""Twilio's own test numbers and what texting them gives."""


def show(text: SentText) -> dict[str, Any]:
    return {
        "sid": text.sid,
        "account_sid": switch().account_sid,
        "messaging_service_sid": None,
        "from": text.caller,
        "to": text.to,
        "body": text.body,
        "num_segments": str(text.segments),
        "num_media": "0",
        "direction": text.direction,
        "status": text.status,
        "error_code": text.error_code,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "date_created": rfc2822(text.created),
        "date_sent": rfc2822(text.sent),
        "date_updated": rfc2822(text.updated),
        "uri": uri(f"Messages/{text.sid}.json"),
        "subresource_uris": {"media": uri(f"Messages/{text.sid}/Media.json")},
    }


@api.post("/Messages.json")
def create_message() -> tuple[Response, int]:
    form = request.form
    caller, to, body = form.get("From", ""), form.get("To", ""), form.get("Body", "")
    if not to:
        raise RestError(21604, "A 'To' phone number is required")
    if not caller:
        raise RestError(21603, "A 'From' phone number is required")
    if not body and "MediaUrl" not in form:
        raise RestError(21602, "Message body is required")
    if len(body) > LONGEST:
        raise RestError(21617, f"The body is longer than {LONGEST} characters")
    if to in MAGIC:
        code, why = MAGIC[to]
        raise RestError(code, f"The number {to} {why}")
    if not switch().can_be_dialled(to):
        raise RestError(21211, f"The 'To' number {to} is not a valid phone number")
    if caller not in switch().numbers:
        raise RestError(21606, f"The 'From' number {caller} cannot send messages")
    if switch().devices.phone(to).opted_out:
        raise RestError(21610, "Attempt to send to unsubscribed recipient")
    text = switch().messages.send(caller, to, body, form.get("StatusCallback", ""))
    return jsonify(show(text)), 201


@api.get("/Messages.json")
def list_messages() -> Response:
    with switch().scheduler.lock:
        texts = [
            text
            for text in reversed(switch().messages.all.values())
            if text.to == request.args.get("To", text.to)
            and text.caller == request.args.get("From", text.caller)
            and within("DateSent", text.sent)
        ]
        return page("messages", texts, show)


@api.get("/Messages/<sid>.json")
def fetch_message(sid: str) -> Response:
    text = switch().messages.all.get(sid)
    if text is None:
        raise not_found(f"Messages/{sid}.json")
    return jsonify(show(text))
