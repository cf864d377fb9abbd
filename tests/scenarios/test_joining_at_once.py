"""A call joins an open P1 in the very moment in which an agent takes that in charge."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from ivr import incidents, linking
from ivr.models import Agent, Incident
from tests import servers
from tests.scenarios.test_joining import nobody_answered, second_call
from tests.world import World

A_WHILE = 0.3  # seconds: more than a transaction that nothing holds up needs


@pytest.fixture
def database_url() -> Iterator[str]:
    """PostgreSQL: on SQLite there is one writer at a time anyway."""
    with servers.postgres() as url:
        yield url


def test_whoever_takes_it_takes_what_joins_it_at_the_same_time(line: World) -> None:
    nobody_answered(line)
    second_call(line).hangs_up()
    taker = threading.Thread(target=take_first, args=(line,))
    with line.line.scene() as scene:
        first, second = scene.session.scalars(select(Incident).order_by(Incident.id))
        linking.join(scene, second, first)
        taker.start()
        taker.join(A_WHILE)
        assert taker.is_alive(), "it waits for the link"
    taker.join(10)
    with line.session() as session:
        first, second = session.scalars(select(Incident).order_by(Incident.id))
        assert first.holder_id is not None
        assert second.holder_id == first.holder_id


def test_whoever_has_taken_it_a_moment_before_is_seen(line: World) -> None:
    nobody_answered(line)
    second_call(line).hangs_up()
    with line.line.scene() as scene:
        first, second = scene.session.scalars(select(Incident).order_by(Incident.id))
        assert first.holder is None
        take_first(line)  # another transaction, between our look and our link
        linking.join(scene, second, first)
        assert first.holder_id is not None
        assert second.holder_id == first.holder_id


def take_first(line: World) -> None:
    with line.line.scene() as scene:
        incident = scene.session.scalars(select(Incident).order_by(Incident.id).limit(1)).one()
        agent = scene.session.scalars(select(Agent).order_by(Agent.id).limit(1)).one()
        incidents.take_in_charge(scene, incident, agent, how="click")
