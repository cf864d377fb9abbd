"""A form that came as a file: kept, shown as what it would change, then written all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import selectinload

from ivr import audit
from ivr.clients import columns, form, sheet
from ivr.clients.columns import Line, Sheet
from ivr.clients.form import Plan, Row
from ivr.clients.person import Problem
from ivr.incidents import Refused
from ivr.models import Agent, Client, ClientImport
from ivr.reason import Reason
from ivr.scene import Scene

KEPT = timedelta(days=1)
"""A preview that nobody confirms is forgotten after that."""
NAME_LONGEST = 120
AT_ONCE = 500
"""Clients that one query looks up."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row of the file."""

    number: int
    client: str
    name: str
    problem: Problem


@dataclass
class Preview:
    """What writing the file would do to what the database holds now."""

    plans: list[Plan] = field(default_factory=list)
    """Of each client that the file names, in the order of the file."""
    wrong: list[Wrong] = field(default_factory=list)
    """By row."""
    stamp: str = ""
    """Of what the database held: it is another one as soon as any of these clients changes."""

    @property
    def changed(self) -> list[Plan]:
        return [plan for plan in self.plans if not plan.does_nothing]

    @property
    def kept(self) -> int:
        """People who stay as they are."""
        return sum(change.kind == "kept" for plan in self.plans for change in plan.changes)

    @property
    def may_be_written(self) -> bool:
        return bool(self.changed) and not self.wrong


def take(
    scene: Scene, agent: Agent, name: str, data: bytes, client: Client | None = None
) -> ClientImport:
    """Reads a file and keeps it for its preview; `client`: it is the form of this one alone.

    Raises `sheet.Unreadable`. What was kept before, and is too old by now, is forgotten.
    """
    found = columns.find(sheet.tables(data), one_client=client is not None)
    forget(scene)
    taken = ClientImport(
        agent_id=agent.id,
        client_id=client.id if client else None,
        at=scene.now,
        file_name="".join(letter for letter in name if letter.isprintable())[:NAME_LONGEST],
        sheet=found.as_json(),
    )
    scene.session.add(taken)
    scene.session.flush()
    return taken


def forget(scene: Scene) -> None:
    """Those that nobody confirmed in time; of what was written, the history tells."""
    old = ClientImport.at < scene.now - KEPT
    scene.session.execute(delete(ClientImport).where(old))


def find(scene: Scene, import_id: int, agent: Agent, *, lock: bool = False) -> ClientImport | None:
    """The agent's own, as long as it is kept."""
    query = select(ClientImport).where(
        ClientImport.id == import_id,
        ClientImport.agent_id == agent.id,
        ClientImport.at >= scene.now - KEPT,
    )
    return scene.session.scalar(query.with_for_update() if lock else query)


def preview(scene: Scene, taken: ClientImport, *, lock: bool = False) -> Preview:
    """What it would change now; `lock`: and nothing else changes it until the transaction ends."""
    lines = columns.lines(Sheet.of(taken.sheet))
    own = taken.client.number if taken.client else None
    by_client: dict[str, list[Line]] = {}
    for line in lines:
        by_client.setdefault(line.client or own or "", []).append(line)
    clients = _clients(scene, by_client, lock=lock)
    shown = Preview(stamp=_stamp(taken, clients.values()))
    for number, rows in by_client.items():
        if own is not None and number != own:
            _refuse(shown, rows, Reason("clients.other_client", {"number": own}))
        elif number not in clients:
            key = "clients.unknown_client" if number else "clients.client_missing"
            _refuse(shown, rows, Reason(key, {"number": number}))
        else:
            _compare(scene, shown, clients[number], rows)
    shown.wrong.sort(key=lambda wrong: wrong.number)
    return shown


def _clients(scene: Scene, numbers: Iterable[str], *, lock: bool) -> dict[str, Client]:
    """By number; locked in one order, so that two files at once never wait for each other."""
    wanted = sorted(numbers)
    found: dict[str, Client] = {}
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(Client)
            .where(Client.number.in_(wanted[start : start + AT_ONCE]))
            .order_by(Client.number)
            .options(selectinload(Client.super_users))
        )
        for client in scene.session.scalars(_locked(query) if lock else query):
            found[client.number] = client
    return found


def _locked(query: Select[Client]) -> Select[Client]:
    """And as they are now, whatever this transaction has read of them before."""
    return query.with_for_update().execution_options(populate_existing=True)


def _compare(scene: Scene, shown: Preview, client: Client, lines: Sequence[Line]) -> None:
    rows = [Row(str(line.number), line.typed, problems=line.problems) for line in lines]
    written = [line.csa for line in lines if line.csa is not None]
    csa = next((text for text in written if text), written[0] if written else None)
    plan = form.compare(scene, client, rows, whole=True, csa=csa)
    if csa is not None and {*written} - {csa, ""}:
        plan.refuse(str(lines[0].number), "csa", Reason("clients.csa_differs"))
    for line in lines:
        for problem in plan.problems.get(str(line.number), ()):
            shown.wrong.append(Wrong(line.number, client.number, line.typed["name"], problem))
    for problem in plan.problems.get("", ()):
        shown.wrong.append(Wrong(lines[0].number, client.number, "", problem))
    shown.plans.append(plan)


def _refuse(shown: Preview, lines: Iterable[Line], reason: Reason) -> None:
    shown.wrong += [
        Wrong(line.number, line.client, line.typed["name"], Problem("client", reason))
        for line in lines
    ]


def _stamp(taken: ClientImport, clients: Iterable[Client]) -> str:
    held = sorted((client.id, client.version) for client in clients)
    return hashlib.sha256(f"{taken.id} {held}".encode()).hexdigest()[:32]


def write(scene: Scene, taken: ClientImport, agent: Agent, stamp: str) -> None:
    """Writes all of it, or raises `Refused` and nothing: where a row has a problem, or where the
    database has changed since the preview of `stamp`. Written once, however often it is asked."""
    if taken.written_at is not None:
        return
    shown = preview(scene, taken, lock=True)
    if shown.stamp != stamp:
        raise Refused(Reason("clients.preview_changed"))
    if not shown.may_be_written:
        raise Refused(Reason("clients.preview_wrong"))
    for plan in shown.plans:
        form.write(scene, plan, agent, imported=True)
    taken.written_at, taken.sheet = scene.now, {}
    facts = {"clients": len(shown.changed), "people": sum(len(p.changed) for p in shown.changed)}
    audit.note(scene, agent, "clients_imported", "", **facts)
