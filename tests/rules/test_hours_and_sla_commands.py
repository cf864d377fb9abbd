"""`p1line hours` and `p1line sla`, as a person and as a machine use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands import main
from ivr.policy import DEFAULT


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def asked(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_sla_as_the_issue_asks_it() -> None:
    answer = asked("sla", "--priority", "P2", "--opened", "2026-12-24T15:30-05:00")
    assert answer["priority"] == "P2"
    assert answer["due"] == "2026-12-28T09:00:00-05:00"
    assert answer["due_utc"] == "2026-12-28T14:00:00+00:00"
    assert answer["call_from"] == "2026-12-24T15:30:00-05:00"
    assert answer["why"][0]["key"] == "sla.business"
    assert all(step["text"] for step in answer["why"])


def test_sla_with_the_extended_service() -> None:
    arguments = ("sla", "--priority", "P1", "--opened", "2026-11-24T16:10", "--extended")
    answer = asked(*arguments)
    assert answer["due"] == "2026-11-24T17:10:00-05:00"
    assert answer["extended"] is True


def test_sla_with_a_contracts_window() -> None:
    window = '{"every_day": ["16:30-22:00"]}'
    answer = asked("sla", "--priority", "P1", "--opened", "2026-11-28T23:00", "--window", window)
    assert answer["due"] == "2026-11-29T17:30:00-05:00"


def test_sla_in_words() -> None:
    result = run("sla", "--priority", "p2", "--opened", "2026-12-24T15:30")
    lines = result.stdout.replace("\u00a0", " ").splitlines()
    assert lines[0] == "P2 : à prendre en charge en 2 heures au plus, en heures ouvrables (§4)."
    assert lines[-1] == "Échéance : le lundi 28 décembre à 9 h."
    english = run("sla", "--priority", "P2", "--opened", "2026-12-24T15:30", "--language", "en")
    assert "Christmas Day" in english.stdout


@pytest.mark.parametrize(
    ("at", "is_open", "until", "key"),
    [
        ("2026-11-24T08:00", True, "2026-11-24T16:30:00-05:00", "hours.open"),
        ("2026-11-24T16:30", False, "2026-11-25T08:00:00-05:00", "hours.closed_after_hours"),
        ("2026-12-25T15:00Z", False, "2026-12-28T08:00:00-05:00", "hours.closed_holiday"),
    ],
)
def test_open(at: str, is_open: bool, until: str, key: str) -> None:
    answer = asked("hours", "open", "--at", at)
    assert (answer["open"], answer["until"], answer["why"]["key"]) == (is_open, until, key)


def test_next() -> None:
    assert asked("hours", "next", "--at", "2026-12-25T10:00") == {
        "next": "2026-12-28T08:00:00-05:00"
    }


@pytest.mark.parametrize(
    ("duration", "reached"),
    [
        ("2h30", "2026-12-28T09:30:00-05:00"),
        ("1 h", "2026-12-24T16:30:00-05:00"),
        ("0 s", "2026-12-24T15:30:00-05:00"),
        ("-1h", "2026-12-24T14:30:00-05:00"),
    ],
)
def test_add(duration: str, reached: str) -> None:
    answer = asked("hours", "add", "--at", "2026-12-24T15:30", "--duration", duration)
    assert answer == {"at": reached}


def test_between() -> None:
    week = ("--from", "2026-11-23", "--to", "2026-11-30")
    assert asked("hours", "between", *week) == {"seconds": 153_000, "hours": 42.5}
    back = ("--from", "2026-11-24T12:00", "--to", "2026-11-24T11:00")
    assert asked("hours", "between", *back) == {"seconds": -3600, "hours": -1.0}
    assert run("hours", "between", *back).stdout == "-1 heure\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("next", "--at", "2026-12-25T10:00"), "lundi 28 décembre à 8 h"),
        (("open", "--at", "2026-11-24T09:00"), "Ouvert jusqu'au mardi 24 novembre à 16 h 30."),
        (
            ("add", "--at", "2026-11-24T09:00", "--duration", "1h"),
            "mardi 24 novembre à 10 h",
        ),
    ],
)
def test_words(arguments: tuple[str, ...], sentence: str) -> None:
    result = run("hours", *arguments)
    assert result.stdout.replace("\u00a0", " ") == sentence + "\n"


def test_any_other_hours(tmp_path: Path) -> None:
    path = tmp_path / "hours.toml"
    path.write_text(
        '[hours]\nzone = "Europe/Paris"\nweekdays = ["8:00-12:00", "13:00-17:00"]\n'
        '[holidays]\ncalendar = "none"\n',
        encoding="utf-8",
    )
    lunch = asked("hours", "open", "--at", "2026-11-24T12:00", "--policy", str(path))
    assert (lunch["open"], lunch["until"]) == (False, "2026-11-24T13:00:00+01:00")
    assert lunch["why"]["key"] == "hours.closed_break"


def test_refusals_exit_1_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = DEFAULT.read_text(encoding="utf-8")
    path.write_text(text.replace('["8:00-16:30"]', '["16:30-8:00"]'), encoding="utf-8")
    for arguments, sentence in [
        (("hours", "next", "--at", "2026-11-24", "--policy", str(path)), "ends before it starts"),
        (("hours", "open", "--at", "2027-03-14T02:30"), "n'existe pas"),
        (("hours", "open", "--at", "0001-01-01"), "outside the years"),
        (("hours", "add", "--at", "2026-11-24", "--duration", "900000h"), "2099"),
        (
            ("sla", "--priority", "P1", "--opened", "2026-11-24", "--window", '{"x": []}'),
            "x is no day",
        ),
    ]:
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, ""), arguments
        assert sentence in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("hours", "open"),
        ("hours", "open", "--at", "noon"),
        ("hours", "open", "--at", "2026-11-24", "--policy", "/no/such/file.toml"),
        ("hours", "add", "--at", "2026-11-24", "--duration", "30"),
        ("hours", "shut", "--at", "2026-11-24"),
        ("sla", "--priority", "P5", "--opened", "2026-11-24"),
        ("sla", "--priority", "P1"),
        ("sla", "--priority", "P1", "--opened", "2026-11-24", "--window", "{"),
        ("sla", "--priority", "P1", "--opened", "2026-11-24", "--window", "[]"),
    ],
)
def test_usage_exits_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("command", ["hours", "sla", "hours open", "hours between"])
def test_help(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_as_a_process() -> None:
    arguments = ["-c", "from commands import main; main()", "sla", "--priority", "P1"]
    opened = ["--opened", "2026-11-28T02:00", "--extended", "--json"]
    result = subprocess.run(
        [sys.executable, *arguments, *opened], capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout)["due"] == "2026-11-28T03:00:00-05:00"
