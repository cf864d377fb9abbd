"""Where an incident stands on the list of incidents: on which shelf, and at what place on it.

The database itself works out both from the row's other columns, so that no act can forget them,
and keeps them sorted in an index: the first page of a shelf costs the same however long it is.
"""

from __future__ import annotations

from ivr import states

(TO_TAKE, TO_REACH, TO_CALL, RUNNING, HELD, RESOLVED, CLOSED, REFUSED) = range(8)
"""Nobody has it in charge; somebody has, and the client does not know or is owed a call; resolved,
and a call is owed all the same; a clock runs; none does; the rest by their states."""
SHELVES = range(8)
NEWEST_FIRST = (RESOLVED, CLOSED, REFUSED)
"""What is done: the others are sorted by time to breach."""


def _one_of(names: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(repr(name) for name in names)})"


_HELD, _UNHELD = _one_of(states.HELD), _one_of(states.UNHELD)
SHELF = f"""CASE
    WHEN {_UNHELD} THEN {TO_TAKE}
    WHEN {_HELD} AND (met_at IS NULL OR callback_at IS NOT NULL) THEN {TO_REACH}
    WHEN state = 'resolved' AND callback_at IS NOT NULL THEN {TO_CALL}
    WHEN {_HELD} AND (correction_due_at IS NOT NULL OR update_due_at IS NOT NULL) THEN {RUNNING}
    WHEN {_HELD} THEN {HELD}
    WHEN state = 'resolved' THEN {RESOLVED}
    WHEN state = 'closed' THEN {CLOSED}
    ELSE {REFUSED}
END"""
"""SQL that SQLite and PostgreSQL both read."""
PLACE = """CASE
    WHEN state = 'closed' THEN coalesce(closed_at, opened_at)
    WHEN state = 'resolved' THEN coalesce(resolved_at, opened_at)
    WHEN state = 'refused' THEN opened_at
    WHEN met_at IS NULL AND (correction_due_at IS NULL OR due_at <= correction_due_at)
        AND (update_due_at IS NULL OR due_at <= update_due_at) THEN due_at
    WHEN correction_due_at IS NOT NULL
        AND (update_due_at IS NULL OR correction_due_at <= update_due_at) THEN correction_due_at
    ELSE coalesce(update_due_at, due_at)
END"""
"""The next moment at which one of its clocks is breached; of what is done, since when it is."""
