"""Ready-made statements past the ORM's unit of work, for what each turn of a call does.

The unit of work weighs every object against every other before it writes one. That costs several
times what a statement does, and here somebody waits on the phone (benchmarks/voice_turn.py).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    CursorResult,
    Executable,
    Insert,
    Update,
    bindparam,
    insert,
    inspect,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.schema import ColumnDefault


def run(session: Session, statement: Executable, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Runs a statement in the session's transaction, at once: objects that have changed are not
    written before, and learn nothing of it. `values` are those of its parameters."""
    return session.connection().execute(statement, values)


def add(session: Session, row: DeclarativeBase) -> None:
    """Inserts a new row at once, defaults and all; from then on the session holds it, as if read.

    What it points at is named by its key. Raises `IntegrityError` where the table refuses it.
    """
    columns = inspect(type(row)).columns
    for key, column in columns.items():
        if not column.primary_key and column.computed is None and key not in row.__dict__:
            setattr(row, key, _default(column))
    values = {key: value for key, value in row.__dict__.items() if key in columns}
    inserted = run(session, _insert(type(row)), **values).inserted_primary_key
    assert inserted is not None
    set_committed_value(row, "id", inserted[0])
    make_transient_to_detached(row)
    session.add(row)


def store(session: Session, row: DeclarativeBase) -> None:
    """Writes what has changed in the row's own columns; whoever looks at it again reads it anew.

    Left to the commit where that has more to do: where there are new rows, or others to point at.
    """
    state = inspect(row)
    was = state.committed_state
    if not was or state.identity is None or session.new:
        return
    if any(key not in state.mapper.columns for key in was):  # what it points at, too
        return
    if changed := {key: state.dict[key] for key in was if state.dict[key] != was[key]}:
        run(session, _update(type(row)), row_id=state.identity[0], **changed)
    session.expire(row)


@cache
def _update(kind: type[DeclarativeBase]) -> Update:
    table = kind.__table__
    return update(kind).where(table.c.id == bindparam("row_id"))


@cache
def _insert(kind: type[DeclarativeBase]) -> Insert:
    return insert(kind)


def _default(column: Column[Any]) -> Any:
    default = column.default
    if isinstance(default, ColumnDefault):
        return default.arg(None) if default.is_callable else default.arg
    return None


def points(row: DeclarativeBase, **at: DeclarativeBase | None) -> None:
    """Tells a row what it points at, so that nobody looks it up: its key says it already."""
    for name, other in at.items():
        set_committed_value(row, name, other)
