"""Whose phones they are: those who call, and those whom the line calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from console.words import Words
from ivr import staff
from ivr.models import Agent, Client, ClientLine, EscalationContact, SuperUser
from ivr.scene import Scene

MOST_CALLERS, MOST_AGENTS = 300, 24


@dataclass(frozen=True)
class Person:
    """`is_agent`: whether the phone is one of the centre's. `duty`: a key, or empty."""

    number: str
    name: str
    detail: str
    is_agent: bool
    duty: str = ""


@dataclass(frozen=True)
class Clinic:
    """A client and the phones from which it may call."""

    client: Client
    users: Sequence[SuperUser]
    lines: Sequence[ClientLine]


def clinics(scene: Scene) -> list[Clinic]:
    """Those who may call, by client; of very many, the first."""
    users = scene.session.scalars(
        select(SuperUser)
        .join(Client)
        .options(joinedload(SuperUser.client).selectinload(Client.lines))
        .where(SuperUser.removed_at.is_(None))
        .order_by(Client.number, SuperUser.id)
        .limit(MOST_CALLERS)
    )
    return [
        Clinic(client, list(group), client.lines)
        for client, group in groupby(users, lambda user: user.client)
    ]


def agents(scene: Scene) -> list[Person]:
    """The centre's people, and who would be rung now: the desk first, then those on call."""
    found = scene.session.scalars(
        select(Agent).where(Agent.active).order_by(Agent.on_desk.desc(), Agent.id)
    )
    duties = _duties(scene)
    people = [
        Person(agent.phone, agent.name, "", True, duties.get(agent.id, ""))
        for agent in found
        if agent.phone
    ]
    # Whoever would be rung is never among those left out.
    return sorted(people, key=lambda person: not person.duty)[:MOST_AGENTS]


def _duties(scene: Scene) -> Mapping[int, str]:
    if scene.policy.hours.is_open(scene.now):
        return {agent.id: "desk" for agent in staff.desk(scene)}
    on_call = staff.on_call(scene)
    return {agent.id: "on_call" if n == 0 else "next" for n, agent in enumerate(on_call)}


def named(scene: Scene, t: Words, wanted: Sequence[str]) -> list[Person]:
    """Who has these numbers, in their order; whoever is unknown, or hides it, calls."""
    found = {number: _stranger(t, number) for number in wanted}
    contacts = select(EscalationContact).where(
        or_(EscalationContact.phone.in_(wanted), EscalationContact.mobile.in_(wanted))
    )
    for contact in scene.session.scalars(contacts):
        for number in (contact.phone, contact.mobile):
            person = Person(number, contact.name, contact.title_in(t.language), True)
            found[number] = person
    lines = select(ClientLine, Client).join(Client).where(ClientLine.phone.in_(wanted))
    for line, client in scene.session.execute(lines):
        found[line.phone] = Person(line.phone, t("handsets.line"), client.name, False)
    users = (
        select(SuperUser)
        .options(joinedload(SuperUser.client))
        .where(SuperUser.phone.in_(wanted), SuperUser.removed_at.is_(None))
    )
    for user in scene.session.scalars(users):
        found[user.phone] = Person(user.phone, user.name, user.client.name, False)
    return [found[number] for number in wanted]


def _stranger(t: Words, number: str) -> Person:
    known = t.dialable(number)
    return Person(number, t("handsets.stranger" if known else "handsets.hidden"), "", False)
