"""A stand-in in virtual time beside a small application, without a network between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from standin import StandIn
from standin.transport import Wsgi
from tests.phones import Phones
from tests.standin.application import BASE, TOKEN, Application

START = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
LINE = "+18005550100"
ACCOUNT = "AC" + "1" * 32


@pytest.fixture
def app() -> Application:
    return Application()


@pytest.fixture
def standin(app: Application) -> Iterator[StandIn]:
    made = StandIn(
        ACCOUNT,
        TOKEN,
        LINE,
        f"{BASE}/voice",
        START,
        status_callback=f"{BASE}/ended",
        transport=Wsgi(app.wsgi),
    )
    app.says["/ended"] = ""
    yield made
    made.close()


@pytest.fixture
def line(standin: StandIn) -> Phones:
    return Phones(standin)
