"""The operator's commands, run against a whole world."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import select

from commands import main
from ivr.models import Base
from settings import Settings
from tests.world import World


def environ(settings: Settings) -> dict[str, str]:
    """The variables that say the same as these settings."""
    return {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_API_BASE_URL": settings.twilio_api_base_url,
        "PUBLIC_URL": settings.public_url,
        "P1LINE_NUMBER": settings.line_number,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "SMTP_URL": settings.smtp_url or "",
        "MAIL_FROM": settings.mail_from,
        "POLICY_FILE": str(settings.policy_file),
        "FALLBACK_DIR": str(settings.fallback_dir),
        "FALLBACK_DUTY": ",".join(settings.fallback_duty),
        "P1LINE_NOW": settings.start.isoformat() if settings.start else "",
    }


def run(line: World, *words: str, **changed: str) -> Result:
    """`p1line` as in a terminal of this world; `changed` variables are another's."""
    return CliRunner().invoke(main, list(words), env=environ(line.line.settings) | changed)


def asked(line: World, *words: str, **changed: str) -> dict[str, Any]:
    """The JSON that the command prints, whatever its exit code."""
    result = run(line, *words, "--json", **changed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def contents(line: World) -> dict[str, list[str]]:
    """Every row of every table."""
    with line.session() as session:
        return {
            table.name: sorted(map(str, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u00a0", " ")
