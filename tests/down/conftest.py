"""A world whose database can be cut off, frozen or given back at any moment of a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from jobs.publish import publish
from tests import servers
from tests.down.proxy import Proxy
from tests.world import World, world


@pytest.fixture
def database() -> Iterator[Proxy]:
    """PostgreSQL, and what stands between it and us."""
    with servers.postgres() as url, Proxy.before(url) as proxy:
        yield proxy


@pytest.fixture
def fragile(database: Proxy, valkey: servers.Valkey, start: datetime) -> Iterator[World]:
    """The product on that database, its last rota published, as the sweep leaves it."""
    valkey.flush()
    with world(database.url, valkey.url, start) as made:
        publish(made.line)
        yield made
        database.is_back()
        made.line.sessions.kw["bind"].dispose()
