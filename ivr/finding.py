"""Incidents by what somebody types: a reference, a client, a caller, a phone number, words.

Each term has a list of incidents, newest first, that an index gives; the shortest of them is gone
through, at most `LOOKED_AT` of it, and the other terms and conditions are asked of each. So a
search never takes longer than that, however many incidents there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from ivr import folding, numbers
from ivr.models import Client, Incident, IncidentWord, SuperUser
from ivr.scene import Scene

LOOKED_AT = 1000
"""So many of the newest incidents that a term finds are looked at, and no more."""
FEW = 20
"""Names that so many hold are looked up by each of them; what more hold tells nothing."""
TERMS = 8
"""More words than that are not asked for."""
LONGEST = 100
"""Characters: what somebody types into a search box."""
_WORD = re.compile(r"[a-z0-9]+")
_PUNCTUATION = re.compile(r"[\s()+.\-]")
_REFERENCE = re.compile(r"\d{6}")
_CLIENT = re.compile(r"\d{5}")

Ids = Select[Any]


@dataclass(frozen=True)
class Found:
    """Where one condition looks: `ids` are incidents, newest first; `holds` asks one of them."""

    ids: Ids
    holds: ColumnElement[bool]


# Written ----------------------------------------------------------------------------------------


def remember(scene: Scene, incident: Incident, *texts: str) -> None:
    """The incident is found by the words of these texts, too, from now on."""
    if not (words := folding.words(" ".join(texts))):
        return
    known = select(IncidentWord.word).where(
        IncidentWord.incident_id == incident.id, IncidentWord.word.in_(words)
    )
    fresh = words - set(scene.session.scalars(known))
    scene.session.add_all(
        IncidentWord(word=word, incident_id=incident.id) for word in sorted(fresh)
    )


# Read -------------------------------------------------------------------------------------------


def by_text(session: Session, text: str) -> list[Found]:
    """One condition for each term of `text`; none where it holds nothing to look for."""
    text = text[:LONGEST].strip()
    digits = _PUNCTUATION.sub("", text)
    terms = [digits] if digits.isascii() and digits.isdecimal() else _terms(text)
    return [_of_term(session, term) for term in terms]


def by_client(client_id: int) -> Found:
    return Found(_newest(Incident.client_id, client_id), Incident.client_id == client_id)


def by_holder(agent_id: int) -> Found:
    return Found(_newest(Incident.holder_id, agent_id), Incident.holder_id == agent_id)


def by_reference(session: Session, text: str) -> int | None:
    """The one incident whose reference that is; none: it is none, or several had it in turn."""
    digits = _PUNCTUATION.sub("", text[:LONGEST])
    if not (digits.isascii() and _REFERENCE.fullmatch(digits)):
        return None
    held = select(Incident.id).where(Incident.reference == digits).limit(2)
    ids = session.scalars(held).all()
    return ids[0] if len(ids) == 1 else None


def shortest(session: Session, found: Sequence[Found]) -> tuple[int, bool]:
    """Which of them lists fewest incidents, and whether it goes on past what is looked at."""
    lengths = [
        session.scalar(select(func.count()).select_from(one.ids.limit(LOOKED_AT + 1).subquery()))
        or 0
        for one in found
    ]
    least = min(lengths)
    return lengths.index(least), least > LOOKED_AT


# What a term may mean ---------------------------------------------------------------------------


def _terms(text: str) -> list[str]:
    """Its words without accents and capitals; those that say nothing where there are no others."""
    words = dict.fromkeys(_WORD.findall(folding.plain(text)))
    telling = [
        word for word in words if len(word) >= folding.SHORTEST and word not in folding.STOP_WORDS
    ]
    return (telling or list(words))[:TERMS]


def _of_term(session: Session, term: str) -> Found:
    lists: list[Ids] = []
    holds: list[ColumnElement[bool]] = []
    for one in _meanings(session, term):
        lists.append(one.ids)
        holds.append(one.holds)
    together = union(*(select(one.subquery().c.id) for one in lists)).subquery()
    return Found(select(together.c.id).order_by(together.c.id.desc()), or_(*holds))


def _meanings(session: Session, term: str) -> Iterable[Found]:
    yield _by_word(term)
    yield _by_name(session, Client, Incident.client_id, term)
    yield _by_name(session, SuperUser, Incident.super_user_id, term)
    if _REFERENCE.fullmatch(term):
        yield Found(_newest(Incident.reference, term), Incident.reference == term)
    if term.isdecimal() and (number := numbers.canonical(term)):
        yield Found(_newest(Incident.callback_number, number), Incident.callback_number == number)


def _by_word(term: str) -> Found:
    folded = min(folding.words(term), default=term)[: folding.LONGEST]
    ids = (
        select(IncidentWord.incident_id.label("id"))
        .where(IncidentWord.word == folded)
        .order_by(IncidentWord.incident_id.desc())
        .limit(LOOKED_AT + 1)
    )
    held = select(IncidentWord.word).where(
        IncidentWord.word == folded, IncidentWord.incident_id == Incident.id
    )
    return Found(ids, held.correlate(Incident).exists())


def _by_name(
    session: Session,
    kind: type[Client] | type[SuperUser],
    column: InstrumentedAttribute[int | None],
    term: str,
) -> Found:
    """Through the table of names: it is short beside that of incidents, and renaming is one act."""
    named: Ids = select(kind.id).where(_is_named(kind, term))
    ids = session.scalars(named.limit(FEW + 1)).all()
    if len(ids) > FEW:
        return Found(_among_the_newest(column, named), column.in_(named))
    none: Ids = select(Incident.id).where(Incident.id.is_(None))
    each: list[Ids] = [
        select(_newest(column, one, LOOKED_AT // len(ids) + 1).subquery().c.id) for one in ids
    ]
    return Found(select(union(*each, none).subquery().c.id), column.in_(ids))


def _is_named(kind: type[Client] | type[SuperUser], term: str) -> ColumnElement[bool]:
    named = kind.sought.contains(term, autoescape=True)
    if kind is Client and _CLIENT.fullmatch(term):
        return or_(named, Client.number == term)
    return named


def _newest(column: InstrumentedAttribute[Any], value: Any, limit: int = LOOKED_AT + 1) -> Ids:
    return select(Incident.id).where(column == value).order_by(Incident.id.desc()).limit(limit)


def _among_the_newest(column: InstrumentedAttribute[int | None], named: Ids) -> Ids:
    """A name that is everywhere: the newest incidents are gone through until that is enough."""
    newest = (
        select(Incident.id, column.label("whose"))
        .order_by(Incident.id.desc())
        .limit(LOOKED_AT + 1)
        .subquery()
    )
    return select(newest.c.id).where(newest.c.whose.in_(named))
