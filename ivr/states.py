"""An incident's states, the moves between them, and who may make them (§2.1.2 to §2.1.5).

One row a move; what must be known for it stands in `resolved` below. A move that is refused is
answered with the rule that forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from ivr import rights
from ivr.reason import Reason

OPEN = ("new", "taken", "in_progress", "waiting", "reopened")
HELD = ("taken", "in_progress", "waiting")
UNHELD = ("new", "reopened")
"""Nobody has it in charge: it waits for somebody who takes it."""
DONE = ("resolved", "closed")
STATES = (*OPEN, *DONE, "refused")
RECORDED = (*OPEN, *DONE)
"""An incident, and not a refused call."""

Who = Literal["any", "holder", "lead", "manager"]


@dataclass(frozen=True)
class Move:
    """From some states to one (none: it stays where it is), made by whom.

    "holder": who holds it, a team lead or a manager; of what nobody holds, any agent.
    """

    act: str
    sources: tuple[str, ...]
    to: str | None
    who: Who = "any"


@dataclass(frozen=True)
class Doer:
    """The agent who makes a move: is it in their charge, and what is their role?"""

    role: str
    holds: bool
    unheld: bool = False
    """Nobody has it in charge."""

    def is_at_least(self, role: str) -> bool:
        return rights.is_at_least(self.role, role)


MOVES = {
    move.act: move
    for move in (
        Move("take", UNHELD, "taken"),
        Move("told", HELD, None),
        Move("start", ("taken",), "in_progress", "holder"),
        Move("hand_over", HELD, None, "holder"),
        Move("wait", ("taken", "in_progress"), "waiting", "holder"),
        Move("resume", ("waiting",), "in_progress"),
        Move("change_priority", OPEN, None, "holder"),
        Move("escalate", OPEN, None, "holder"),
        Move("step_in", OPEN, None, "manager"),
        Move("record_escalation", OPEN, None),
        Move("mark_security", RECORDED, None),
        Move("lift_security", RECORDED, None, "manager"),
        Move("call_now", (*OPEN, "resolved"), None),
        Move("note", RECORDED, None),
        Move("agree_updates", HELD, None, "holder"),
        Move("update_given", HELD, None),
        Move("document", HELD, None, "holder"),
        Move("resolve", HELD, "resolved", "holder"),
        Move("message_left", ("waiting", "resolved"), None),
        Move("replied", ("waiting", "resolved"), None),
        Move("follow_up", ("waiting",), None),
        Move("approve", ("resolved",), None),
        Move("close", ("waiting", "resolved"), "closed", "holder"),
        Move("reopen", DONE, "reopened"),
        Move("write_article", ("closed",), None),
    )
}


def refusal(act: str, state: str, doer: Doer) -> Reason | None:
    """Which rule forbids the move; none: it may be made. `KeyError` for an act that is none."""
    move = MOVES[act]
    if state == "refused":
        return Reason("incidents.refused")
    if state not in move.sources:
        return _not_from(act, state)
    if move.who == "holder" and not (doer.holds or doer.unheld or doer.is_at_least("lead")):
        return Reason("states.not_holder")
    if move.who in ("lead", "manager") and not doer.is_at_least(move.who):
        return Reason("states.not_lead" if move.who == "lead" else "states.not_manager")
    return None


def _not_from(act: str, state: str) -> Reason:
    """The rule in words, where it has some of its own."""
    if state == "closed":
        return Reason("states.closed")
    if state in UNHELD:
        return Reason("states.not_taken")
    if act == "start" and state == "waiting":
        return Reason("states.waits")
    if act in ("message_left", "replied"):
        return Reason("states.not_asked")
    if act in ("resume", "follow_up"):
        return Reason("states.not_waiting")
    if act in ("approve", "close"):
        return Reason("states.not_resolved")
    if act == "reopen":
        return Reason("states.not_done")
    if act == "write_article":
        return Reason("states.not_closed")
    return Reason("states.resolved" if state == "resolved" else "states.done_already")


# What must be known to resolve ---------------------------------------------------------------


class Found(Protocol):
    """What is known of an incident when it is resolved."""

    @property
    def nature(self) -> str | None: ...
    @property
    def diagnosis(self) -> str: ...
    @property
    def solution(self) -> str: ...
    @property
    def workaround(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def backlog(self) -> bool: ...


NATURES = ("application", "technical")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "P1": ("nature", "diagnosis", "solution", "version"),
    "P2": ("nature", "diagnosis", "solution", "version"),
    "P3": ("nature", "workaround"),
    "P4": ("nature", "solution"),
}
"""By priority, what is documented before it is resolved (§2.1.2, §4)."""
LACKING: Mapping[str, str] = {
    "nature": "states.no_nature",
    "diagnosis": "states.no_diagnosis",
    "solution": "states.no_solution",
    "version": "states.no_version",
    "workaround": "states.no_workaround",
}


def needed(priority: str, *, backlog: bool = False) -> tuple[str, ...]:
    """A P4 that goes to the others of its kind is prioritised with them: no solution yet (§4)."""
    return ("nature",) if backlog and priority == "P4" else NEEDED[priority]


def missing(priority: str, found: Found) -> Reason | None:
    """The first thing that is not known yet, as a reason; none: it may be resolved."""
    if found.backlog and priority != "P4":
        return Reason("states.backlog", {"priority": priority})
    for name in needed(priority, backlog=found.backlog):
        if not getattr(found, name):
            return Reason(LACKING[name], {"priority": priority})
    return None
