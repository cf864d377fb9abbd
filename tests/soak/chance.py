"""What chance decides in a random run: when, who calls, what the phones do, what goes wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from standin.faults import CallbackFault
from tests.phones import Call as PhoneCall
from tests.phones import Phone
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
MANAGER, ADMINISTRATOR = "+14385550115", "+14385550116"
AGENTS = (DESK_1, DESK_2, ON_CALL_1, ON_CALL_2, MANAGER, ADMINISTRATOR)
UNWILLING = (
    "rings_out", "is_busy", "goes_to_voicemail", "rejects", "says_nothing", "is_unreachable",
    "hangs_up_midway", "declines",
)  # fmt: skip
LONGEST_WALK = 25


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
