"""At night a callback of what somebody holds rings that person alone, until that phone is given up.

"No agent is rung for what is already taken": and no incident stays with a battery that is empty.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenarios.test_paging import rung_by_rest, unanswered
from tests.world import NIGHT_USER, ON_CALL_1, ON_CALL_2, World


@pytest.fixture
def held(line: World) -> World:
    """The first on call has it in charge; the client's machine answered; now that phone is dead."""
    unanswered(line)
    line.phone(NIGHT_USER).goes_to_voicemail()
    line.phone(ON_CALL_1).accepts(talks=60)
    line.phone(ON_CALL_2).accepts(talks=60)
    line.passes(timedelta(minutes=2))
    assert line.incident().state == "taken"
    line.phone(ON_CALL_1).is_unreachable()
    return line


def test_a_colleague_is_left_alone_while_the_holder_may_still_answer(held: World) -> None:
    before = rung_by_rest(held, ON_CALL_2)
    held.passes(timedelta(minutes=8))
    assert rung_by_rest(held, ON_CALL_1) >= 2, "the holder is tried again"
    assert rung_by_rest(held, ON_CALL_2) == before


def test_the_holder_answers_again_and_keeps_it(held: World) -> None:
    held.passes(timedelta(minutes=3))
    held.phone(NIGHT_USER).accepts(talks=60)
    held.phone(ON_CALL_1).accepts(talks=60)
    held.passes(timedelta(minutes=20))
    assert held.incident().met_at is not None
    assert "handed_back" not in held.timeline()


def test_after_three_rounds_it_is_handed_back_and_those_on_call_are_rung(held: World) -> None:
    held.phone(NIGHT_USER).accepts(talks=60)
    held.passes(timedelta(minutes=45))
    assert held.timeline().count("handed_back") == 1
    pages = [text for text in held.phone(ON_CALL_2).inbox if "personne ne l'a pris" in text]
    assert len(pages) == 2, "the first round, and the one after it was handed back"
    incident = held.incident()
    assert incident.state == "taken"
    assert incident.callback_at is None, "the client was reached by the other"
