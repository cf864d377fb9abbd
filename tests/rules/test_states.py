"""Which move each state allows, to whom, and what must be known: the whole table."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ivr import states
from ivr.states import HELD, MOVES, OPEN, STATES, UNHELD, Doer, refusal

HOLDER, OTHER = Doer("agent", holds=True), Doer("agent", holds=False)
LEAD, MANAGER = Doer("lead", holds=False), Doer("manager", holds=False)

# From each state, the acts that its holder, another agent, a team lead and a manager may do.
ANYBODY = {
    "new": {"take", "change_priority", "mark_security", "note"},
    "taken": {"told", "mark_security", "note", "update_given"},
    "in_progress": {"told", "mark_security", "note", "update_given"},
    "waiting": {"told", "mark_security", "note", "update_given", "resume", "message_left"}
    | {"replied", "follow_up"},
    "resolved": {"mark_security", "note", "message_left", "replied", "approve", "reopen"},
    "closed": {"mark_security", "note", "reopen", "write_article"},
    "reopened": {"take", "change_priority", "mark_security", "note"},
    "refused": set(),
}
for open_state in OPEN:
    ANYBODY[open_state] |= {"record_escalation", "call_now"}
ANYBODY["resolved"] |= {"call_now"}
for unheld_state in UNHELD:
    ANYBODY[unheld_state] |= {"escalate"}
HOLDERS = {
    "taken": {
        "start",
        "hand_over",
        "wait",
        "change_priority",
        "agree_updates",
        "document",
        "resolve",
        "escalate",
    },
    "in_progress": {"hand_over", "wait", "change_priority", "agree_updates", "resolve", "escalate"}
    | {"document"},
    "waiting": {"hand_over", "change_priority", "agree_updates", "resolve", "escalate", "close"}
    | {"document"},
    "resolved": {"close"},
}


def may(state: str, doer: Doer) -> set[str]:
    return {act for act in MOVES if refusal(act, state, doer) is None}


@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what(state: str) -> None:
    unheld = Doer("agent", holds=False, unheld=True)
    somebody = unheld if state in UNHELD else OTHER
    managers = {"lift_security"} if state != "refused" else set()
    managers |= {"step_in"} if state in OPEN else set()
    assert may(state, somebody) == ANYBODY[state]
    assert may(state, HOLDER) == ANYBODY[state] | HOLDERS.get(state, set())
    assert may(state, LEAD) == may(state, HOLDER)
    assert may(state, MANAGER) == may(state, HOLDER) | managers


def test_the_sets_do_not_overlap_and_leave_nothing_out() -> None:
    assert {*UNHELD, *HELD} == {*OPEN}
    assert not {*UNHELD} & {*HELD}
    assert {*OPEN, *states.DONE, "refused"} == {*STATES}


def test_every_state_is_reached_and_no_incident_is_stuck() -> None:
    reached, ahead = {"new"}, ["new"]
    while ahead:
        state = ahead.pop()
        for move in MOVES.values():
            if state in move.sources and move.to and move.to not in reached:
                reached.add(move.to)
                ahead.append(move.to)
    assert reached == {*STATES} - {"refused"}
    for state in reached - {"closed"}:
        assert any(state in move.sources and move.to for move in MOVES.values()), state


@pytest.mark.parametrize(
    ("act", "state", "doer", "rule"),
    [
        ("take", "refused", OTHER, "incidents.refused"),
        ("resolve", "new", OTHER, "states.not_taken"),
        ("resolve", "taken", OTHER, "states.not_holder"),
        ("resolve", "resolved", HOLDER, "states.resolved"),
        ("resolve", "closed", HOLDER, "states.closed"),
        ("start", "waiting", HOLDER, "states.waits"),
        ("start", "in_progress", HOLDER, "states.done_already"),
        ("resume", "in_progress", HOLDER, "states.not_waiting"),
        ("follow_up", "taken", HOLDER, "states.not_waiting"),
        ("message_left", "in_progress", HOLDER, "states.not_asked"),
        ("approve", "in_progress", HOLDER, "states.not_resolved"),
        ("close", "taken", MANAGER, "states.not_resolved"),
        ("reopen", "waiting", HOLDER, "states.not_done"),
        ("write_article", "resolved", HOLDER, "states.not_closed"),
        ("lift_security", "taken", LEAD, "states.not_manager"),
    ],
)
def test_a_refused_move_says_which_rule(act: str, state: str, doer: Doer, rule: str) -> None:
    refused = refusal(act, state, doer)
    assert refused is not None
    assert refused.key == rule


def test_a_role_that_nobody_knows_may_no_more_than_an_agent() -> None:
    assert may("taken", Doer("director", holds=False)) == may("taken", OTHER)


@dataclass
class Known:
    nature: str | None = "technical"
    diagnosis: str = "d"
    solution: str = "s"
    workaround: str = "w"
    version: str = "v"
    backlog: bool = False


@pytest.mark.parametrize(
    ("priority", "wanted"),
    [
        ("P1", ("nature", "diagnosis", "solution", "version")),
        ("P2", ("nature", "diagnosis", "solution", "version")),
        ("P3", ("nature", "workaround")),
        ("P4", ("nature", "solution")),
    ],
)
def test_what_must_be_known_to_resolve(priority: str, wanted: tuple[str, ...]) -> None:
    assert states.missing(priority, Known()) is None
    for name in ("nature", "diagnosis", "solution", "workaround", "version"):
        without = Known()
        setattr(without, name, None if name == "nature" else "")
        lacking = states.missing(priority, without)
        assert (lacking is not None) == (name in wanted), name
        assert lacking is None or lacking.key == f"states.no_{name}"


def test_a_p4_that_waits_for_a_change_needs_no_solution_and_no_other_may_wait_so() -> None:
    assert states.missing("P4", Known(solution="", backlog=True)) is None
    for priority in ("P1", "P2", "P3"):
        refused = states.missing(priority, Known(backlog=True))
        assert refused is not None
        assert refused.key == "states.backlog"
