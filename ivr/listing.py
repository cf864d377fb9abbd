"""Which incidents a view shows, in which order, and how one goes on from a page to the next.

A view is a row of shelves (ivr/shelves.py), one after the other. Pages go by key, not by offset:
the next begins after the last row shown, so that a row which comes or goes meanwhile neither
repeats nor hides another. Whatever is asked for, no page looks at more than `LOOKED_AT` rows of
a shelf: where that was not enough to fill it, it says so, and one may look further.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    func,
    inspect,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, joinedload

from ivr import finding, shelves
from ivr.database import UtcDateTime
from ivr.finding import Found
from ivr.models import Client, Incident

PAGE = 50
LOOKED_AT = 5000
"""Rows of a shelf that one page looks at, where conditions leave some out."""
MOST_COUNTED, MOST_ANNOUNCED = 100, 20
ViewName = Literal["owed", "taken", "resolved", "closing", "closed", "refused", "all"]
VIEWS: tuple[ViewName, ...] = get_args(ViewName)
CLOSING = 8
"""No shelf of its own: what may be closed, longest possible first."""
_SHELVES: dict[ViewName, tuple[int, ...]] = {
    "owed": (shelves.TO_TAKE, shelves.TO_REACH, shelves.TO_CALL),
    "taken": (shelves.TO_REACH, shelves.RUNNING, shelves.HELD),
    "resolved": (shelves.TO_CALL, shelves.RESOLVED),
    "closing": (CLOSING,),
    "closed": (shelves.CLOSED,),
    "refused": (shelves.REFUSED,),
    "all": tuple(shelves.SHELVES),
}
_STAMP = "%Y%m%dT%H%M%S.%fZ"


class BadKey(ValueError):
    """The address names no row to go on from."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for; each condition narrows the view. `holder`: an agent's id."""

    view: ViewName = "owed"
    holder: int | None = None
    unheld: bool = False
    priority: str | None = None
    product: str | None = None
    state: str | None = None
    client: int | None = None
    text: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self != Wanted(self.view)


@dataclass(frozen=True)
class Row:
    incident: Incident
    shelf: int


@dataclass(frozen=True)
class Page:
    """`next_key`: where the next page begins; none: this is the last.

    `cut`: only the newest incidents that hold the words, the client or the holder were looked at.
    `further`: so many were looked at that the page is not full, and the next may have more.
    """

    rows: Sequence[Row]
    next_key: str | None = None
    cut: bool = False
    further: bool = False


@dataclass(frozen=True)
class _Place:
    """Where a row stands: what the list is sorted by."""

    shelf: int
    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.shelf}_{self.at.strftime(_STAMP)}_{self.id}"


def page(session: Session, wanted: Wanted, after: str | None, now: datetime) -> Page:
    """The rows after the key `after`. Raises `BadKey` where that is none of this view.

    `now` says what may be closed already.
    """
    start = None if after is None else _read_key(after, _SHELVES[wanted.view])
    if wanted.client or wanted.holder or wanted.text:
        return _searched(session, wanted, start, now)
    return _walked(session, wanted, start, now)


def overdue(session: Session, now: datetime) -> int:
    """How many promises are broken and not met yet; more than `MOST_COUNTED` are not counted."""
    late = (
        select(Incident.id)
        .where(
            Incident.shelf.in_((shelves.TO_TAKE, shelves.TO_REACH)),
            Incident.shelf_place < now,
            Incident.met_at.is_(None),
            Incident.due_at < now,
        )
        .limit(MOST_COUNTED)
    )
    return session.scalar(select(func.count()).select_from(late.subquery())) or 0


def critical(session: Session, now: datetime) -> Sequence[Incident]:
    """The P1 that nobody has in charge, whatever a list shows; the most urgent, with clients."""
    walk = _narrowed(
        _walk(shelves.TO_TAKE, None, now), Wanted(priority="P1"), shelves.TO_TAKE
    ).limit(MOST_ANNOUNCED)
    ids = [place.id for place in _read(session, walk)]
    found = select(Incident).where(Incident.id.in_(ids)).options(joinedload(Incident.client))
    return session.scalars(found.order_by(Incident.shelf_place, Incident.id)).all()


# Shelf by shelf ---------------------------------------------------------------------------------


def _walked(session: Session, wanted: Wanted, start: _Place | None, now: datetime) -> Page:
    """One shelf after the other, until the page is full or enough rows were looked at."""
    places: list[_Place] = []
    for shelf in _SHELVES[wanted.view]:
        if start is not None and shelf < start.shelf:
            continue
        walk = _walk(shelf, start if start and shelf == start.shelf else None, now)
        places += _read(session, _narrowed(walk, wanted, shelf).limit(PAGE + 1 - len(places)))
        if len(places) > PAGE:
            break
        if wanted.is_narrowed and (last := _last_looked_at(session, walk, shelf)):
            return Page(_rows(session, places), str(last), further=True)
    return _filled(session, places)


def _walk(shelf: int, start: _Place | None, now: datetime) -> Select[Any]:
    """The rows of a shelf from a place on, in the order of an index."""
    query = _on((shelf,), now)
    if start is not None:
        query = query.where(_beyond(start, _at(shelf)))
    return query.order_by(*_directed((_at(shelf), Incident.id), shelf))


