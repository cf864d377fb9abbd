"""The demo's environment: fictitious, on the loopback, and found by commands in other terminals."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from commands import demo_data, environment
from runner import demo
from runner.alone import Refused, check_ports, holding
from runner.phones import tell
from runner.welcome import ready
from settings import Settings
from standin import StandIn
from standin.devices import BEHAVIOURS
from tests.servers import free_port

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PRODUCTION = {
    "DATABASE_URL": "postgresql://real/clinics",
    "DATABASE_URL_FILE": "/run/secrets/database",
    "TWILIO_API_BASE_URL": "https://api.twilio.com",
    "SMTP_URL_FILE": "/run/secrets/smtp",
    "PUBLIC_URL": "https://line.example.org",
}


def test_it_makes_settings_that_are_local(tmp_path: Path) -> None:
    settings = Settings.from_environ(demo.environment(tmp_path, {}, NOW))
    assert settings.local
    assert settings.start == NOW
    assert settings.public_url == "http://127.0.0.1:8000"


def test_production_in_the_shell_never_reaches_it(tmp_path: Path) -> None:
    values = demo.environment(tmp_path, PRODUCTION, NOW)
    children = demo.for_children({**PRODUCTION, "HOME": "/home/me"}, values)
    settings = Settings.from_environ(children)
    assert settings.database_url == f"sqlite:///{tmp_path / 'demo.db'}"
    assert (settings.local, settings.public_url) == (True, "http://127.0.0.1:8000")
    assert children["HOME"] == "/home/me"


def test_secrets_are_drawn_once_for_each_install(tmp_path: Path) -> None:
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "SECRET_KEY", "P1LINE_DEMO_PASSWORD")
    first, again = (demo.environment(tmp_path / "one", {}, NOW) for _ in range(2))
    other = demo.environment(tmp_path / "other", {}, NOW)
    assert [first[name] for name in names] == [again[name] for name in names]
    assert not {first[name] for name in names} & {other[name] for name in names}


def test_its_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    demo.environment(tmp_path, {}, NOW)
    assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600


def test_ports_come_from_outside(tmp_path: Path) -> None:
    values = demo.environment(tmp_path, {"PORT": "9000", "VALKEY_PORT": "9011"}, NOW)
    assert values["PUBLIC_URL"] == "http://127.0.0.1:9000"
    assert values["REDIS_URL"] == "redis://127.0.0.1:9011/0"
    assert values["SMTP_URL"] == "smtp://127.0.0.1:8025"


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1", "8000.0"])
def test_what_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(demo.DemoError, match="STANDIN_PORT"):
        demo.environment(tmp_path, {"STANDIN_PORT": port}, NOW)


def test_commands_in_another_terminal_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = demo.environment(tmp_path, {}, NOW)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("P1LINE_VAR", str(tmp_path))
    assert environment.settings() == Settings.from_environ(values)


def test_commands_keep_to_their_own_environment_where_it_names_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.environment(tmp_path, {}, NOW)
    monkeypatch.setenv("P1LINE_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    assert environment.load() is os.environ


def test_without_any_environment_a_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P1LINE_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    with pytest.raises(click.ClickException, match="TWILIO_ACCOUNT_SID is missing"):
        environment.settings()


@pytest.mark.parametrize(
    ("start", "night"),
    [
        ("2026-11-24T10:00:00-05:00", "2026-11-28T02:00"),
        ("2026-11-28T01:59:59-05:00", "2026-11-28T02:00"),
        ("2026-11-28T02:00:00-05:00", "2026-12-05T02:00"),
        ("2026-11-28T04:30:00+00:00", "2026-11-28T02:00"),  # Friday 23:30 in Québec
    ],
)
def test_the_welcome_names_a_night_to_come(tmp_path: Path, start: str, night: str) -> None:
    text = ready(demo.environment(tmp_path, {"P1LINE_NOW": start}, NOW))
    assert f"p1line call --from +15145550102 --at {night}\n" in text


def test_the_welcome_gives_addresses_and_the_sign_in_french_first(tmp_path: Path) -> None:
    values = demo.environment(tmp_path, {"PORT": "9000", "MAIL_PORT": "9026"}, NOW)
    text = ready(values)
    pages = ("incidents", "phone")
    for each in (*(f"http://127.0.0.1:9000/{page}" for page in pages), "http://127.0.0.1:9026/"):
        assert text.count(each) == 2
    assert f"bureau1@example.org, mot de passe {values['P1LINE_DEMO_PASSWORD']}" in text
    assert text.index("La ligne est prête") < text.index("The line is ready")


def test_a_port_that_is_taken_is_named() -> None:
    ports = {name: str(free_port()) for name in demo.PORTS}
    check_ports(ports)
    ports["MAIL_PORT"] = ports["PORT"]
    with pytest.raises(Refused, match=f"Le port {ports['PORT']} est déjà pris.*MAIL_PORT="):
        check_ports(ports)


def test_a_folder_is_held_by_one_runner(tmp_path: Path) -> None:
    already = pytest.raises(Refused, match=rf"déjà ici \(processus {os.getpid()}\)")
    with holding(tmp_path), already, holding(tmp_path):
        pass
    with holding(tmp_path):
        pass


def test_the_phones_of_the_demo_do_what_its_file_says(tmp_path: Path) -> None:
    values = demo.environment(tmp_path, {}, NOW)
    twilio = StandIn(
        account_sid=values["TWILIO_ACCOUNT_SID"],
        auth_token=values["TWILIO_AUTH_TOKEN"],
        number=values["P1LINE_NUMBER"],
        voice_url="http://127.0.0.1:9/voice",
        start=NOW,
    )
    phones = demo_data.read().phones
    tell(twilio.serve(), phones)
    found = {number: phone.behaviours for number, phone in twilio.devices.phones.items()}
    twilio.close()
    assert found == {number: [BEHAVIOURS[does]] for number, does in phones.items()}
    assert "+14385550115" not in phones
