"""Who may see and do what: one table, by the lowest role that may.

Who may move an incident from state to state stands with the states (ivr/states.py).
"""

from __future__ import annotations

from collections.abc import Mapping

RANKS: Mapping[str, int] = {"agent": 0, "lead": 1, "manager": 2, "admin": 3}
"""The roles, each with all that those before it may: agent, team lead, manager, administrator."""
LOWEST = "agent"

RIGHTS: Mapping[str, str] = {
    "incidents": "agent",
    "recordings": "agent",
    "articles": "agent",
    "presence": "agent",
    "clients": "agent",
    "change_clients": "lead",
    "exchange_clients": "lead",
    "rota": "agent",
    "swap_shifts": "agent",
    "change_rota": "lead",
    "policy": "agent",
    "change_policy": "manager",
    "outages": "manager",
    "reports": "lead",
    "people": "manager",
    "change_people": "admin",
    "integrations": "admin",
    "audit": "manager",
    "own_account": "agent",
    "try_the_phone": "agent",
}


def is_at_least(role: str, wanted: str) -> bool:
    """A role that is none has what an agent has, and no more."""
    return RANKS.get(role, RANKS[LOWEST]) >= RANKS[wanted]


def may(role: str, right: str) -> bool:
    """`KeyError` for a right that is none: what the table does not know is never allowed."""
    return is_at_least(role, RIGHTS[right])
