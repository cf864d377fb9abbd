"""Twilio's client against the stand-in: what an error means, and what is found again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from jobs import phone as phone_module
from jobs.phone import Phone, PhoneError
from standin.faults import RestFault
from tests import servers
from tests.world import DESK_1, DESK_2, TUESDAY_10, World

NOWHERE = "http://127.0.0.1:1/nowhere"
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def ring(line: World, to: str = DESK_1, phone: Phone | None = None) -> str:
    phone = phone or line.line.phone
    return phone.ring(to, url=NOWHERE, status_url=NOWHERE, seconds=20)


def error_of(line: World, to: str = DESK_1, phone: Phone | None = None) -> tuple[bool, bool]:
    with pytest.raises(PhoneError) as raised:
        ring(line, to, phone)
    assert to not in str(raised.value)
    return raised.value.permanent, raised.value.unknown


@pytest.mark.parametrize(
    ("fault", "permanent", "unknown"),
    [
        (RestFault(status=500), False, True),
        (RestFault(status=503), False, True),
        (RestFault(status=429), False, False),
        (RestFault(lost=True), False, True),
    ],
    ids=str,
)
def test_what_went_wrong(line: World, fault: RestFault, permanent: bool, unknown: bool) -> None:
    """Permanent: never this number. Unknown: it may ring all the same."""
    line.phone(DESK_1).rings_out()
    line.twilio.faults.rest(fault)
    assert error_of(line) == (permanent, unknown)


@pytest.mark.parametrize("number", [f"+1500555000{digit}" for digit in (1, 2, 3, 4)])
def test_a_number_that_cannot_be_called(line: World, number: str) -> None:
    assert error_of(line, number) == (True, False)


def test_no_answer_in_time_may_have_rung(line: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_module, "TIMEOUT", 0.2)
    line.twilio.faults.rest(RestFault(hang=1.0))
    assert error_of(line, phone=Phone(line.line.settings)) == (False, True)


def test_no_connection_has_not_rung(line: World) -> None:
    nobody = f"http://127.0.0.1:{servers.free_port()}"
    settings = replace(line.line.settings, twilio_api_base_url=nobody)
    assert error_of(line, phone=Phone(settings)) == (False, False)


def test_a_wrong_token_is_nobodys_numbers_fault(line: World) -> None:
    settings = replace(line.line.settings, twilio_auth_token="wrong")
    assert error_of(line, phone=Phone(settings)) == (False, False)


@pytest.fixture
def strange() -> Iterator[str]:
    """Something that answers, and is no Twilio."""
    app = Flask(__name__)

    @app.route("/<path:_>", methods=["GET", "POST"])
    def anything(_: str) -> tuple[str, int]:
        return "<html>A proxy's own page</html>", 201

    with servers.serve(app) as url:
        yield url


def test_an_answer_that_is_none_of_twilios_is_no_answer(line: World, strange: str) -> None:
    settings = replace(line.line.settings, twilio_api_base_url=strange)
    assert error_of(line, phone=Phone(settings)) == (False, True)


def test_a_call_is_found_by_number_and_time_and_no_other_legs(line: World) -> None:
    line.phone(DESK_1).rings_out()
    line.phone(DESK_2).rings_out()
    before = ring(line)
    line.twilio.run_until(line.now + timedelta(minutes=2))
    now = line.now
    mine, others = ring(line), ring(line, DESK_2)
    find = line.line.phone.find
    assert find(DESK_1, now - A_SECOND) == mine
    assert find(DESK_2, now - A_SECOND) == others
    assert find(DESK_1, now - A_SECOND, frozenset({mine})) is None
    assert find(DESK_1, now - timedelta(minutes=5), frozenset({mine})) == before
    assert find(DESK_1, now + A_SECOND) is None


def test_a_call_that_is_over_or_unknown_is_hung_up_without_complaint(line: World) -> None:
    line.phone(DESK_1).rings_out()
    sid = ring(line)
    line.twilio.run_until(line.now + 2 * A_SECOND)
    assert line.line.phone.status(sid) == "ringing"
    for _ in range(2):
        line.line.phone.hang_up(sid)
    assert line.line.phone.status(sid) == "canceled"
    line.line.phone.hang_up("CA" + "f" * 32)
    assert line.line.phone.status("CA" + "f" * 32) == "failed"


def test_a_text_is_found_by_its_words(line: World) -> None:
    sid = line.line.phone.text(DESK_1, "Bonjour", status_url=f"{NOWHERE}/sms")
    find = line.line.phone.find_text
    assert find(DESK_1, "Bonjour", line.now - A_SECOND) == sid
    assert find(DESK_1, "Bonsoir", line.now - A_SECOND) is None
    assert find(DESK_1, "Bonjour", line.now + A_SECOND) is None


def test_no_number_is_logged(line: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line.phone(DESK_1).rings_out()
    ring(line)
    line.line.phone.find(DESK_1, line.now)
    line.line.phone.text(DESK_1, "Bonjour", status_url=NOWHERE)
    error_of(line, "+15005550001")
    ours = [record for record in caplog.records if record.name != "werkzeug"]
    for record in ours:
        assert DESK_1[1:] not in record.getMessage()
        assert "5005550001" not in record.getMessage()
