"""Ways back into the menu: the key 0 where the call was refused, broken off, or not identified."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr import callers
from ivr.models import Client, Incident
from tests.scenarios.cast import critical_night_call, presses
from tests.world import DESK_1, DESK_2, NIGHT_USER, ON_CALL_1, ON_CALL_2, STRANGER, World

MANAGER = "+14385550115"


def refused(line: World):
    call = presses(line.phone(STRANGER).dials(), "10452", "1")
    return presses(call, "5145550150", "5145550151", "5145550152")


def promised(line: World, *keys: str):
    """Nobody accepts, and the caller goes on until there is a promise."""
    call = presses(refused(line), *keys)
    for _ in range(8):
        if call.ended or "Un agent vous rappellera" in call.said:
            break
        call.presses("1")
    call.hears("Un agent vous rappellera").hangs_up()
    return call


def test_a_refused_caller_who_asks_for_a_person_and_is_promised_a_call_gets_it(
    line: World,
) -> None:
    for phone in (ON_CALL_1, ON_CALL_2, MANAGER, DESK_1, DESK_2):
        line.phone(phone).rings_out()
    promised(line, "0", "1")
    assert (line.incident().state, line.incident().priority) == ("new", "P1")
    line.phone(ON_CALL_2).accepts(talks=20)
    line.phone(STRANGER).accepts(talks=20)
    line.passes(timedelta(minutes=15))
    assert line.incident().met_at is not None


def test_a_refused_caller_who_leaves_a_message_is_called_back(line: World) -> None:
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    promised(line, "0", "2")
    assert line.incident().state == "new"
    assert line.incident().callback_at is not None


def test_a_refused_caller_whom_an_agent_accepts_is_taken_in_charge(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=30)
    call = presses(refused(line), "0", "1")
    assert call.bridged_with == ON_CALL_1
    assert line.incident().state == "taken"


def test_zero_after_a_talk_that_broke_off_rings_somebody(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=30).then.rings_out()
    line.phone(ON_CALL_2).accepts()
    call = critical_night_call(line).talks(32)
    call.hears("Pour être remis en communication")
    presses(call, "0", "1")
    assert line.phone(ON_CALL_1).was_called == 2 or call.has_talked_with[-1] == ON_CALL_2


def test_paging_goes_on_while_one_of_those_on_call_talks(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=3 * 3600)
    for phone in (ON_CALL_2, MANAGER, DESK_1, DESK_2):
        line.phone(phone).rings_out()
    first = critical_night_call(line)
    assert first.bridged_with == ON_CALL_1
    second = presses(line.phone("+18195550105").dials(), "40126", "1", "1")
    second.hangs_up()
    line.passes(timedelta(minutes=30))
    assert len(line.twilio.ledger.legs(created_by="REST", to=ON_CALL_2)) >= 4


def test_the_claim_of_a_caller_over_the_cap_is_kept(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=5)
    for _ in range(3):
        call = presses(line.phone(STRANGER).dials(), "99999", "88888", "77777", "1")
        call.hangs_up()
    with line.session() as session:
        last = session.scalars(select(Incident).order_by(Incident.id.desc())).first()
        assert last
        assert (last.client_id, last.claimed_priority) == (None, "P1")


def test_any_product_with_the_extended_service_counts_until_one_is_named(line: World) -> None:
    with line.line.scene() as scene:
        client = scene.session.scalars(select(Client).where(Client.number == "10452")).one()
        for held in client.products:
            held.extended = True
            held.window = {"every_day": ["16:30-22:00"]} if held.product == "billing" else None
    line.phone(ON_CALL_1).accepts()
    call = presses(line.phone(NIGHT_USER).dials(), "10452", "0", "1")
    assert call.bridged_with == ON_CALL_1


@pytest.mark.parametrize("times", [3, 7])
def test_those_who_withhold_their_number_share_a_cap_of_their_own(line: World, times: int) -> None:
    line.phone(ON_CALL_1).accepts(talks=5)
    for _ in range(times):
        call = presses(line.phone(STRANGER).dials(hidden=True), "99999", "88888", "77777", "1")
        talked = bool(call.has_talked_with)
        call.hangs_up()
    assert talked == (times <= 6)


def test_the_window_of_no_product_is_none(line: World) -> None:
    with line.line.scene() as scene:
        incident = Incident(client_id=None, product=None)
        assert callers.extended_window(scene, incident) is None
