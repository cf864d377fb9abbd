"""Nights of critical calls with random faults at every step: none is dropped, none forgotten.

`make soak` makes 2,000 calls of it, `make test` a sample. A seed is a night of calls, and replays:
P1LINE_SEED=17 make test TEST_ARGS=tests/soak/test_random_nights.py
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from ivr.models import Call, Incident, Leg
from ivr.policy import Policy
from tests import servers
from tests.soak.chance import AGENTS, CLIENTS, UNWILLING, arm_faults, behave, one_answer
from tests.soak.flaky import Flaky
from tests.soak.seeds import seeds
from tests.world import (
    BILLING_USER,
    CLINIC_LINE,
    ENGLISH_USER,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    TORONTO,
    World,
    world,
)

CALLS = 10
CALLERS = (NIGHT_USER, NIGHT_USER, CLINIC_LINE, ENGLISH_USER, BILLING_USER)
DST_NIGHTS = (datetime(2026, 11, 1, 0, 30), datetime(2027, 3, 14, 0, 30))  # noqa: DTZ001
LONGEST_WALK = 20
INTERVAL = timedelta(minutes=5)
"""Between two rounds of paging (policy.toml)."""
POLICY = Policy.read()
ROUND = timedelta(minutes=4)
"""The longest that one round rings: everybody for 25 s, and the whispers."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds(sample=1, soak=200))
def test_no_critical_call_is_dropped(seed: int, tmp_path: Path, valkey: servers.Valkey) -> None:
    random = Random(seed)
    valkey.flush()
    database = servers.sqlite(tmp_path)
    with world(database, valkey.url, a_night(random)) as line:
        line.phone("+14505550188").rings_out()  # the other number that callers key
        flaky = Flaky(line.app.wsgi_app, database.removeprefix("sqlite:///"))
        line.app.wsgi_app = flaky  # type: ignore[method-assign]
        somebody_willing = random.random() < 0.8
        for _ in range(CALLS):
            set_phones(line, random, somebody_willing)
            arm_faults(line, random)
            flaky.arm(random)
            critical_call(line, random)
            flaky.disarm()
            if random.random() < 0.2:
                valkey.flush()
            line.passes(timedelta(minutes=random.choice((0, 2, 15, 40))))
        line.passes(timedelta(minutes=75))
        judge(line, somebody_willing)


def a_night(random: Random) -> datetime:
    """Midnight to 4:00, a fifth of them those in which the clocks change."""
    if random.random() < 0.2:
        night = random.choice(DST_NIGHTS)
    else:
        night = datetime(2026, 11, 21) + timedelta(days=random.randrange(0, 30))  # noqa: DTZ001
    return (night + timedelta(minutes=random.randrange(240))).replace(tzinfo=TORONTO)


def set_phones(line: World, random: Random, somebody_willing: bool) -> None:
    for agent in AGENTS:
        getattr(line.phone(agent), random.choice(UNWILLING))()
    if somebody_willing:
        willing = random.choice((ON_CALL_1, ON_CALL_2))
        line.phone(willing).accepts(after=random.randrange(1, 15), talks=random.randrange(5, 90))
    for caller in CLIENTS:
        behave(line.phone(caller), random)


def critical_call(line: World, random: Random) -> None:
    """Mostly the plain way to a critical failure; now and then anything, or the end."""
    number = random.choice(CALLERS)
    call = line.phone(number).dials()
    for _ in range(LONGEST_WALK):
        if call.ended or not call.waits_for:
            break
        if random.random() < 0.04:
            break
        if call.waits_for == "talk":
            call.talks(random.randrange(1, 60))
            break
        if call.waits_for == "record":
            call.says("Plus rien ne fonctionne", then=random.choice(("", "1")))
        elif "Tout est arrêté" in call.said or "Everything is down" in call.said:
            call.presses("1")
        else:
            one_answer(call, CLIENTS[number], random, 0)
    if not call.ended:
        call.hangs_up()


def judge(line: World, somebody_willing: bool) -> None:
    with line.session() as session:
        calls = session.scalars(select(Call)).all()
        incidents = session.scalars(select(Incident)).all()
        agent_legs = session.scalars(select(Leg).where(Leg.kind == "agent")).all()
        with_incident = {incident.call_id for incident in incidents}
        lost = [call.sid for call in calls if call.client_id and call.id not in with_incident]
        assert not lost, "each call that identified a client has its incident"
        critical = [
            incident
            for incident in incidents
            if incident.priority == "P1"
            and incident.extended
            and incident.state != "refused"
            and incident.linked_to_id is None
        ]
        by_sid = {leg.sid: leg for leg in line.twilio.ledger.legs()}
        for leg in agent_legs:
            assert_not_rung_for_nothing(leg, by_sid)
        for incident in critical:
            if somebody_willing:
                assert incident.taken_at is not None, f"{incident.reference} has nobody"
            elif incident.taken_at is None:
                rung = [leg for leg in agent_legs if leg.incident_id == incident.id]
                assert rung, f"{incident.reference} rang nobody"
                last = max(leg.created_at for leg in rung)
                assert line.now - last <= INTERVAL + ROUND, f"{incident.reference} is forgotten"
    line.phones.check_foreseen()


def assert_not_rung_for_nothing(leg: Leg, by_sid: dict) -> None:  # type: ignore[type-arg]
    """Nobody is rung for what another has taken already, judged by when the phone rang.

    When the night has gone over into the day, the desk stands in for a holder who does not answer.
    """
    incident, heard = leg.incident, by_sid.get(leg.sid)
    if heard is None or POLICY.hours.is_open(heard.started):
        return
    taken, back = (
        [event for event in incident.events if event.kind == kind]
        for kind in ("taken", "handed_back")
    )
    held = [event for event in taken if event.at < heard.started]
    if held and not any(held[-1].at <= event.at <= heard.started for event in back):
        assert held[-1].agent_id == leg.agent_id, f"{incident.reference} was taken already"
