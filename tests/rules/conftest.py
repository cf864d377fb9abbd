"""The centre's own policy, and moments written as they stand on the wall in Québec."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.policy import Policy

Local = Callable[[str], datetime]


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.read()


@pytest.fixture(scope="session")
def local() -> Local:
    """`local("2026-12-24 15:30")`: that time in America/Toronto."""

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Toronto"))

    return at
