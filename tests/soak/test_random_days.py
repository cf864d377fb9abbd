"""Days of random callers, agents and faults: whoever was identified is reached, and once.

Each seed is a run of its own: P1LINE_SEED=17 make test TEST_ARGS=tests/soak replays one. Judged
from the stand-in's ledger of who was connected with whom.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from ivr.models import Call, Incident
from tests import servers
from tests.soak.chance import (
    AGENTS,
    CLIENTS,
    a_moment,
    arm_faults,
    behave,
    everybody_is_willing,
    walk,
)
from tests.soak.seeds import seeds
from tests.world import World, world

CALLS = 6


@pytest.mark.parametrize("seed", seeds(sample=1, soak=300))
def test_whoever_was_identified_is_reached_and_once(
    seed: int, tmp_path: Path, valkey: servers.Valkey
) -> None:
    random = Random(seed)
    valkey.flush()
    with world(servers.sqlite(tmp_path), valkey.url, a_moment(random)) as line:
        line.phone("+14505550188").rings_out()  # the other number that callers key
        for _ in range(CALLS):
            arm_faults(line, random)
            for agent in AGENTS:
                behave(line.phone(agent), random)
            for caller in CLIENTS:
                behave(line.phone(caller), random)
            walk(line, random)
            line.passes(timedelta(minutes=random.choice((0, 1, 20, 200))))
            if random.random() < 0.2:
                valkey.flush()
        everybody_is_willing(line)
        line.passes(timedelta(days=6))
        judge(line)


def judge(line: World) -> None:
    with line.session() as session:
        calls = session.scalars(select(Call)).all()
        incidents = session.scalars(select(Incident)).all()
        owed = [incident for incident in incidents if incident.state != "refused"]
        assert {call.id for call in calls if call.client_id} <= {
            incident.call_id for incident in incidents
        }, "a call that identified its client has its incident"
        assert not [call.sid for call in calls if call.ended_at is None], "every call was settled"
        apart = [each for each in owed if each.linked_to_id is None]  # who joined is answered there
        missed = [i.reference for i in apart if i.callback_number and i.met_at is None]
        assert not missed, "every incident was taken in charge, and its client told"
    bridges = line.twilio.ledger.bridges()
    by_rest = Counter(
        line.twilio.legs[bridge.child].far_number
        for bridge in bridges
        if line.twilio.legs[bridge.parent].created_by == "REST"
    )
    for number, times in by_rest.items():
        wanted = sum(incident.callback_number == number for incident in owed)
        assert times <= wanted, f"{number} was called back {times} times for {wanted} incidents"
    line.phones.check_foreseen()
    refused = [entry for entry in line.twilio.ledger.complaints() if entry.code in (11200, 12100)]
    assert not refused, "every webhook was answered with TwiML"
