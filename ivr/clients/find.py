"""Clients, found by number, name, super user or phone number; in the order of their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import selectinload

from ivr import numbers
from ivr.folding import plain
from ivr.models import Client, ClientLine, ClientProduct, SuperUser
from ivr.scene import Scene

PAGE = 50
LONGEST = 100
_DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class Page:
    clients: Sequence[Client]
    next_key: int | None
    """The client after whom the next page begins; none: this is the last."""


def page(scene: Scene, words: str, product: str | None, after: int | None) -> Page:
    """The clients that match, after the client `after`; one that is none begins anew."""
    query = matching(words, product).options(
        selectinload(Client.products),
        selectinload(Client.lines),
        selectinload(Client.super_users),
    )
    last = scene.session.get(Client, after) if after is not None else None
    if last is not None:
        query = query.where(tuple_(Client.sought, Client.id) > (last.sought, last.id))
    found = scene.session.scalars(query.limit(PAGE + 1)).all()
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def count(scene: Scene, words: str, product: str | None) -> int:
    every = matching(words, product).order_by(None).subquery()
    return scene.session.scalar(select(func.count()).select_from(every)) or 0


def matching(words: str, product: str | None) -> Select[Client]:
    """Those in whose file each of the words stands: a number, a name, a person, a phone."""
    query = select(Client).order_by(Client.sought, Client.id)
    if product is not None:
        held = select(ClientProduct.client_id).where(ClientProduct.product == product)
        query = query.where(Client.id.in_(held))
    text = words[:LONGEST].strip()
    if (number := numbers.canonical(numbers.split_extension(text)[0])) is not None:
        return query.where(_by_phone(number))
    for word in plain(text).split():
        query = query.where(_by_word(word))
    return query


def _by_phone(number: str) -> ColumnElement[bool]:
    users = select(SuperUser.client_id).where(
        SuperUser.phone == number, SuperUser.removed_at.is_(None)
    )
    lines = select(ClientLine.client_id).where(ClientLine.phone == number)
    return or_(Client.id.in_(users), Client.id.in_(lines))


def _by_word(word: str) -> ColumnElement[bool]:
    people = SuperUser.sought.contains(word, autoescape=True)
    if len(digits := _DIGITS.sub("", word)) > 3:
        people = or_(people, SuperUser.phone.contains(digits))
    named = select(SuperUser.client_id).where(people, SuperUser.removed_at.is_(None))
    return or_(
        Client.number.startswith(word, autoescape=True),
        Client.sought.contains(word, autoescape=True),
        Client.id.in_(named),
    )
