"""What a person reads when the demo is ready, or cannot start: in French, then in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commands import demo_data
from ivr.catalogue import LANGUAGES, Catalogue

WORDS = Catalogue(Path(__file__).parent / "words")
ZONE = ZoneInfo("America/Toronto")
SATURDAY = 5


def refusal(key: str, **facts: Any) -> str:
    """A sentence of `[refused]`, in both languages."""
    return "".join(f"{WORDS.text(language, f'refused.{key}', **facts)}\n" for language in LANGUAGES)


def ready(demo: Mapping[str, str]) -> str:
    """The addresses, the sign-in and the next command to try."""
    line = "─" * 72
    data = demo_data.read()
    admin = next(agent.email for agent in data.agents if agent.role == "admin")
    command = f"  .venv/bin/p1line call --from +15145550102 --at {_saturday_night(demo)}"
    parts = [
        line,
        *(_ready_in(language, demo, data.sign_in, admin, command) for language in LANGUAGES),
        line,
    ]
    return "\n" + "\n".join(parts) + "\n\n"


def _ready_in(language: str, demo: Mapping[str, str], email: str, admin: str, command: str) -> str:
    facts: dict[str, dict[str, str]] = {
        "title": {},
        "list": {"url": demo["PUBLIC_URL"]},
        "sign_in": {"email": email, "password": demo["P1LINE_DEMO_PASSWORD"]},
        "admin": {"email": admin},
        "phone": {"url": demo["PUBLIC_URL"]},
        "standin": {"url": demo["TWILIO_API_BASE_URL"]},
        "mail": {"url": f"http://127.0.0.1:{demo['MAIL_PORT']}"},
        "next": {},
    }
    lines = [WORDS.text(language, f"ready.{key}", **each) for key, each in facts.items()]
    return "\n".join([*lines, command, WORDS.text(language, "ready.stop"), ""])


def _saturday_night(demo: Mapping[str, str]) -> str:
    """The first Saturday at 2 AM, in Québec, after the start of the demo's clock."""
    start = datetime.fromisoformat(demo["P1LINE_NOW"]).astimezone(ZONE)
    day = start.date() + timedelta(days=(SATURDAY - start.weekday()) % 7)
    if datetime.combine(day, time(2), ZONE) <= start:
        day += timedelta(days=7)
    return f"{day.isoformat()}T02:00"
