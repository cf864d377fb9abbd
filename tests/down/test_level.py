"""A whole level is rung at once, the caller waits in a queue, and the database dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivr import policy
from jobs.publish import publish
from tests import servers
from tests.down.proxy import Proxy
from tests.scenarios.test_agent_level import accept_key, goes_on, waiting_call
from tests.world import ON_CALL_1, ON_CALL_2, World, world


@pytest.fixture
def line(
    database: Proxy, valkey: servers.Valkey, start: datetime, tmp_path: Path
) -> Iterator[World]:
    valkey.flush()
    file = tmp_path / "policy.toml"
    text = policy.DEFAULT.read_text(encoding="utf-8")
    file.write_text(text.replace('mode = "order"', 'mode = "all"'), encoding="utf-8")
    with world(database.url, valkey.url, start, policy_file=file) as made:
        publish(made.line)
        yield made
        database.is_back()
        made.line.sessions.kw["bind"].dispose()


def test_the_accept_key_gets_the_caller_out_of_the_queue(line: World, database: Proxy) -> None:
    line.phone(ON_CALL_1).is_held()
    line.phone(ON_CALL_2).rings_out()
    call = waiting_call(line)
    goes_on(line, 3)
    agent = line.phone(ON_CALL_1).picks_up()
    key = accept_key(agent)
    database.is_gone()
    agent.presses(key, wait=False)
    line.phones.passes(seconds=10)
    assert call.bridged_with == ON_CALL_1
    call.talks(20).hangs_up()
    database.is_back()
    line.passes(timedelta(minutes=10))
    incident = line.incident()
    assert (incident.state, incident.callback_at) == ("taken", None)
    assert len(line.calls()) == 1, "the agent's own call is no caller's"
    assert len(line.phones.bridges()) == 1


def test_nobody_presses_and_the_caller_goes_over_to_the_last_rota_known(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).rings_out().then.accepts()
    line.phone(ON_CALL_2).rings_out().then.rings_out()
    call = waiting_call(line)
    goes_on(line, 3)
    database.is_gone()
    line.phones.passes(seconds=120)
    assert call.bridged_with == ON_CALL_1
    call.hangs_up()
    database.is_back()
    line.work()
    assert line.incident().state == "taken"
