"""Which incidents a view shows, in which order, and how one goes on from a page to the next.

Pages go by key, not by offset: the next page begins after the last row shown, so that a row
which comes or goes meanwhile neither repeats nor hides another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from ivr import states
from ivr.database import UtcDateTime
from ivr.models import Client, Incident

PAGE = 50
ViewName = Literal["owed", "taken", "resolved", "closing", "closed", "refused", "all"]

_OPEN = Incident.state.in_(states.OPEN)
_UNHELD = Incident.state.in_(states.UNHELD)
# The promise of §4 is not met: nobody took it in charge, or the client does not know it yet.
_UNMET = Incident.met_at.is_(None)
# A letter meets the promise; the call that the client was told of is owed all the same.
_CALL_OWED = and_(Incident.callback_at.is_not(None), Incident.state.in_((*states.OPEN, "resolved")))
_OWED = or_(_CALL_OWED, and_(_OPEN, or_(_UNMET, _UNHELD)))
_FILTERS: dict[ViewName, ColumnElement[bool] | None] = {
    "owed": _OWED,
    "taken": Incident.state.in_(states.HELD),
    "resolved": Incident.state == "resolved",
    "closing": Incident.state.in_(("waiting", "resolved")),
    "closed": Incident.state == "closed",
    "refused": Incident.state == "refused",
    "all": None,
}
VIEWS: tuple[ViewName, ...] = tuple(_FILTERS)
# What nobody holds stands before what is held.
_PLACE = case((_UNHELD, 0), else_=1)


class BadKey(ValueError):
    """The address names no row to go on from."""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Incident]
    next_key: str | None
    """Where the next page begins; none: this is the last."""


def page(session: Session, view: ViewName, after: str | None, now: datetime) -> Page:
    """The rows of a view after the key `after`. Raises `BadKey` where that is none.

    What is owed is sorted by time to breach, first what nobody holds; the rest newest first. `now`
    says what is to be closed already.
    """
    query = select(Incident).options(
        joinedload(Incident.client).selectinload(Client.products),
        joinedload(Incident.super_user),
        joinedload(Incident.holder),
    )
    if (wanted := _FILTERS[view]) is not None:
        query = query.where(wanted)
    if view == "closing":
        query = query.where(Incident.closing_at <= now)
    query = _by_due(query, after) if view == "owed" else _newest(query, after)
    rows = session.scalars(query.limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return Page(shown, _key(view, shown[-1]) if len(rows) > PAGE else None)


def overdue(session: Session, now: datetime) -> int:
    """How many promises are broken and not met yet."""
    count = select(func.count()).select_from(Incident).where(_OPEN, _UNMET, Incident.due_at < now)
    return session.scalar(count) or 0


def _by_due(query: Select[Incident], after: str | None) -> Select[Incident]:
    query = query.order_by(_PLACE, Incident.due_at, Incident.id)
    if after is None:
        return query
    place, due, number = _read_due_key(after)
    last = tuple_(literal(place), literal(due, UtcDateTime()), literal(number))
    return query.where(tuple_(_PLACE, Incident.due_at, Incident.id) > last)


def _newest(query: Select[Incident], after: str | None) -> Select[Incident]:
    query = query.order_by(Incident.id.desc())
    return query if after is None else query.where(Incident.id < _number(after))


def _key(view: ViewName, last: Incident) -> str:
    if view != "owed":
        return str(last.id)
    place = "new" if last.state in states.UNHELD else "taken"
    return f"{place}_{last.due_at.strftime(_STAMP)}_{last.id}"


_STAMP = "%Y%m%dT%H%M%S.%fZ"


def _read_due_key(key: str) -> tuple[int, datetime, int]:
    parts = key.split("_")
    if len(parts) != 3 or parts[0] not in ("new", "taken"):
        raise BadKey(key)
    try:
        due = datetime.strptime(parts[1], _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadKey(key) from error
    return int(parts[0] == "taken"), due, _number(parts[2])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadKey(text)
    return int(text)
