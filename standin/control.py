"""The control API: the clock, the phones and what they hear, for people, tests and the demo.

JSON under /standin/. It is no part of Twilio, and asks for no credentials: loopback only.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, render_template, request

from standin import behaviours
from standin.clock import ClockError
from standin.entries import as_json
from standin.faults import RestFault
from standin.leg import Leg
from standin.rest import switch

control = Blueprint("control", __name__, template_folder="pages")

LOCAL = ZoneInfo("America/Toronto")
"""Of a moment that is given without a zone."""
WORDS = Path(__file__).parent / "words"


class Refusal(Exception):
    """What cannot be done, as `{"error": code}` with an HTTP status."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@control.app_errorhandler(Refusal)
def show_refusal(refusal: Refusal) -> tuple[Response, int]:
    return jsonify(error=refusal.code), refusal.status


@control.get("/")
def home() -> str:
    language = "en" if request.args.get("lang") == "en" else "fr"
    words = tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))["page"]
    now = f"{switch().now().astimezone(LOCAL):%Y-%m-%d %H:%M:%S}"
    with switch().scheduler.lock:
        return render_template(
            "standin.html",
            language=language,
            words=words,
            line=words["line"].format(number=switch().number.number, moment=now),
            legs=[show(leg) for leg in reversed(switch().legs.values())][:50],
            texts=list(reversed(switch().messages.all.values()))[:50],
            complaints=switch().ledger.complaints()[-20:],
        )


@control.get("/standin/clock")
def read_clock() -> Response:
    return jsonify(now=switch().now().isoformat())


@control.post("/standin/clock")
def move_clock() -> Response:
    """`{"set": ISO 8601}` or `{"advance": seconds}`; what is due in between happens."""
    body = posted()
    try:
        if "set" in body:
            moment = datetime.fromisoformat(str(body["set"]))
            switch().set_clock(moment if moment.tzinfo else moment.replace(tzinfo=LOCAL))
        else:
            switch().advance_clock(float(body["advance"]))
    except ClockError as error:
        raise Refusal("calls_under_way", 409) from error
    except (ValueError, KeyError) as error:
        raise Refusal("no_moment") from error
    return read_clock()


def show(leg: Leg) -> dict[str, Any]:
    """A leg as the person at its far end knows it."""
    return {
        "sid": leg.sid,
        "nth": leg.nth,
        "from": leg.caller,
        "to": leg.to,
        "direction": leg.direction,
        "status": leg.status,
        "over": leg.over,
        "waits_for": leg.waits_for,
        "waits": leg.waits,
        "connected_with": leg.bridge.far_number if leg.bridge else None,
        "talked": leg.handset.has_talked,
        "started": leg.created.isoformat(),
        "parent": leg.parent.sid if leg.parent else None,
    }


@control.get("/standin/phones/<number>")
def show_phone(number: str) -> Response:
    with switch().scheduler.lock:
        phone = switch().devices.phone(number)
        return jsonify(
            number=number,
            does=[behaviours.name_of(behaviour) for behaviour in phone.behaviours],
            inbox=phone.inbox,
            voicemail=[" ".join(said) for said in phone.voicemail],
        )


@control.put("/standin/phones/<number>")
def set_phone(number: str) -> Response:
    """`{"does": ["no-answer", "accept"]}`: one a call, the last for ever after."""
    does = posted().get("does", [])
    names = [does] if isinstance(does, str) else does
    try:
        chosen = [behaviours.BEHAVIOURS[name] for name in names]
    except KeyError as error:
        raise Refusal("no_such_behaviour") from error
    with switch().scheduler.lock:
        switch().devices.set(number, *chosen)
    return show_phone(number)


@control.get("/standin/messages")
def list_messages() -> Response:
    number = request.args.get("number")
    with switch().scheduler.lock:
        texts = reversed(switch().messages.all.values())
        return jsonify(
            messages=[as_json(text) for text in texts if number in (None, text.to, text.caller)]
        )


@control.post("/standin/messages")
def text_line() -> tuple[Response, int]:
    """`{"from": number, "body": words}`: a phone texts the line."""
    body = posted()
    to, caller = body.get("to") or switch().number.number, str(body.get("from", ""))
    if to not in switch().numbers:
        raise Refusal("no_such_line", 404)
    if not switch().can_be_dialled(caller):
        raise Refusal("no_number")
    text = switch().messages.receive(caller, to, str(body.get("body", "")))
    return jsonify(as_json(text)), 201


@control.get("/standin/ledger")
def read_ledger() -> Response:
    """Everything from `?since=` on; `?kind=` of one kind."""
    since, kind = request.args.get("since", 0, type=int), request.args.get("kind")
    with switch().scheduler.lock:
        entries = [as_json(entry) for entry in switch().ledger.entries[since:]]
        following = len(switch().ledger.entries)
        legs = [as_json(leg) for leg in switch().ledger.legs()]
        bridges = [as_json(bridge) for bridge in switch().ledger.bridges()]
    wanted = [entry for entry in entries if kind in (None, entry["kind"])]
    return jsonify(entries=wanted, next=following, legs=legs, bridges=bridges)


@control.post("/standin/faults")
def arm_fault() -> tuple[str, int]:
    """The REST API fails: `{"status": 500, "times": 3}`, `{"lost": true}`, `{"hang": seconds}`."""
    body = posted()
    fault = RestFault(
        int(body.get("status", 0)), bool(body.get("lost", False)), float(body.get("hang", 0))
    )
    with switch().scheduler.lock:
        switch().faults.rest(fault, int(body.get("times", 1)))
    return "", 204


def posted() -> dict[str, Any]:
    """The JSON object of the request."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal("no_json")
    return body
