"""Nobody accepts: what the caller hears, and may still say. And what follows a talk that ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from ivr import cause_evidence
from ivr.models import Agent, Incident, Recording, RotaLayer, RotaLayerMember
from tests.phones import Call
from tests.scenarios.cast import critical_day_call, critical_night_call, presses
from tests.scenarios.test_identity import lost
from tests.world import (
    DESK_1,
    DESK_2,
    ENGLISH_USER,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    TUESDAY_10,
    World,
)

MINUTE = timedelta(minutes=1)
PAGING = "nous rappelons toute l'équipe à quelques minutes d'intervalle"
MORE = "Pour laisser d'autres renseignements, faites le 1. Sinon, le 2."


def nobody(line: World) -> Call:
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    return critical_night_call(line).hears("Personne n'a pu répondre à l'instant.")


def nobody_is_on_call(line: World) -> None:
    with line.line.scene() as scene:
        scene.session.execute(delete(RotaLayerMember))
        scene.session.execute(delete(RotaLayer))


def recordings(line: World) -> int:
    with line.session() as session:
        return len(session.scalars(select(Recording)).all())


def test_the_caller_hears_what_happens_next(line: World) -> None:
    nobody(line).hears(PAGING, "jusqu'à ce qu'une personne accepte", MORE)


def test_a_first_message_where_none_was_left_then_number_reference_promise(line: World) -> None:
    call = nobody(line).presses("1")
    call.hears("Votre message sera enregistré pour le soutien.").says("Deux cliniques", then="#")
    call.hears("Nous vous rappellerons au 5 1 4, 5 5 5, 0 1 0 2.").presses("1")
    call.hears("Dossier", "Un agent vous rappellera avant 3 h")
    assert recordings(line) == 1


def test_a_second_message_beside_the_first(line: World) -> None:
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    call = presses(line.phone(NIGHT_USER).dials(), "10452", "2", "1", "1").stays_silent()
    call.says("Plus rien ne répond", then="#").presses("1")
    call.says("Deux cliniques sont touchées", then="#").hears("Nous vous rappellerons")
    assert recordings(line) == 2


@pytest.mark.parametrize("answers", [(), ("2",), ("7", "7", "7")], ids=["silence", "2", "wrong"])
def test_saying_no_more_blocks_nobody(line: World, answers: tuple[str, ...]) -> None:
    call = nobody(line)
    call = presses(call, *answers) if answers else call.stays_silent()
    call.hears("Nous vous rappellerons au").presses("1").hears("avant 3 h")


def test_silence_where_more_words_are_wanted_blocks_nobody(line: World) -> None:
    nobody(line).presses("1").stays_silent().hears("Nous vous rappellerons au")


def test_a_caller_who_hangs_up_while_saying_more_is_kept_with_the_words(line: World) -> None:
    call = nobody(line).presses("1")
    call.presses("", wait=False)
    call.hangs_up()
    assert recordings(line) == 1
    assert line.incident().callback_at is not None


def test_an_unidentified_critical_caller_may_say_more_too(line: World) -> None:
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).rings_out()
    call = lost(line).presses("1")
    call.hears("Personne n'a pu répondre à l'instant. Un agent vous rappellera.", MORE)
    call.presses("1").says("La clinique du Parc, plus rien ne marche", then="#")
    call.hears("Nous vous rappellerons au 5 1 4, 5 5 5, 0 1 9 9.").presses("1")
    call.hears("Dossier", "Un agent vous rappellera avant")
    assert recordings(line) == 1


def test_an_empty_rota_rings_whoever_there_is(line: World) -> None:
    nobody_is_on_call(line)
    for phone in (DESK_1, DESK_2):
        line.phone(phone).rings_out()
    line.phone(ON_CALL_1).accepts()
    assert critical_night_call(line).has_talked_with == [ON_CALL_1]
    rung = [leg.to for leg in line.twilio.ledger.legs() if leg.parent]
    assert rung == [DESK_1, DESK_2, ON_CALL_1]


def test_whoever_a_gap_rings_counts_as_there_when_a_promise_is_judged(line: World) -> None:
    nobody_is_on_call(line)
    line.phone(DESK_1).accepts()
    critical_night_call(line).hangs_up()
    with line.line.scene() as scene:
        incident = scene.session.scalars(select(Incident)).one()
        assert len(cause_evidence.of(scene, incident).there) == 6


@pytest.mark.parametrize("start", [TUESDAY_10])
def test_by_day_an_empty_desk_wakes_nobody_who_is_off_duty(line: World) -> None:
    nobody_is_on_call(line)
    with line.line.scene() as scene:
        for agent in scene.session.scalars(select(Agent)):
            agent.present = False
    critical_day_call(line).hears("Personne n'a pu répondre à l'instant.")
    line.passes(5 * MINUTE)
    assert [leg.to for leg in line.twilio.ledger.legs() if leg.parent] == []
    assert line.twilio.ledger.legs(created_by="REST") == []


def test_where_there_is_nobody_at_all_the_caller_does_not_wait(line: World) -> None:
    with line.line.scene() as scene:
        for agent in scene.session.scalars(select(Agent)):
            agent.active = False
    critical_night_call(line).hears("Personne n'a pu répondre à l'instant.", PAGING)


# Put through again, and two clinics at once ---------------------------------------------------


def test_put_through_again_rings_the_holder_first_then_the_others(line: World) -> None:
    line.phone(ON_CALL_1).is_busy()
    line.phone(ON_CALL_2).accepts(talks=30).then.rings_out()
    call = critical_night_call(line).talks(32)
    line.phone(ON_CALL_1).accepts()
    call.hears("Pour être remis en communication, faites le 1.").presses("1")
    assert call.has_talked_with == [ON_CALL_2, ON_CALL_1]
    holder = line.incident().holder_id
    call.hangs_up()
    assert line.incident().holder_id == holder, "the incident stays in charge"
    rung = [leg.to for leg in line.twilio.ledger.legs() if leg.parent]
    assert rung == [ON_CALL_1, ON_CALL_2, ON_CALL_2, ON_CALL_1]


def test_silence_after_the_talk_ends_the_call_and_the_incident_stays_in_charge(
    line: World,
) -> None:
    line.phone(ON_CALL_1).accepts(talks=30)
    call = critical_night_call(line).talks(32).stays_silent()  # while the question is asked
    call.stays_silent().hears("Au revoir.")
    assert call.ended
    line.passes(30 * MINUTE)
    incident = line.incident()
    assert (incident.state, incident.callback_at) == ("taken", None)
    assert line.phone(ON_CALL_1).was_called == 1


def test_cut_off_and_then_nobody_the_caller_is_owed_a_call_again(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=30).then.rings_out()
    line.phone(ON_CALL_2).rings_out()
    call = critical_night_call(line).talks(32).presses("1")
    call.hears("Personne n'a pu répondre à l'instant. Un agent vous rappellera.").hangs_up()
    line.phone(ON_CALL_1).accepts()
    line.phone(NIGHT_USER).accepts()
    line.passes(10 * MINUTE)
    assert line.phones.bridges()[-1] == (ON_CALL_1, NIGHT_USER)
    assert line.incident().callback_at is None


def test_a_second_clinics_critical_call_rings_the_next_agent(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=600)
    line.phone(ON_CALL_2).accepts(talks=600)
    first = critical_night_call(line)
    second = presses(line.phone(ENGLISH_USER).dials(), "30988", "1", "1", "1")
    assert first.bridged_with == ON_CALL_1
    assert second.bridged_with == ON_CALL_2
    assert line.phone(ON_CALL_1).was_called == 1, "whoever talks is not rung"


class TestInHours:
    @pytest.fixture
    def start(self) -> datetime:
        return TUESDAY_10

    def test_the_holder_is_rung_first_even_when_no_longer_at_the_desk(self, line: World) -> None:
        line.phone(DESK_1).accepts(talks=30).then.accepts()
        line.phone(DESK_2).rings_out()
        call = critical_day_call(line).talks(32)
        with line.line.scene() as scene:
            holder = scene.session.scalars(select(Incident)).one().holder
            assert holder
            holder.present = False
        call.presses("1")
        assert call.has_talked_with == [DESK_1, DESK_1]
