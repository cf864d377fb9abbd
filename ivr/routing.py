"""Where a call goes, and why: a pure function of the hours, the priority and the contract."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from ivr.hours import Opening
from ivr.reason import Reason

Kind = Literal["ring_desk", "ring_on_call", "call_back"]


@dataclass(frozen=True)
class Route:
    """What to do with the call, whom to ring in which order, and the reasons in words."""

    kind: Kind
    targets: tuple[int, ...]
    why: tuple[Reason, ...]


def route(
    *,
    opening: Opening,
    priority: str,
    entitled: bool,
    on_duty: bool = False,
    ring_when_open: Collection[str],
    desk: Sequence[int],
    on_call: Sequence[int],
) -> Route:
    """§1.1 and §4: in regular hours the desk; after them the on-call agent, for a P1 alone.

    `entitled`: this client holds the extended service for this product, and its window is open.
    `on_duty`: a caller whom we cannot identify claims a critical failure, within the cap.
    `desk` and `on_call` are the agents who could be rung, in order; nobody there: a callback.
    """
    why = (opening.why,)
    if opening.open:
        if priority not in ring_when_open:
            return Route(
                "call_back", (), (*why, Reason("routing.not_rung", {"priority": priority}))
            )
        return _ring("ring_desk", desk, (*why, Reason("routing.rung", {"priority": priority})))
    if priority != "P1":
        return Route("call_back", (), (*why, Reason("routing.not_p1", {"priority": priority})))
    if entitled:
        return _ring("ring_on_call", on_call, (*why, Reason("routing.entitled")))
    if on_duty:
        return _ring("ring_on_call", on_call, (*why, Reason("routing.duty")))
    return Route("call_back", (), (*why, Reason("routing.not_entitled")))


def holder_first(decided: Route, holder: int, *, open: bool) -> Route:
    """The same for a caller who was cut off: whoever holds the incident is rung first, always."""
    others = tuple(target for target in decided.targets if target != holder)
    rings: Kind = "ring_desk" if open else "ring_on_call"
    kind = decided.kind if others else rings
    return Route(kind, (holder, *others), (*decided.why, Reason("routing.holder")))


def _ring(kind: Kind, targets: Sequence[int], why: tuple[Reason, ...]) -> Route:
    if not targets:
        return Route("call_back", (), (*why, Reason("routing.nobody")))
    return Route(kind, tuple(targets), why)
