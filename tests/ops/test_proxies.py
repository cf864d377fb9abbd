"""Whose address counts, behind proxies of the operator's: wrong passwords are counted by it."""

from __future__ import annotations

import dataclasses

import pytest
from flask import request

from app import create_app
from settings import Settings, SettingsError
from tests.jobs.processes import environ
from tests.world import World

SAID = "192.0.2.66, 203.0.113.9, 198.51.100.7"
"""The first is the visitor's own word; each proxy has added whom it saw."""


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_only_what_a_trusted_proxy_has_added_is_believed(
    line: World, proxies: int, seen: str
) -> None:
    settings = dataclasses.replace(line.line.settings, trusted_proxies=proxies)
    app = create_app(dataclasses.replace(line.line, settings=settings))
    addresses: list[str | None] = []
    app.before_request(lambda: addresses.append(request.remote_addr))
    answer = app.test_client().get("/sign-in", headers={"X-Forwarded-For": SAID})
    assert (answer.status_code, addresses) == (200, [seen])


@pytest.mark.parametrize("wrong", ["-1", "10", "one", "1.5"])
def test_what_is_no_count_is_refused_at_the_start(line: World, wrong: str) -> None:
    given = environ(line)
    assert Settings.from_environ({**given, "TRUSTED_PROXIES": "2"}).trusted_proxies == 2
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES must be a number from 0 to 9"):
        Settings.from_environ({**given, "TRUSTED_PROXIES": wrong})
