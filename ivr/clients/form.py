"""The form of §5: what a new one changes, what is wrong with it, and its writing, all or nothing.

A form that came as a file names everybody: whoever is missing has left. On the page each row
stands for a person, and nobody leaves who is not crossed out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ivr import callers
from ivr.clients import history, shifts
from ivr.clients.matching import match
from ivr.clients.person import FIELDS, Person, Problem, Wrong, line_of, read
from ivr.folding import plain
from ivr.models import Agent, Client, SuperUser
from ivr.reason import Reason
from ivr.scene import Scene

ROW = ("client", *FIELDS, "csa")
"""The fields of a row, in the order in which what is wrong with it is told."""
Kind = Literal["added", "changed", "left", "kept"]


@dataclass(frozen=True)
class Row:
    """One row of a form, as it came. `place` is its own name in the file or on the page."""

    place: str
    typed: Mapping[str, str]
    """By the fields of ivr/clients/person.py; what is not there stays as it is."""
    user_id: int | None = None
    """Whom the page shows in it; a file does not know."""
    leaves: bool = False
    """Crossed out: the client names this person no more."""
    problems: Sequence[Problem] = ()
    """What was wrong with it before it could be read at all."""


@dataclass(frozen=True)
class Change:
    """What happens to one person. `facts` are what was and what is, by field."""

    kind: Kind
    place: str
    person: Person
    user: SuperUser | None
    facts: history.Facts
    warning: Reason | None = None


@dataclass
class Plan:
    """What writing the form would do to one client; nothing may be written with a problem."""

    client: Client
    changes: list[Change] = field(default_factory=list)
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    """By the row's place."""
    csa: Sequence[str] | None = None
    """What the service centre was, and what it is; none: the same."""

    @property
    def changed(self) -> list[Change]:
        return [change for change in self.changes if change.kind != "kept"]

    @property
    def does_nothing(self) -> bool:
        return not self.changed and self.csa is None

    def refuse(self, place: str, field: str, reason: Reason) -> None:
        self.problems.setdefault(place, []).append(Problem(field, reason))


def compare(
    scene: Scene, client: Client, rows: Sequence[Row], *, whole: bool, csa: str | None = None
) -> Plan:
    """What the form changes of what the database holds now.

    `whole`: whoever it does not name has left. `csa`: none where the form does not say.
    """
    plan = Plan(client)
    users = callers.active(client)
    known = match(users, rows)
    for row in rows:
        _weigh(scene, plan, row, known.get(row.place))
    if whole:
        gone = [user for user in users if user not in known.values()]
        plan.changes += [_left(user, "") for user in gone]
    _check_together(plan, users)
    if csa is not None:
        _set_csa(plan, csa)
    return plan


def _weigh(scene: Scene, plan: Plan, row: Row, user: SuperUser | None) -> None:
    """One row: who it is, and what becomes of this person."""
    if row.leaves:
        plan.changes += [_left(user, row.place)] if user else []
        return
    was = Person.of(user) if user else None
    person, problems = read(scene.policy, scene.line_number, row.typed, was)
    if row.problems or problems:
        first = {problem.field: problem for problem in reversed([*row.problems, *problems])}
        plan.problems[row.place] = [first[field] for field in ROW if field in first]
        return
    assert person is not None
    facts = history.differences(was.facts() if was else {}, person.facts())
    if was is None:
        warning = _was_removed(plan.client, person)
        plan.changes.append(Change("added", row.place, person, None, facts, warning))
    else:
        plan.changes.append(Change("changed" if facts else "kept", row.place, person, user, facts))


def _left(user: SuperUser, place: str) -> Change:
    was = Person.of(user)
    return Change("left", place, was, user, {"name": [user.name, None]})


def _was_removed(client: Client, person: Person) -> Reason | None:
    """The centre had asked that this person be removed (§1.2): whoever confirms should know."""
    for user in client.super_users:
        if user.removed_at and user.removed_reason and plain(user.name) == plain(person.name):
            facts = {"reason": user.removed_reason, "at": user.removed_at.isoformat()}
            return Reason("clients.was_removed", facts)
    return None


def _check_together(plan: Plan, users: Iterable[SuperUser]) -> None:
    """What no row shows by itself: somebody who stands twice, and a shift with more than two."""
    seen: set[tuple[str, str, str]] = set()
    taken: Counter[str] = Counter()
    staying = {id(change.user) for change in plan.changes}
    for user in users:
        if id(user) not in staying:  # the form has nothing to say of this person
            seen.add(Person.of(user).same)
            taken.update(shifts.of(user))
    for change in plan.changes:
        if change.kind == "left":
            continue
        if change.person.same in seen:
            plan.refuse(change.place, "name", Reason("clients.twice"))
        seen.add(change.person.same)
        for shift in change.person.shifts:
            taken[shift] += 1
            if taken[shift] > shifts.PLACES:
                facts = {**shifts.names(shift), "places": shifts.PLACES}
                plan.refuse(change.place, "shifts", Reason("clients.too_many", facts))


def _set_csa(plan: Plan, text: str) -> None:
    try:
        csa = line_of(text, "csa")
    except Wrong as wrong:
        plan.refuse("", "csa", wrong.reason)
        return
    if csa != plan.client.csa:
        plan.csa = [plan.client.csa, csa]


# Written --------------------------------------------------------------------------------------


def write(scene: Scene, plan: Plan, agent: Agent | None, *, imported: bool = False) -> None:
    """Writes the plan, which must have no problem, and its history. The client is locked."""
    if plan.problems:
        raise ValueError("a form with a problem is never written")
    if plan.does_nothing:
        return
    client = plan.client
    history.begin(client)
    if plan.csa is not None:
        client.csa = plan.csa[1]
        history.keep(scene, client, agent, "csa", {"csa": plan.csa}, imported=imported)
    for change in plan.changed:
        user = change.user or SuperUser()
        if change.kind == "left":
            user.removed_at, user.removed_reason = scene.now, ""
        else:
            for name, value in _columns(change.person):
                setattr(user, name, value)
        if change.kind == "added":
            client.super_users.append(user)
        facts = {} if change.kind == "left" else change.facts
        history.keep(scene, client, agent, change.kind, facts, user=user, imported=imported)


def _columns(person: Person) -> Iterator[tuple[str, Any]]:
    for name in ("name", "function", "phone", "extension", "email", "language"):
        yield name, getattr(person, name)
    yield "shift", " ".join(person.shifts)
