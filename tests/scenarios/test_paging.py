"""Nobody accepts a P1: the chain is paged again, wider and wider, until a person does."""

from __future__ import annotations

from datetime import timedelta

from tests.scenarios.cast import critical_night_call
from tests.world import DESK_1, DESK_2, NIGHT_USER, ON_CALL_1, ON_CALL_2, World

MANAGER = "+14385550115"


def unanswered(line: World) -> None:
    """A critical call that nobody takes; the caller hangs up with the promise."""
    for phone in (ON_CALL_1, ON_CALL_2, MANAGER, DESK_1, DESK_2):
        line.phone(phone).rings_out()
    line.phone(NIGHT_USER).accepts(talks=30)
    call = critical_night_call(line)
    call.hears("Personne n'a pu répondre")
    while not call.ended and "Dossier" not in call.said:
        call.presses("1")
    call.hangs_up()


def rung_by_rest(line: World, number: str) -> int:
    return len(line.twilio.ledger.legs(created_by="REST", to=number))


def test_the_chain_is_paged_again_by_call_and_text_until_a_person_accepts(line: World) -> None:
    unanswered(line)
    line.passes(timedelta(minutes=9))
    assert rung_by_rest(line, ON_CALL_1) == 3, "at 0, 2 and 5 minutes"
    pages = [text for text in line.phone(ON_CALL_1).inbox if "personne ne l'a pris" in text]
    assert len(pages) == 3
    line.phone(ON_CALL_2).accepts(talks=30)
    line.passes(timedelta(minutes=6))
    assert line.incident().met_at is not None
    assert line.timeline().count("paged") == 4


def test_the_manager_joins_and_then_everyone(line: World) -> None:
    unanswered(line)
    line.passes(timedelta(minutes=8))
    assert rung_by_rest(line, MANAGER) == 0
    line.passes(timedelta(minutes=6))
    assert rung_by_rest(line, MANAGER) == 1
    assert rung_by_rest(line, DESK_1) == 0
    line.passes(timedelta(minutes=12))
    assert rung_by_rest(line, DESK_1) >= 1
    line.phone(DESK_2).accepts(talks=30)
    line.passes(timedelta(minutes=10))
    assert line.incident().met_at is not None
    assert line.incident().met_at < line.incident().due_at


def test_the_breach_escalates_and_the_paging_goes_on(line: World) -> None:
    unanswered(line)
    line.passes(timedelta(minutes=63))
    assert "escalated" in line.timeline()
    rung = rung_by_rest(line, ON_CALL_1)
    line.passes(timedelta(minutes=15))
    assert rung_by_rest(line, ON_CALL_1) >= rung + 2
    line.phone(DESK_1).accepts(talks=30)
    line.passes(timedelta(minutes=10))
    assert line.incident().state == "taken"
