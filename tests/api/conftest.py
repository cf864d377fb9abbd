"""The API on a real database, with the cast of the console's tests and tokens of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask

import api
import console
from ivr import tokens
from ivr.models import Agent
from line import Line
from tests.api.asker import Asker
from tests.console.cast import Cast
from tests.console.conftest import (
    api_url,
    app_of,
    browser_of,
    cast,
    clock,
    compiled,
    database_url,
    line,
    public_url,
    visitor,
)

__all__ = [
    "api_url", "browser_of", "cast", "clock", "compiled", "database_url", "line", "public_url",
    "visitor",
]  # fmt: skip

_numbers = count(1)
Make = Callable[..., Asker]


@pytest.fixture
def app(line: Line, compiled: Any) -> Flask:
    """The console and the API, as app.py joins them."""
    made = app_of(line, compiled, console.blueprint, api.blueprint)
    console.csrf.exempt(api.blueprint)
    return made


@pytest.fixture
def token(line: Line, cast: Cast) -> Callable[..., str]:
    """Makes a token as an administrator does, and tells its text."""

    def make(
        *rights: str,
        agent: Agent | None = None,
        may_change: bool = True,
        per_minute: int = 1200,
        days: int | None = None,
    ) -> str:
        with line.scene() as scene:
            wanted = tokens.Wanted(
                form=f"form {next(_numbers)}",
                name="Tableau de bord",
                rights=rights or tokens.SCOPES,
                may_change=may_change,
                agent=scene.session.get_one(Agent, agent.id) if agent else None,
                per_minute=per_minute,
                days=days,
            )
            by = scene.session.get_one(Agent, cast.alice.id)
            return tokens.make(scene, by, wanted)[1]

    return make


@pytest.fixture
def ask(app: Flask, token: Callable[..., str]) -> Make:
    """Who asks with a token of its own: `ask("rota", agent=cast.bob)`."""

    def make(*rights: str, **facts: Any) -> Asker:
        return Asker(app, token(*rights, **facts))

    return make


@pytest.fixture
def bob(ask: Make, cast: Cast) -> Asker:
    """Acts as Bob, a manager, and may everything."""
    cast.change(cast.bob, role="manager")
    return ask(agent=cast.bob)
