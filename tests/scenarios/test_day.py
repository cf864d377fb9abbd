"""Calls in regular hours: the desk is rung, or the callback is queued (§1.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ivr import staff
from tests.scenarios.cast import TO_IMPACT, critical_day_call, presses
from tests.world import DAY_USER, DESK_1, DESK_2, TUESDAY_10, World


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def test_a_critical_call_rings_the_desk(line: World) -> None:
    line.phone(DESK_1).accepts()
    call = critical_day_call(line)
    call.hears("Je vous mets en communication. Ne quittez pas.")
    assert call.bridged_with == DESK_1
    line.phone(DESK_1).hears("P 1, client Clinique du Parc, Médical, Responsable de jour")
    incident = line.incident()
    assert (incident.state, incident.priority, incident.callback_at) == ("taken", "P1", None)


def test_what_the_agent_hears_lasts_less_than_ten_seconds(line: World) -> None:
    line.phone(DESK_1).accepts()
    critical_day_call(line)
    agent = line.phone(DESK_1).legs[0]
    question, *_ = [h for h in line.twilio.ledger.heard(agent.sid) if h.speaker == "line"]
    assert question.text.endswith(f"faites le {' '.join(line.accept_key())}.")
    assert question.seconds < 10


def test_an_essential_function_stopped_rings_too(line: World) -> None:
    line.phone(DESK_1).accepts()
    call = presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "2", "1", "1")
    assert call.bridged_with == DESK_1
    assert line.incident().due_at == line.incident().opened_at + timedelta(hours=2)


def test_a_problem_with_a_workaround_is_called_back_before_its_time_is_up(line: World) -> None:
    call = presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "3")
    call.hears("Votre message sera enregistré pour le soutien.").stays_silent()
    call.says("La liste ne se trie plus")
    call.hears("Nous vous rappellerons au 5 1 4, 5 5 5, 0 1 0 1.").presses("1")
    call.hears("Un agent vous rappellera avant 14 h").stays_silent()
    assert call.ended
    incident = line.incident()
    assert incident.due_at == incident.opened_at + timedelta(hours=4)

    line.phone(DESK_1).accepts()
    line.phone(DESK_2).accepts()
    line.phone(DAY_USER).accepts()
    line.pass_until(incident.due_at)
    assert line.incident().met_at is not None
    assert len(line.phones.bridges()) == 1


def test_the_first_agent_is_on_the_phone_and_the_second_is_rung(line: World) -> None:
    line.phone(DESK_1).accepts(talks=600)
    line.phone(DESK_2).accepts()
    first = critical_day_call(line)
    assert first.bridged_with == DESK_1
    second = presses(line.phone("+18195550105").dials(), "40126", "1", "1")
    assert second.bridged_with == DESK_2
    assert line.phone(DESK_1).was_called == 1


def test_an_absent_agent_is_not_rung(line: World) -> None:
    with line.line.scene() as scene:
        staff.desk(scene)[0].present = False
    line.phone(DESK_2).accepts()
    assert critical_day_call(line).bridged_with == DESK_2


@pytest.mark.parametrize(
    "does", ["rings_out", "is_busy", "goes_to_voicemail", "rejects", "says_nothing",
             "is_unreachable", "hangs_up_midway", "declines"],
)  # fmt: skip
def test_whatever_the_agents_phone_does_the_next_one_is_tried(line: World, does: str) -> None:
    getattr(line.phone(DESK_1), does)()
    line.phone(DESK_2).accepts()
    call = critical_day_call(line)
    call.hears("Un instant, j'essaie une autre personne.")
    assert call.bridged_with == DESK_2


def test_nobody_accepts_and_the_callback_is_placed(line: World) -> None:
    line.phone(DESK_1).rings_out().then.accepts()
    line.phone(DESK_2).is_busy().then.accepts()
    line.phone(DAY_USER).accepts()
    call = critical_day_call(line)
    call.hears("Personne n'a pu répondre à l'instant. Un agent vous rappellera.")
    call.stays_silent().presses("1").hears("Un agent vous rappellera avant 11 h").hangs_up()
    line.passes(timedelta(minutes=2))
    assert line.incident().met_at is not None
    assert line.phones.bridges()[0][1] == DAY_USER


def test_zero_is_a_person_at_every_prompt(line: World) -> None:
    line.phone(DESK_1).accepts()
    call = line.phone(DAY_USER).dials().presses("0")
    call.hears("Je vous mets en communication.")
    assert call.bridged_with == DESK_1
    line.phone(DESK_1).hears("client non identifié")


def test_the_talk_ends_and_the_caller_is_put_through_again(line: World) -> None:
    line.phone(DESK_1).accepts(talks=30).then.accepts()
    call = critical_day_call(line).talks(32)
    call.hears("Pour être remis en communication, faites le 1.").presses("1")
    assert call.has_talked_with == [DESK_1, DESK_1]
    call.hangs_up()
    assert line.timeline().count("taken") == 1


def test_the_caller_hangs_up_while_it_rings_and_is_called_back(line: World) -> None:
    line.phone(DESK_1).accepts(after=15).then.accepts()
    line.phone(DESK_2).accepts()
    line.phone(DAY_USER).accepts()
    call = presses(line.phone(DAY_USER).dials(), *TO_IMPACT, "1", "1")
    call.presses("1", wait=False)
    line.phones.passes(seconds=8)
    call.hangs_up()
    assert line.incident().state == "new"
    line.passes(timedelta(minutes=2))
    assert line.incident().met_at is not None
    assert DAY_USER in line.phones.bridges()[0]
