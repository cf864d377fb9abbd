"""The actions that the menu names: each does one thing and returns one of its row's outcomes.

One module for each part of the call, in the order in which a caller meets them: `known` (what is
known before any question), `manager` (an escalation), `identity`, `impact`, `through` (put
through, or not), `number`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.actions import identity, impact, known, manager, number, through
from ivr.exchange import Given, Turn

__all__ = ["ACTIONS", "OPTIONS", "Given", "Turn", "do", "options"]

Action = Callable[[Turn], str]
ACTIONS: Mapping[str, Action] = {
    action.__name__: action
    for part in (known, manager, identity, impact, through, number)
    for action in part.ACTIONS
}
OPTIONS: Mapping[str, Callable[[Turn], tuple[str, ...]]] = {
    "*products": impact.offered_products,
    "*environments": impact.client_environments,
}


def do(turn: Turn, action: str) -> str:
    return ACTIONS[action](turn)


def options(turn: Turn, named: tuple[str, ...] | str) -> tuple[str, ...]:
    """A choice's options in the order of their keys."""
    return OPTIONS[named](turn) if isinstance(named, str) else named
