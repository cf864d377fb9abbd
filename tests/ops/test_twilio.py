"""`p1line twilio configure`, against the REST API of the stand-in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from click.testing import CliRunner, Result

from commands import main
from standin import StandIn
from standin.numbers import OwnNumber

PUBLIC_URL = "http://127.0.0.1:8000"


@pytest.fixture
def number(demo: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnNumber]:
    """The line's number at a Twilio that does not know yet where the line answers."""
    twilio = StandIn(
        account_sid=demo["TWILIO_ACCOUNT_SID"],
        auth_token=demo["TWILIO_AUTH_TOKEN"],
        number=demo["P1LINE_NUMBER"],
        voice_url="https://old.example.org/voice",
        start=datetime(2026, 11, 24, tzinfo=UTC),
    )
    twilio.serve()
    monkeypatch.setenv("TWILIO_API_BASE_URL", twilio.url)
    yield twilio.number
    twilio.close()


def configure(*words: str) -> Result:
    return CliRunner().invoke(main, ["twilio", "configure", *words])


def test_the_number_is_told_where_the_line_answers(number: OwnNumber) -> None:
    done = configure()
    assert done.exit_code == 0, done.output
    assert (
        "voice_url\u00a0: https://old.example.org/voice → http://127.0.0.1:8000/voice"
        in done.output
    )
    assert done.output.endswith("Le numéro est réglé.\n")
    assert (number.voice_url, number.voice_method) == (f"{PUBLIC_URL}/voice", "POST")
    assert number.voice_fallback_url == f"{PUBLIC_URL}/voice/fallback"
    assert number.status_callback == f"{PUBLIC_URL}/voice/status"
    assert number.sms_url == f"{PUBLIC_URL}/sms"


def test_a_dry_run_shows_all_and_changes_nothing(number: OwnNumber) -> None:
    before = vars(number).copy()
    shown = configure("--dry-run", "--language", "en")
    assert shown.exit_code == 0
    assert "voice_url: https://old.example.org/voice → http://127.0.0.1:8000/voice" in shown.output
    assert shown.output.endswith("Nothing was changed (--dry-run).\n")
    assert vars(number) == before


def test_a_second_time_there_is_nothing_to_change(number: OwnNumber) -> None:
    assert json.loads(configure("--json").output)["changed"] is True
    again = json.loads(configure("--json").output)
    assert again["changed"] is False
    assert all(each["before"] == each["after"] for each in again["settings"])
    assert configure().output.endswith("rien n'a changé.\n")


def test_a_static_fallback_is_asked_for_with_get(number: OwnNumber) -> None:
    configure("--fallback-url", "https://static.example.org/menu.xml")
    assert number.voice_fallback_url == "https://static.example.org/menu.xml"
    assert number.voice_fallback_method == "GET"


@pytest.mark.usefixtures("number")
def test_a_number_of_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P1LINE_NUMBER", "+18005550199")
    refused = configure()
    assert refused.exit_code == 1
    assert "+18005550199 (P1LINE_NUMBER) n'est pas dans ce compte" in refused.stderr


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID"])
def test_credentials_that_twilio_does_not_know(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "AC" + "f" * 32)
    refused = configure()
    assert refused.exit_code == 1
    assert "ne reconnaît pas TWILIO_ACCOUNT_SID et TWILIO_AUTH_TOKEN" in refused.stderr


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "Rien ne répond à http://127.0.0.1:"), (429, "Refusé par Twilio (erreur 20429)")],
)
def test_twilio_in_trouble(status: int, reason: str) -> None:
    faults = f"{os.environ['TWILIO_API_BASE_URL']}/standin/faults"
    requests.post(faults, json={"status": status}, timeout=5).raise_for_status()
    refused = configure()
    assert refused.exit_code == 1
    assert reason in refused.stderr


@pytest.mark.usefixtures("demo")
def test_nobody_answers() -> None:
    refused = configure()
    assert refused.exit_code == 1
    assert "Rien ne répond à http://127.0.0.1:" in refused.stderr
