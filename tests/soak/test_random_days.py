"""Days of random callers, agents and faults: whoever was identified is reached, and once.

Each seed is a run of its own: P1LINE_SEED=17 make test TEST_ARGS=tests/soak replays one. Judged
from the stand-in's ledger of who was connected with whom.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from ivr.models import Call, Incident
from standin.faults import CallbackFault
from tests import servers
from tests.phones import Call as PhoneCall
from tests.phones import Phone
from tests.soak.seeds import seeds
from tests.world import (
    BILLING_USER,
    CLINIC_LINE,
    DAY_USER,
    DESK_1,
    DESK_2,
    ENGLISH_USER,
    IMAGING_USER,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    STRANGER,
    TORONTO,
    World,
    world,
)

CLIENTS = {
    DAY_USER: "10452",
    NIGHT_USER: "10452",
    CLINIC_LINE: "10452",
    STRANGER: "10452",
    IMAGING_USER: "20317",
    ENGLISH_USER: "30988",
    BILLING_USER: "40126",
}
AGENTS = (DESK_1, DESK_2, ON_CALL_1, ON_CALL_2)
UNWILLING = (
    "rings_out", "is_busy", "goes_to_voicemail", "rejects", "says_nothing", "is_unreachable",
    "hangs_up_midway", "declines",
)  # fmt: skip
CALLS = 6
LONGEST_WALK = 25


@pytest.mark.parametrize("seed", seeds(sample=3, soak=300))
def test_whoever_was_identified_is_reached_and_once(
    seed: int, tmp_path: Path, valkey: servers.Valkey
) -> None:
    random = Random(seed)
    valkey.flush()
    with world(servers.sqlite(tmp_path), valkey.url, a_moment(random)) as line:
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


def a_moment(random: Random) -> datetime:
    """Any hour of two weeks, those in which the clocks change among them."""
    monday = random.choice(
        (
            datetime(2026, 10, 26, tzinfo=TORONTO),
            datetime(2026, 11, 23, tzinfo=TORONTO),
            datetime(2027, 3, 8, tzinfo=TORONTO),
        )
    )
    return monday + timedelta(minutes=random.randrange(7 * 24 * 60))


def behave(phone: Phone, random: Random) -> None:
    if random.random() < 0.5:
        phone.accepts(after=random.randrange(1, 15), talks=random.randrange(1, 90))
    else:
        getattr(phone, random.choice(UNWILLING))()


def arm_faults(line: World, random: Random) -> None:
    """Late, lost and doubled callbacks; requests that come twice."""
    line.twilio.faults.clear()
    fault = random.choice(
        (
            CallbackFault(),
            CallbackFault(delay=random.randrange(1, 60)),
            CallbackFault(copies=0),
            CallbackFault(copies=2),
            CallbackFault(overtaken=True),
        )
    )
    line.twilio.faults.callbacks(fault, times=random.randrange(4))
    line.twilio.faults.webhooks_twice(times=random.randrange(4))


def walk(line: World, random: Random) -> None:
    """One caller's way through the menu: mostly sensible keys, now and then anything."""
    number = random.choice(list(CLIENTS))
    call = line.phone(number).dials(hidden=random.random() < 0.1)
    keyed = 0
    for _ in range(LONGEST_WALK):
        if call.ended or not call.waits_for:
            return
        if random.random() < 0.04:
            call.hangs_up()
            return
        if call.waits_for == "talk":
            call.talks(random.randrange(1, 120))
            if not call.ended and call.waits_for == "talk":
                call.hangs_up()
            continue
        if call.waits_for == "record":
            call.says("Plus rien ne fonctionne", then=random.choice(("", "1", "#")))
            continue
        keyed = one_answer(call, CLIENTS[number], random, keyed)
    if not call.ended:
        call.hangs_up()


def one_answer(call: PhoneCall, client: str, random: Random, keyed: int) -> int:
    """Keys what is asked for, or something else."""
    chance = random.random()
    if chance < 0.08:
        call.stays_silent()
    elif chance < 0.16:
        call.presses(random.choice(("*", "9", "0", "7", "#")))
    elif "numéro de client" in call.said or "client number" in call.said:
        call.presses(client if random.random() < 0.85 else "99999")
    elif "dix chiffres" in call.said or "ten digits" in call.said:
        call.presses(random.choice(("5145550102", "9005551234", "4505550188")))
    elif "poste" in call.said or "extension" in call.said:
        call.presses(random.choice(("330#", "#")))
    else:
        call.presses(random.choice("112"))
    return keyed + 1


def everybody_is_willing(line: World) -> None:
    line.twilio.faults.clear()
    for number in (*AGENTS, *CLIENTS, "+14505550188"):
        line.phone(number).accepts(talks=20)


def judge(line: World) -> None:
    with line.session() as session:
        calls = session.scalars(select(Call)).all()
        incidents = session.scalars(select(Incident)).all()
        owed = [incident for incident in incidents if incident.state != "refused"]
        assert {call.id for call in calls if call.client_id} <= {
            incident.call_id for incident in incidents
        }, "a call that identified its client has its incident"
        assert not [call.sid for call in calls if call.ended_at is None], "every call was settled"
        missed = [i.reference for i in owed if i.callback_number and i.met_at is None]
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
