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
NOT_BELIEVED = {"Host": "evil.example", "Proto": "https", "Port": "1", "Prefix": "/evil"}
"""The site's own address is PUBLIC_URL's, and what Twilio signs."""


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_only_what_a_trusted_proxy_has_added_is_believed(
    line: World, proxies: int, seen: str
) -> None:
    settings = dataclasses.replace(line.line.settings, trusted_proxies=proxies)
    app = create_app(dataclasses.replace(line.line, settings=settings))
    told: list[tuple[str | None, str]] = []
    app.before_request(lambda: told.append((request.remote_addr, request.url)))
    headers = {f"X-Forwarded-{name}": value for name, value in NOT_BELIEVED.items()}
    answer = app.test_client().get("/sign-in", headers={"X-Forwarded-For": SAID, **headers})
    assert (answer.status_code, told) == (200, [(seen, "http://localhost/sign-in")])


@pytest.mark.parametrize("wrong", ["-1", "10", "one", "1.5"])
def test_what_is_no_count_is_refused_at_the_start(line: World, wrong: str) -> None:
    given = environ(line)
    assert Settings.from_environ({**given, "TRUSTED_PROXIES": "2"}).trusted_proxies == 2
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES must be a number from 0 to 9"):
        Settings.from_environ({**given, "TRUSTED_PROXIES": wrong})
