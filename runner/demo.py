"""The demo's environment: everything on the loopback, secrets drawn once for each install.

The shell's own DATABASE_URL, REDIS_URL, Twilio account... never reach the demo, which would fill
them with its fictitious clients; only the ports, the clock's start and the tuning of the web
server come from outside.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from commands.environment import read

PORTS = {
    "PORT": 8000,
    "STANDIN_PORT": 8010,
    "VALKEY_PORT": 8011,
    "SMTP_PORT": 8025,
    "MAIL_PORT": 8026,
}
LINE = "+18005550100"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read or keyed as another


class DemoError(Exception):
    """A port is no number from 1 to 65535; `name` is the variable that says so."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def environment(folder: Path, outside: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The demo's variables, written to `demo.env` in `folder` for the other terminals.

    Raises `DemoError` where a port in `outside` is no port.
    """
    ports = {name: _port(outside, name) for name in PORTS}
    values = {
        **ports,
        "PUBLIC_URL": f"http://127.0.0.1:{ports['PORT']}",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{ports['STANDIN_PORT']}",
        "REDIS_URL": f"redis://127.0.0.1:{ports['VALKEY_PORT']}/0",
        "SMTP_URL": f"smtp://127.0.0.1:{ports['SMTP_PORT']}",
        "MAIL_FROM": "p1line@example.org",
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "FALLBACK_DIR": str(folder / "fallback"),
        "VALKEY_FOLDER": str(folder / "valkey"),
        "MAIL_FOLDER": str(folder / "mail"),
        "STANDIN_LEDGER": str(folder / "ledger.jsonl"),
        "P1LINE_NUMBER": LINE,
        "P1LINE_NOW": outside.get("P1LINE_NOW") or now.isoformat(timespec="seconds"),
        "P1LINE_VAR": str(folder),
        **_secrets(read(folder / "demo.env")),
    }
    _write(folder / "demo.env", values)
    return values


def for_children(outside: Mapping[str, str], demo: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of the demo's processes; NAME_FILE would win over NAME, so it goes."""
    kept = {name: value for name, value in outside.items() if name not in _FORGOTTEN}
    path = os.pathsep.join([str(Path(sys.executable).parent), outside.get("PATH", os.defpath)])
    return {**kept, **demo, "PATH": path, "PYTHONUNBUFFERED": "1"}


_SECRETS: dict[str, Callable[[], str]] = {
    "TWILIO_ACCOUNT_SID": lambda: "AC" + secrets.token_hex(16),
    "TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
    "SECRET_KEY": lambda: secrets.token_hex(32),
    "P1LINE_DEMO_PASSWORD": lambda: "-".join(_word(4) for _ in range(3)),
}
_SETTINGS = (
    *("TWILIO_AUTH_TOKEN_NEXT", "POLICY_FILE", "DATABASE_URL", "REDIS_URL", "SMTP_URL"),
    *("FALLBACK_DIR", "FALLBACK_DUTY"),
    *("MAIL_FROM", "PUBLIC_URL", "P1LINE_NUMBER", "P1LINE_NOW", "TWILIO_API_BASE_URL"),
    *PORTS,
    *_SECRETS,
)
_FORGOTTEN = {*_SETTINGS, *(f"{name}_FILE" for name in _SETTINGS)} - {"POLICY_FILE"}


def _port(outside: Mapping[str, str], name: str) -> str:
    value = outside.get(name) or str(PORTS[name])
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise DemoError(name)
    return value


def _secrets(kept: Mapping[str, str]) -> dict[str, str]:
    return {name: kept.get(name) or draw() for name, draw in _SECRETS.items()}


def _word(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Readable by its owner alone, and whole at every moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    fresh.replace(path)
