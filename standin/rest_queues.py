"""Queues and their members in the REST API. https://www.twilio.com/docs/voice/api/queue-resource"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from standin.queues import Member, WaitingLine
from standin.rest import RestError, api, not_found, page, rfc2822, switch, uri
from standin.webhooks import Target


def show_queue(line: WaitingLine) -> dict[str, Any]:
    waits = [member.seconds for member in line.members]
    return {
        "sid": line.sid,
        "account_sid": switch().account_sid,
        "friendly_name": line.name,
        "current_size": len(line.members),
        "max_size": line.max_size,
        "average_wait_time": round(sum(waits) / len(waits)) if waits else 0,
        "date_created": rfc2822(line.created),
        "date_updated": rfc2822(line.created),
        "uri": uri(f"Queues/{line.sid}.json"),
    }


def show_member(line: WaitingLine, member: Member) -> dict[str, Any]:
    return {
        "call_sid": member.leg.sid,
        "queue_sid": line.sid,
        "position": line.members.index(member) + 1,
        "wait_time": member.seconds,
        "date_enqueued": rfc2822(member.since),
        "uri": uri(f"Queues/{line.sid}/Members/{member.leg.sid}.json"),
    }


@api.get("/Queues.json")
def list_queues() -> Response:
    with switch().scheduler.lock:
        return page("queues", list(switch().waiting_lines.values()), show_queue)


@api.get("/Queues/<sid>.json")
def fetch_queue(sid: str) -> Response:
    return jsonify(show_queue(_line(sid)))


@api.get("/Queues/<sid>/Members.json")
def list_members(sid: str) -> Response:
    line = _line(sid)
    with switch().scheduler.lock:
        return page("queue_members", line.members, lambda member: show_member(line, member))


@api.get("/Queues/<sid>/Members/<call>.json")
def fetch_member(sid: str, call: str) -> Response:
    with switch().scheduler.lock:
        line = _line(sid)
        return jsonify(show_member(line, _member(line, call)))


@api.post("/Queues/<sid>/Members/<call>.json")
def dequeue(sid: str, call: str) -> Response:
    """Sends one member, or the "Front" one, to a URL."""
    url = request.form.get("Url")
    if not url:
        raise RestError(21205, "Url is required")
    with switch().scheduler.lock:
        line = _line(sid)
        member = _member(line, call)
        shown = show_member(line, member)
        member.leg.redirect(Target(url, request.form.get("Method", "POST")))
        return jsonify(shown)


def _line(sid: str) -> WaitingLine:
    for line in switch().waiting_lines.values():
        if line.sid == sid:
            return line
    raise not_found(f"Queues/{sid}.json")


def _member(line: WaitingLine, call: str) -> Member:
    for member in line.members:
        if call in ("Front", member.leg.sid):
            return member
    raise not_found(f"Members/{call}.json")
