"""Whom the rows of a form mean: the strongest likeness first, and never one person twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol

from ivr import numbers
from ivr.folding import plain
from ivr.models import SuperUser

_WORDS = re.compile(r"\w+")


class Row(Protocol):
    @property
    def place(self) -> str: ...
    @property
    def typed(self) -> Mapping[str, str]: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def leaves(self) -> bool: ...


Likeness = tuple[str, str, str]
"""A name without accents, a number with its extension, an e-mail address."""


def match(users: Sequence[SuperUser], rows: Sequence[Row]) -> dict[str, SuperUser]:
    """By the row's place, whom it is about; a row that is about nobody known is not there.

    A number says nothing by itself, nor does an address: both are often the desk's, whoever sits
    there, and past calls must not come to bear a new person's name.
    """
    by_id = {user.id: user for user in users}
    found = {row.place: by_id[row.user_id] for row in rows if row.user_id in by_id}
    free = [row for row in rows if row.user_id is None and not row.leaves]
    like = {row.place: _of_row(row.typed) for row in free}
    for key in (_name_and_number, _name, _email):
        left = [user for user in users if user not in found.values()]
        rest = [row.place for row in free if row.place not in found]
        found |= _paired(key, {place: like[place] for place in rest}, left)
    return found


def _paired(
    key: Callable[[Likeness], Hashable], rows: Mapping[str, Likeness], users: Sequence[SuperUser]
) -> dict[str, SuperUser]:
    """Those that alone are alike, on both sides."""
    keys = [key(_of_user(user)) for user in users]
    wanted = Counter(key(likeness) for likeness in rows.values())
    held = Counter(keys)
    by_key = {k: user for k, user in zip(keys, users, strict=True) if k and held[k] == 1}
    return {
        place: by_key[key(likeness)]
        for place, likeness in rows.items()
        if key(likeness) in by_key
        and wanted[key(likeness)] == 1
        and _akin(likeness, _of_user(by_key[key(likeness)]))
    }


def _name_and_number(likeness: Likeness) -> Hashable:
    return likeness[:2] if likeness[0] and likeness[1] else None


def _name(likeness: Likeness) -> Hashable:
    return likeness[0] or None


def _email(likeness: Likeness) -> Hashable:
    return likeness[2] or None


def _akin(one: Likeness, other: Likeness) -> bool:
    """Do the names share a word, as after a marriage, or a slip that was put right?"""
    return bool({*_WORDS.findall(one[0])} & {*_WORDS.findall(other[0])})


def _of_user(user: SuperUser) -> Likeness:
    return plain(user.name), f"{user.phone} {user.extension}", user.email.lower()


def _of_row(typed: Mapping[str, str]) -> Likeness:
    written, extension = numbers.split_extension(typed.get("phone", "")[: 2 * numbers.LONGEST])
    number = numbers.canonical(written)
    phone = f"{number} {extension or ''}" if number else ""
    return plain(" ".join(typed.get("name", "").split())), phone, typed.get("email", "").lower()
