"""Who speaks: every request that Twilio did not sign is refused, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from app import create_app
from ivr.models import Attempt, Base, Call, Event, Incident, Leg
from tests import servers
from tests.world import LINE, NIGHT_USER, World
from trial.product import Parts

SID = "CA" + "1" * 32


def form(line: World, **fields: str) -> dict[str, str]:
    return {
        "AccountSid": line.line.settings.twilio_account_sid,
        "CallSid": SID,
        "CallStatus": "ringing",
        "From": NIGHT_USER,
        "To": LINE,
        **fields,
    }


def post(
    line: World,
    path: str,
    fields: dict[str, str],
    *,
    token: str = "token",
    sent: dict[str, str] | list[tuple[str, str]] | None = None,
    **headers: str,
) -> requests.Response:
    """Signs `fields` and sends them, or `sent` instead."""
    url = line.line.settings.public_url + path
    signature = RequestValidator(token).compute_signature(url, fields)
    return requests.post(
        url,
        data=fields if sent is None else sent,
        headers={"X-Twilio-Signature": signature, **headers},
        timeout=10,
    )


def rows(line: World) -> int:
    with line.session() as session:
        kinds: tuple[type[Base], ...] = (Call, Incident, Event, Leg, Attempt)
        return sum(session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)


def test_a_signed_request_is_answered(line: World) -> None:
    answer = post(line, "/voice", form(line))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert rows(line) == 1


Forge = Callable[[World], requests.Response]
FORGED: dict[str, Forge] = {
    "no signature": lambda line: requests.post(
        f"{line.line.settings.public_url}/voice", data=form(line), timeout=10
    ),
    "another token": lambda line: post(line, "/voice", form(line), token="guessed"),
    "a field changed": lambda line: post(
        line, "/voice", form(line), sent=form(line, From="+15145550101")
    ),
    "a field added": lambda line: post(line, "/voice", form(line), sent=form(line, Digits="1")),
    "a field twice": lambda line: post(
        line,
        "/voice",
        form(line, Digits="1"),
        sent=[*form(line, Digits="1").items(), ("Digits", "2")],
    ),
    "an empty field dropped": lambda line: post(
        line, "/voice", form(line, CallerName=""), sent=form(line)
    ),
    "spaces trimmed": lambda line: post(
        line, "/voice", form(line, CallerName=" x "), sent=form(line, CallerName="x")
    ),
    "another account": lambda line: post(
        line, "/voice", form(line, AccountSid="AC" + "f" * 32)
    ),
    "a host that a proxy claims": lambda line: post(
        line, "/voice", form(line), token="guessed", **{"X-Forwarded-Host": "example.org"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_request_gets_403_and_writes_nothing(line: World, forge: Forge) -> None:
    assert forge(line).status_code == 403
    assert rows(line) == 0


def test_every_webhook_of_the_application_is_guarded(line: World) -> None:
    """Whatever POST route exists outside the console and the monitors' pages answers 403."""
    app: Flask = line.app
    guarded = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith(("console.", "health."))
    ]
    assert {"/voice", "/voice/turn", "/voice/fallback", "/voice/status", "/sms"} <= set(guarded)
    for rule in guarded:
        answer = requests.post(line.line.settings.public_url + rule, data=form(line), timeout=10)
        assert answer.status_code == 403, rule
    assert rows(line) == 0


def test_a_get_is_no_webhook(line: World) -> None:
    answer = requests.get(f"{line.line.settings.public_url}/voice", timeout=10)
    assert answer.status_code == 405


def test_a_body_that_no_call_has_is_refused_before_it_is_read(line: World) -> None:
    answer = post(line, "/voice", form(line, Junk="x" * 70_000))
    assert answer.status_code == 413


def test_both_tokens_are_good_while_the_token_is_rotated(line: World) -> None:
    settings = replace(line.line.settings, twilio_auth_token_next="next token")
    with servers.serve(create_app(replace(line.line, settings=settings))) as url:
        settings = replace(settings, public_url=url)
    with servers.serve(create_app(replace(line.line, settings=settings)), int(url[-5:])):
        parts = Parts(replace(line.line, settings=settings), line.app, line.twilio, line.mail)
        rotated = World(parts)
        assert post(rotated, "/voice", form(line), token="next token").status_code == 200
        assert post(rotated, "/voice", form(line), token="token").status_code == 200
        assert post(rotated, "/voice", form(line), token="older token").status_code == 403


def test_one_calls_request_never_acts_on_anothers_leg(line: World) -> None:
    """A18: a signed leg request must come from the very call that rang it."""
    stranger = form(line, CallSid="CA" + "2" * 32, ParentCallSid="CA" + "3" * 32)
    assert post(line, "/leg/whisper?asked=0&leg=1", stranger).status_code == 404
