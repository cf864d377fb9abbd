"""What all tests share: one Valkey a session, a fresh database a test, and the world of both."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from datetime import datetime

import pytest

from tests import servers
from tests.world import SATURDAY_NIGHT, World, world


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as cores: tests wait half of their time, for a process, a browser, a second."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything is installed: a test that skips there has failed."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped in CI: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the collector looks through it no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def valkey() -> Iterator[servers.Valkey]:
    with servers.valkey() as server:
        yield server


@pytest.fixture
def database_url() -> str:
    return servers.sqlite_anew()


@pytest.fixture
def start() -> datetime:
    """The moment at which the world's clock stands; a module or test overrides it."""
    return SATURDAY_NIGHT


@pytest.fixture
def line(database_url: str, valkey: servers.Valkey, start: datetime) -> Iterator[World]:
    """The product, as it is at `start`."""
    valkey.flush()
    engine = servers.engine_of(database_url)
    with world(database_url, valkey.url, start, engine=engine) as made:
        yield made
