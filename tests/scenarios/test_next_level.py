"""An agent asks for five minutes, in a rota of several levels: who is warned of it by SMS."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from ivr.agent_keys import LATER
from ivr.models import Agent, Message
from ivr.rota import entering
from ivr.rota.scope import EVERY_CALL, Scope
from tests.scenarios.cast import critical_night_call
from tests.world import DESK_1, DESK_2, ON_CALL_1, ON_CALL_2, World

MANAGER = "+14385550115"
IN_PHONES = {ON_CALL_1, ON_CALL_2, MANAGER, DESK_1, DESK_2}


def stands_at(line: World, phone: str, level: str, scope: Scope = EVERY_CALL) -> None:
    """The agent is on call at that level this night."""
    with line.line.scene() as scene:
        agent = scene.session.scalars(select(Agent).where(Agent.phone == phone)).one()
        night = scene.now - timedelta(hours=1), scene.now + timedelta(hours=9)
        entering.shift(scene, agent, night, level, scope)


def warned(line: World) -> set[str]:
    """The phones that have the warning, as the stand-in delivered it."""
    line.work()
    line.phones.passes(seconds=5)
    return {
        phone
        for phone in IN_PHONES
        if any("demande 5 minutes" in text for text in line.phone(phone).inbox)
    }


def test_the_second_level_is_warned_and_nobody_else(line: World) -> None:
    stands_at(line, DESK_1, "second")
    line.phone(ON_CALL_1).presses_when_called(LATER)
    line.phone(ON_CALL_2).rings_out()
    line.phone(DESK_1).rings_out()
    critical_night_call(line)
    assert warned(line) == {DESK_1}
    (text,) = [text for text in line.phone(DESK_1).inbox if "demande" in text]
    assert "Garde 1 demande 5 minutes : votre téléphone peut sonner." in text


def test_both_levels_are_warned_as_one_after_the_other_asks(line: World) -> None:
    stands_at(line, DESK_1, "second")
    for phone in (ON_CALL_1, ON_CALL_2):
        line.phone(phone).presses_when_called(LATER)
    line.phone(DESK_1).presses_when_called(LATER)
    critical_night_call(line)
    assert warned(line) == {DESK_1, MANAGER}
    assert line.phone(DESK_1).was_called == 1, "warned, and then rung"
    assert line.phone(MANAGER).was_called == 0
    with line.session() as session:
        of_first = select(Message).where(Message.purpose == "warning", Message.to == DESK_1)
        assert len(session.scalars(of_first).all()) == 1, "once, however many ask"


def test_a_level_of_another_product_is_not_the_next(line: World) -> None:
    stands_at(line, DESK_1, "second", Scope(frozenset({"billing"}), frozenset()))
    line.phone(ON_CALL_1).presses_when_called(LATER)
    line.phone(ON_CALL_2).is_held()
    critical_night_call(line)
    assert warned(line) == {MANAGER}


def test_without_a_second_level_the_manager_is_next(line: World) -> None:
    line.phone(ON_CALL_1).presses_when_called(LATER)
    line.phone(ON_CALL_2).is_held()
    critical_night_call(line)
    assert warned(line) == {MANAGER}


def test_the_last_level_warns_its_own_others(line: World) -> None:
    """The manager is paged and asks for time: everyone else comes next."""
    for phone in (ON_CALL_1, ON_CALL_2, DESK_1, DESK_2):
        line.phone(phone).rings_out()
    line.phone(MANAGER).presses_when_called(LATER)
    with line.line.scene() as scene:
        for row in scene.session.scalars(select(Agent).where(Agent.phone.in_(IN_PHONES))):
            row.active = row.phone in (MANAGER, DESK_1)
    critical_night_call(line)
    assert warned(line) == {DESK_1}
