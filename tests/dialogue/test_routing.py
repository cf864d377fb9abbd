"""Where a call goes: each row of the routing, with its reason (§1.1, §4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.hours import Opening
from ivr.reason import Reason
from ivr.routing import route

UNTIL = datetime(2026, 11, 30, 13, tzinfo=UTC)
OPEN = Opening(open=True, until=UNTIL, why=Reason("hours.open"))
CLOSED = Opening(open=False, until=UNTIL, why=Reason("hours.closed_weekend"))
DESK, ON_CALL = (1, 2), (3, 4)

ROWS = [
    # opening, priority, entitled, kind, targets, the rule that decided
    (OPEN, "P1", False, "ring_desk", DESK, "routing.rung"),
    (OPEN, "P1", True, "ring_desk", DESK, "routing.rung"),
    (OPEN, "P2", False, "ring_desk", DESK, "routing.rung"),
    (OPEN, "P3", False, "call_back", (), "routing.not_rung"),
    (OPEN, "P4", True, "call_back", (), "routing.not_rung"),
    (CLOSED, "P1", True, "ring_on_call", ON_CALL, "routing.entitled"),
    (CLOSED, "P1", False, "call_back", (), "routing.not_entitled"),
    (CLOSED, "P2", True, "call_back", (), "routing.not_p1"),
    (CLOSED, "P3", True, "call_back", (), "routing.not_p1"),
    (CLOSED, "P4", False, "call_back", (), "routing.not_p1"),
]


@pytest.mark.parametrize(
    ("opening", "priority", "entitled", "kind", "targets", "rule"),
    ROWS,
    ids=lambda value: value.why.key if isinstance(value, Opening) else str(value),
)
def test_a_row(
    opening: Opening,
    priority: str,
    entitled: bool,
    kind: str,
    targets: tuple[int, ...],
    rule: str,
) -> None:
    decided = route(
        opening=opening,
        priority=priority,
        entitled=entitled,
        ring_when_open={"P1", "P2"},
        desk=DESK,
        on_call=ON_CALL,
    )
    assert (decided.kind, decided.targets) == (kind, targets)
    assert [reason.key for reason in decided.why] == [opening.why.key, rule]


def test_a_caller_whom_we_cannot_identify_rings_the_duty_level() -> None:
    decided = route(
        opening=CLOSED,
        priority="P1",
        entitled=False,
        on_duty=True,
        ring_when_open=(),
        desk=DESK,
        on_call=ON_CALL,
    )
    assert (decided.kind, decided.targets) == ("ring_on_call", ON_CALL)
    assert decided.why[-1].key == "routing.duty"


@pytest.mark.parametrize("opening", [OPEN, CLOSED], ids=["open", "closed"])
def test_nobody_there_is_a_callback_and_says_so(opening: Opening) -> None:
    decided = route(
        opening=opening,
        priority="P1",
        entitled=True,
        ring_when_open={"P1"},
        desk=(),
        on_call=(),
    )
    assert decided.kind == "call_back"
    assert decided.why[-1] == Reason("routing.nobody")
