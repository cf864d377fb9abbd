"""Which incidents a view shows, in which order, and how one goes on from a page to the next.

Pages go by key, not by offset: the next page begins after the last row shown, so that a row
which comes or goes meanwhile neither repeats nor hides another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from ivr.database import UtcDateTime
from ivr.models import Client, Incident

PAGE = 50
ViewName = Literal["owed", "taken", "refused", "all"]

_OPEN = Incident.state.in_(("new", "taken"))
# The promise of §4 is not met: nobody took it in charge, or the client does not know it yet.
_UNMET = or_(Incident.taken_at.is_(None), Incident.told_at.is_(None))
# A letter meets the promise; the call that the client was told of is owed all the same.
_OWED = and_(_OPEN, or_(_UNMET, Incident.callback_at.is_not(None)))
_FILTERS: dict[ViewName, ColumnElement[bool] | None] = {
    "owed": _OWED,
    "taken": Incident.state == "taken",
    "refused": Incident.state == "refused",
    "all": None,
}
VIEWS: tuple[ViewName, ...] = tuple(_FILTERS)


class BadKey(ValueError):
    """The address names no row to go on from."""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Incident]
    next_key: str | None
    """Where the next page begins; none: this is the last."""


def page(session: Session, view: ViewName, after: str | None) -> Page:
    """The rows of a view after the key `after`. Raises `BadKey` where that is none.

    What is owed is sorted by time to breach, first what nobody holds; the rest newest first.
    """
    query = select(Incident).options(
        joinedload(Incident.client).selectinload(Client.products),
        joinedload(Incident.super_user),
        joinedload(Incident.holder),
    )
    if (wanted := _FILTERS[view]) is not None:
        query = query.where(wanted)
    query = _by_due(query, after) if view == "owed" else _newest(query, after)
    rows = session.scalars(query.limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return Page(shown, _key(view, shown[-1]) if len(rows) > PAGE else None)


def overdue(session: Session, now: datetime) -> int:
    """How many promises are broken and not met yet."""
    count = select(func.count()).select_from(Incident).where(_OPEN, _UNMET, Incident.due_at < now)
    return session.scalar(count) or 0


def _by_due(query: Select[Incident], after: str | None) -> Select[Incident]:
    # "new" comes before "taken" by the alphabet too: the order is that of one index.
    query = query.order_by(Incident.state, Incident.due_at, Incident.id)
    if after is None:
        return query
    state, due, number = _read_due_key(after)
    last = tuple_(literal(state), literal(due, UtcDateTime()), literal(number))
    return query.where(tuple_(Incident.state, Incident.due_at, Incident.id) > last)


def _newest(query: Select[Incident], after: str | None) -> Select[Incident]:
    query = query.order_by(Incident.id.desc())
    return query if after is None else query.where(Incident.id < _number(after))


def _key(view: ViewName, last: Incident) -> str:
    if view != "owed":
        return str(last.id)
    return f"{last.state}_{last.due_at.strftime(_STAMP)}_{last.id}"


_STAMP = "%Y%m%dT%H%M%S.%fZ"


def _read_due_key(key: str) -> tuple[str, datetime, int]:
    parts = key.split("_")
    if len(parts) != 3 or parts[0] not in ("new", "taken"):
        raise BadKey(key)
    try:
        due = datetime.strptime(parts[1], _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadKey(key) from error
    return parts[0], due, _number(parts[2])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadKey(text)
    return int(text)