def _beyond(start: _Place, at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Further down on the shelf of `start`."""
    place = tuple_(at, Incident.id)
    last = tuple_(literal(start.at, UtcDateTime()), literal(start.id))
    return place < last if start.shelf in shelves.NEWEST_FIRST else place > last


def _narrowed(walk: Select[Any], wanted: Wanted, shelf: int) -> Select[Any]:
    """What is wanted of the first rows of the walk, in its order."""
    if not wanted.is_narrowed:
        return walk
    row = walk.limit(LOOKED_AT).subquery().c
    return (
        select(*row).where(*_conditions(wanted, row)).order_by(*_directed((row.at, row.id), shelf))
    )


def _last_looked_at(session: Session, walk: Select[Any], shelf: int) -> _Place | None:
    """Where the walk was broken off, out of the index alone; none: it came to the shelf's end."""
    place = walk.with_only_columns(literal(shelf).label("shelf"), _at(shelf), Incident.id)
    row = session.execute(place.offset(LOOKED_AT - 1).limit(1)).one_or_none()
    return _Place(*row) if row else None


def _directed(order: Iterable[Any], shelf: int) -> list[ColumnElement[Any]]:
    return [column.desc() if shelf in shelves.NEWEST_FIRST else column for column in order]


# By what an index finds -------------------------------------------------------------------------


def _searched(session: Session, wanted: Wanted, start: _Place | None, now: datetime) -> Page:
    """What is wanted of the newest incidents of the shortest list that an index has."""
    found = list(_found(session, wanted))
    if not found:
        return Page([])
    least, cut = finding.shortest(session, found)
    newest = found.pop(least).ids.limit(finding.LOOKED_AT).subquery()
    query = _on(_SHELVES[wanted.view], now).join(newest, newest.c.id == Incident.id)
    query = query.where(*(one.holds for one in found), *_conditions(wanted, Incident))
    if start is not None:
        query = query.where(_after(start))
    places = _read(session, query.order_by(*_order(wanted.view)).limit(PAGE + 1))
    return replace(_filled(session, places), cut=cut)


def _after(start: _Place) -> ColumnElement[bool]:
    """Those that stand further down, on its shelf or on the next ones."""
    at = _at(start.shelf)
    if start.shelf == CLOSING:
        return _beyond(start, at)
    here = and_(Incident.shelf == start.shelf, _beyond(start, at))
    return or_(Incident.shelf > start.shelf, here)


def _order(view: ViewName) -> tuple[ColumnElement[Any], ...]:
    """By shelf, and on each in its own direction."""
    at, number = _at(_SHELVES[view][0]), inspect(Incident).c.id
    if view == "closing":
        return at, number
    done = Incident.shelf.in_(shelves.NEWEST_FIRST)
    return (
        inspect(Incident).c.shelf,
        case((done, None), else_=at),
        case((done, at)).desc(),
        case((done, -number), else_=number),
    )


def _found(session: Session, wanted: Wanted) -> Iterator[Found]:
    """Each of them must hold; none at all: the text has nothing to look for."""
    if wanted.text:
        terms = finding.by_text(session, wanted.text)
        if not terms:
            return
        yield from terms
    if wanted.client:
        yield finding.by_client(wanted.client)
    if wanted.holder:
        yield finding.by_holder(wanted.holder)


# What both read ---------------------------------------------------------------------------------


def _on(wanted: tuple[int, ...], now: datetime) -> Select[Any]:
    """The rows on these shelves, with what they are sorted by and what conditions ask of them."""
    closing = CLOSING in wanted
    shelf = literal(CLOSING) if closing else Incident.shelf
    query = select(
        shelf.label("shelf"),
        _at(wanted[0]).label("at"),
        Incident.id,
        Incident.priority,
        Incident.product,
        Incident.state,
        Incident.holder_id,
    )
    if closing:
        return query.where(Incident.closing_at <= now)  # none where it may not be closed
    return query.where(shelf == wanted[0] if len(wanted) == 1 else shelf.in_(wanted))


def _at(shelf: int) -> ColumnElement[Any]:
    return inspect(Incident).c["closing_at" if shelf == CLOSING else "shelf_place"]


def _conditions(wanted: Wanted, row: Any) -> Iterator[ColumnElement[bool]]:
    if wanted.unheld:
        yield row.holder_id.is_(None)
    for name in ("priority", "product", "state"):
        if value := getattr(wanted, name):
            yield getattr(row, name) == value


def _read(session: Session, query: Select[Any]) -> list[_Place]:
    return [_Place(row.shelf, row.at, row.id) for row in session.execute(query)]


def _filled(session: Session, places: Sequence[_Place]) -> Page:
    shown = places[:PAGE]
    return Page(_rows(session, shown), str(shown[-1]) if len(places) > PAGE else None)


def _rows(session: Session, places: Sequence[_Place]) -> list[Row]:
    """The incidents themselves, with what a row of the list shows of them."""
    query = select(Incident).where(Incident.id.in_([place.id for place in places]))
    query = query.options(
        joinedload(Incident.client).selectinload(Client.products),
        joinedload(Incident.super_user),
        joinedload(Incident.holder),
    )
    incidents = {incident.id: incident for incident in session.scalars(query)}
    return [Row(incidents[place.id], place.shelf) for place in places if place.id in incidents]


# Keys -------------------------------------------------------------------------------------------


def _read_key(key: str, known: tuple[int, ...]) -> _Place:
    parts = key.split("_")
    if len(parts) != 3 or parts[0] not in map(str, known) or not _is_number(parts[2]):
        raise BadKey(key)
    try:
        at = datetime.strptime(parts[1], _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadKey(key) from error
    return _Place(int(parts[0]), at, int(parts[2]))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
