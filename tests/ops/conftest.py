"""What the operator's commands run with in these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import free_port


@pytest.fixture
def demo_environ(tmp_path: Path) -> dict[str, str]:
    """The variables of a demo whose database is empty, and whose stand-in does not run."""
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'demo.db'}",
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "1" * 32,
        "SECRET_KEY": "2" * 64,
        "P1LINE_NUMBER": "+18005550100",
        "P1LINE_DEMO_PASSWORD": "un mot de passe de démonstration",
    }


@pytest.fixture
def demo(demo_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same, as the environment of this process."""
    for name, value in demo_environ.items():
        monkeypatch.setenv(name, value)
    return demo_environ
