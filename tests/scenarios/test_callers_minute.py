"""The caller's minute (issue's target): at most 9 keys and 30 s of speech until a phone rings."""

from __future__ import annotations

from itertools import pairwise

from benchmarks.callers_minute import measure
from standin.entries import Heard
from tests.world import NIGHT_USER, World


def test_a_critical_night_call_rings_an_agent_within_the_callers_minute(line: World) -> None:
    spoken, silent = measure(line)
    for minute in (spoken, silent):
        assert minute.is_within, minute
    assert (spoken.keys, silent.keys) == (9, 9)
    assert silent.seconds < spoken.seconds
    assert silent.seconds > 20, "prompts were heard whole"


def test_every_prompt_on_the_way_was_heard_whole(line: World) -> None:
    """What is counted is what the ledger heard: nobody barged in."""
    measure(line)
    (first, _) = line.twilio.ledger.legs(caller=NIGHT_USER)
    heard = [each for each in line.twilio.ledger.of(Heard, first.sid) if each.speaker == "line"]
    for one, next_one in pairwise(heard):
        assert (next_one.moment - one.moment).total_seconds() >= one.seconds - 0.01
