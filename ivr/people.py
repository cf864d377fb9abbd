"""The people of the centre: added, changed, disabled by an administrator; each act on record.

Nobody chooses a password for somebody else (ivr/people_links.py), and there is always an
administrator who can sign in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ivr import (
    audit,
    numbers,
    people_factor,
    people_letters,
    people_links,
    people_sessions,
)
from ivr.catalogue import LANGUAGES
from ivr.incidents import Refused
from ivr.models import Agent
from ivr.reason import Reason
from ivr.rights import RANKS
from ivr.scene import Scene

LAST = Reason("people.last_administrator")
CHANGED = Reason("people.changed_meanwhile")
"""Somebody else was quicker: what one had before one is no more what is on file."""
_ADMINISTRATORS = (
    select(Agent.id)
    .where(Agent.active, Agent.role == "admin", Agent.password_hash != "")
    .order_by(Agent.id)
)
LONGEST_NAME, LONGEST_EMAIL = 80, 254
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


@dataclass(frozen=True)
class Person:
    """What is on file of an agent, as it is typed in."""

    name: str
    email: str
    phone: str
    language: str = "fr"
    role: str = "agent"
    on_desk: bool = False


def add(scene: Scene, by: Agent | None, typed: Person, *, invites: bool = True) -> Agent:
    """A new agent, who is written to and sets a password. Raises `Refused`."""
    person = checked(scene, typed)
    agent = Agent(**asdict(person), password_hash="")
    try:
        with scene.session.begin_nested():
            scene.session.add(agent)
    except IntegrityError as error:  # somebody else added it in the same moment
        raise Refused(Reason("people.known_email", {"email": person.email})) from error
    audit.note(scene, by, "person_added", agent.name, role=agent.role)
    if invites:
        people_links.send(scene, agent)
    return agent


def change(scene: Scene, by: Agent, agent: Agent, typed: Person, seen: str) -> bool:
    """Changes what is on file; false where nothing differs. Another role ends every session.

    `seen` is the mark of the file that the administrator had before them. Raises `Refused` where
    it has changed since.
    """
    others = _other_administrators(scene, agent)
    _lock(scene, agent)
    person = checked(scene, typed, agent)
    was = on_file(agent)
    if person == was:
        return False
    if mark(agent) != seen:
        raise Refused(CHANGED)
    if agent.active and agent.role == "admin" != person.role and not others:
        raise Refused(LAST)
    for name, value in asdict(person).items():
        setattr(agent, name, value)
    what = [name for name, value in asdict(was).items() if getattr(agent, name) != value]
    audit.note(scene, by, "person_changed", agent.name, fields=what)
    if person.role != was.role:
        audit.note(scene, by, "role_changed", agent.name, was=was.role, role=person.role)
        people_sessions.end_all(scene, agent)
    if person.email != was.email:
        people_links.withdraw(scene, agent)
        people_letters.changed(scene, agent, "email", was.email)
    return True


def disable(scene: Scene, by: Agent | None, agent: Agent) -> bool:
    """Signs in no more, at once, and is rung no more; false where it was so already."""
    others = _other_administrators(scene, agent)
    _lock(scene, agent)
    if not agent.active:
        return False
    if agent.role == "admin" and not others:
        raise Refused(LAST)
    agent.active = False
    people_sessions.end_all(scene, agent)
    people_links.withdraw(scene, agent)
    audit.note(scene, by, "person_disabled", agent.name)
    return True


def enable(scene: Scene, by: Agent, agent: Agent) -> bool:
    """Back at the centre, with the password and the role of before."""
    _lock(scene, agent)
    if agent.active:
        return False
    agent.active = True
    audit.note(scene, by, "person_enabled", agent.name)
    return True


def send_link(scene: Scene, by: Agent | None, agent: Agent) -> bool:
    """The letter with which the agent sets a password; false where one went out just now."""
    link = people_links.send(scene, agent)
    if link is None:
        return False
    audit.note(scene, by, f"{link.kind}_sent", agent.name)
    return True


def remove_factor(scene: Scene, by: Agent, agent: Agent) -> bool:
    """For who has lost telephone and recovery codes: the password alone signs in again."""
    if not people_factor.remove(scene, agent):
        return False
    audit.note(scene, by, "factor_removed", agent.name)
    people_letters.changed(scene, agent, "factor_off")
    return True


def end_sessions(scene: Scene, by: Agent, agent: Agent) -> bool:
    """Signs the agent out everywhere."""
    if not people_sessions.end_all(scene, agent):
        return False
    audit.note(scene, by, "sessions_ended", agent.name)
    return True


def change_own(scene: Scene, agent: Agent, phone: str, language: str, seen: str) -> bool:
    """What everybody may change of the own file; `seen` as for `change`. Raises `Refused`."""
    _lock(scene, agent)
    number = _phone(scene, phone)
    if language not in LANGUAGES:
        raise Refused(Reason("people.no_language"))
    if (agent.phone, agent.language) == (number, language):
        return False
    if mark(agent) != seen:
        raise Refused(CHANGED)
    what = ["phone"] * (agent.phone != number) + ["language"] * (agent.language != language)
    agent.phone, agent.language = number, language
    audit.note(scene, agent, "own_account_changed", agent.name, fields=what)
    return True


# What is on file ---------------------------------------------------------------------------------


def on_file(agent: Agent) -> Person:
    return Person(**{name: getattr(agent, name) for name in Person.__dataclass_fields__})


def mark(agent: Agent) -> str:
    """Another one as soon as anything on file differs."""
    facts = json.dumps([*asdict(on_file(agent)).values(), agent.active])
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def checked(scene: Scene, typed: Person, agent: Agent | None = None) -> Person:
    """The same as it is kept. Raises `Refused` at the first thing that is wrong; `agent`: whose it
    is, where that person is on file already."""
    name = " ".join(typed.name.split())
    if not name or not name.isprintable():
        raise Refused(Reason("people.no_name"))
    if len(name) > LONGEST_NAME:
        raise Refused(Reason("people.long_name", {"longest": LONGEST_NAME}))
    email = email_of(typed.email)
    same = select(Agent.id).where(func.lower(Agent.email) == email)
    if (known := scene.session.scalar(same)) is not None and (agent is None or known != agent.id):
        raise Refused(Reason("people.known_email", {"email": email}))
    if typed.language not in LANGUAGES:
        raise Refused(Reason("people.no_language"))
    if typed.role not in RANKS:
        raise Refused(Reason("people.no_role"))
    number = _phone(scene, typed.phone)
    return Person(name, email, number, typed.language, typed.role, typed.on_desk)


def email_of(typed: str) -> str:
    """The address as it is kept. Raises `Refused`."""
    email = typed.strip().lower()
    if len(email) > LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise Refused(Reason("people.bad_email"))
    return email


def _phone(scene: Scene, typed: str) -> str:
    """E.164. Raises `Refused` where it is no number, or one that the line may not call."""
    number = numbers.canonical(typed)
    if number is None:
        raise Refused(Reason("people.bad_phone"))
    if reason := numbers.dialable(number, scene.policy.dialling, [scene.line_number]):
        raise Refused(reason)
    return number


def _lock(scene: Scene, agent: Agent) -> None:
    scene.session.refresh(agent, with_for_update=True)


def administrators(session: Session) -> Sequence[int]:
    """Those who can sign in: active, and with a password."""
    return session.scalars(_ADMINISTRATORS).all()


def _other_administrators(scene: Scene, agent: Agent) -> set[int]:
    """All are locked, in one order and before anybody else is: two of them who let each other go
    at once would leave nobody."""
    locked = scene.session.scalars(_ADMINISTRATORS.with_for_update()).all()
    return set(locked) - {agent.id}
