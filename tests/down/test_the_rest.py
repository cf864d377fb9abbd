"""Worker, Redis, mail and Twilio's REST API die: the caller at night hears no difference.

What could not go out goes out later, after a look whether it is still wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr import incidents
from ivr.models import Agent, Incident
from jobs.sweep import sweep_once
from standin.faults import RestFault
from tests import servers
from tests.jobs.processes import process
from tests.scenarios.cast import critical_night_call
from tests.world import ON_CALL_1, ON_CALL_2, World, world

HOUR = timedelta(hours=1)


def puts_through(line: World) -> None:
    """From the first ring to the agent's voice, the second one's, with nothing else at work."""
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).accepts(talks=60)
    call = critical_night_call(line)
    call.hears("je joins l'agent suivant").hears_not("Un instant, s'il vous plaît")
    assert call.bridged_with == ON_CALL_2
    call.talks(30).hangs_up()
    assert line.incident().state == "taken"


def rest_is_dead(line: World) -> None:
    line.twilio.faults.rest(RestFault(status=503), times=10_000)


def mail_is_dead(line: World) -> None:
    line.mail.stop()


@pytest.mark.parametrize("dies", [rest_is_dead, mail_is_dead, lambda line: None],
                         ids=["REST", "mail", "worker and sweep"])  # fmt: skip
def test_the_agent_is_reached_without(line: World, dies: Callable[[World], None]) -> None:
    dies(line)
    puts_through(line)


def test_the_agent_is_reached_without_redis(database_url: str, start: datetime) -> None:
    with servers.valkey() as valkey, world(database_url, valkey.url, start) as line:
        valkey.kill()
        puts_through(line)


def test_a_worker_killed_in_the_midst_changes_nothing(line: World, tmp_path: Path) -> None:
    with process(line, "jobs.worker", tmp_path) as worker:
        worker.wait_until_it_beats()
        line.phone(ON_CALL_1).accepts(after=10)
        call = critical_night_call(line)
        worker.kill()
        assert call.talks(20).bridged_with == ON_CALL_1


def test_what_could_not_go_out_goes_out_later(line: World) -> None:
    """Nobody accepts and nothing can be sent: the promise's text goes out when Twilio is back."""
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    rest_is_dead(line)
    call = critical_night_call(line)
    call.hangs_up()
    for _ in range(5):
        sweep_once(line.line)
        line.phones.passes(seconds=15)
    assert not any(message.sid for message in line.messages("sms"))
    assert not line.phones.bridges()
    line.twilio.faults.clear()
    line.passes(timedelta(minutes=8))
    assert any(message.sid for message in line.messages("sms"))
    assert line.phone(ON_CALL_1).was_called > 1, "and the callback goes on"


def test_what_is_no_longer_wanted_stays_unsent(line: World) -> None:
    """The promise of a callback waits for Twilio; meanwhile an agent has spoken to the client."""
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    rest_is_dead(line)
    critical_night_call(line).hangs_up()
    sweep_once(line.line)
    with line.line.scene() as scene:
        incident = scene.session.scalars(select(Incident)).one()
        agent = scene.session.scalars(select(Agent).where(Agent.phone == ON_CALL_1)).one()
        incidents.take_in_charge(scene, incident, agent, how="click")
        incidents.client_told(scene, incident, how="spoken", agent=agent)
    line.twilio.faults.clear()
    line.passes(HOUR)
    recorded = [each for each in line.messages("sms") if each.purpose == "recorded"]
    assert recorded
    assert not any(each.sid for each in recorded)
    assert "message_dropped" in line.timeline()
