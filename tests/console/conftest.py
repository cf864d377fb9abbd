"""The console on a real database, at a moment that the test chooses; Redis is away."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from flask import Blueprint, Flask
from jinja2 import FileSystemBytecodeCache

import console
from console import setup
from line import Line
from settings import Settings
from tests import servers
from tests.console.cast import Browser, Cast, StandingClock


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLite, or PostgreSQL where a test asks for it by `indirect`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield servers.sqlite_anew()
        return
    with servers.postgres() as url:
        yield url


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def api_url() -> str:
    """Where Twilio's API is; nobody listens there unless a test says who."""
    return "http://127.0.0.1:9"


@pytest.fixture
def public_url() -> str:
    return "http://localhost"


@pytest.fixture
def line(database_url: str, clock: StandingClock, api_url: str, public_url: str) -> Iterator[Line]:
    settings = Settings(
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="token",
        twilio_api_base_url=api_url,
        public_url=public_url,
        line_number="+18005550100",
        database_url=database_url,
        redis_url="redis://127.0.0.1:9/0",
        secret_key="secret " * 8,
    )
    engine = servers.engine_of(database_url)
    made = dataclasses.replace(Line.build(settings, engine), clock=clock)
    yield made
    made.sessions.kw["bind"].dispose()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates, compiled once for all tests: each has an application of its own."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


_apps: dict[tuple[Blueprint, ...], Flask] = {}


def app_of(line: Line, compiled: FileSystemBytecodeCache, *blueprints: Blueprint) -> Flask:
    """This process's web of the blueprints, on another line: its routes are slow to make.

    Whoever registers more on it makes one of its own.
    """
    if (made := _apps.get(blueprints)) is None:
        made = Flask("p1line")
        made.jinja_options = {"bytecode_cache": compiled}
        made.extensions["line"] = line
        for blueprint in blueprints:
            made.register_blueprint(blueprint)
        _apps[blueprints] = made
    made.extensions["line"] = line
    made.config.update(setup.settings_of(line))
    return made


@pytest.fixture
def app(line: Line, compiled: FileSystemBytecodeCache) -> Flask:
    return app_of(line, compiled, console.blueprint)


@pytest.fixture
def cast(line: Line) -> Cast:
    return Cast(line)


@pytest.fixture
def visitor(app: Flask, cast: Cast) -> Browser:
    """Somebody who has not signed in."""
    return Browser(app)


@pytest.fixture
def browser_of(app: Flask, cast: Cast) -> Callable[[str], Browser]:
    """The browser of an agent who has signed in and looks at the list."""

    def signed_in(name: str) -> Browser:
        browser = Browser(app)
        assert browser.sign_in(f"{name}@example.org").status_code == 303
        browser.get("/incidents")
        return browser

    return signed_in


@pytest.fixture
def alice(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("alice")
