"""Clients, and whom they authorise to call (§1.2, §5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from api import shapes, versions
from api.operation import Answer, Asked
from api.problems import Problem
from api.schema import Fault
from console.words import Words
from ivr.clients import files, find, form, history, removal
from ivr.clients.form import Plan, Row
from ivr.models import Agent, Client
from ivr.scene import Scene

_TEXTS = ("name", "function", "email", "language")


def list_clients(asked: Asked) -> Answer:
    """In the order of their names, found as on the page."""
    query = asked.query
    found = find.page(asked.scene, query.get("q", ""), query.get("product"), query.get("after"))
    items = [shapes.CLIENT.write(client) for client in found.clients]
    following = None if found.next_key is None else str(found.next_key)
    return Answer({"items": items, "next": following})


def get_client(asked: Asked) -> Answer:
    return _tagged(_find(asked.scene, asked.path["number"]))


def save_super_users(asked: Asked) -> Answer:
    """The form of §5, whole: whoever it does not name has left. All is written, or nothing."""
    scene, body = asked.scene, asked.body
    client = locked(asked)
    _check_known(client, body["super_users"])
    rows = [_row(place, user) for place, user in enumerate(body["super_users"])]
    plan = form.compare(scene, client, rows, whole=True, csa=body.get("service_centre"))
    if plan.problems:
        raise Problem("refused", faults=_faults(asked, plan))
    form.write(scene, plan, by(asked))
    return after(scene, client)


def remove_super_user(asked: Asked) -> Answer:
    """The centre asks for it, with a reason (§1.2)."""
    client = locked(asked)
    user = next((one for one in client.super_users if one.id == asked.path["id"]), None)
    if user is None:
        raise Problem("not_found")
    removal.remove(asked.scene, client, user, by(asked), asked.body["reason"])
    return after(asked.scene, client)


def _row(place: int, user: dict[str, Any]) -> Row:
    typed = {name: user[name] for name in _TEXTS if name in user}
    extension = user.get("extension", "")
    typed["phone"] = f"{user['phone']} x{extension}" if extension else user["phone"]
    typed["shifts"] = " ".join(user["shifts"])
    return Row(str(place), typed, user.get("id"))


def _check_known(client: Client, users: Sequence[dict[str, Any]]) -> None:
    """A number names somebody of this client's, once; somebody new has none."""
    free = {user.id for user in client.super_users if user.removed_at is None}
    faults = []
    for place, user in enumerate(users):
        if (number := user.get("id")) is None:
            continue
        if number not in free:
            faults.append(Fault(f"/body/super_users/{place}/id", "no_super_user"))
        free.discard(number)
    if faults:
        raise Problem("refused", faults=faults)


def _faults(asked: Asked, plan: Plan) -> list[Fault]:
    """In the words of the pages, with the place in what was sent."""
    words = Words(asked.language, asked.scene.now, asked.scene.policy.zone)
    names = {"csa": "service_centre"}
    return [
        Fault(
            "/body" + (f"/super_users/{place}" if place else "")
            + f"/{names.get(problem.field, problem.field)}",
            said=words.refusal(problem.reason),
        )
        for place, found in plan.problems.items()
        for problem in found
    ]  # fmt: skip


def locked(asked: Asked) -> Client:
    """Locked, and as it was seen."""
    scene = asked.scene
    known = _find(scene, asked.path["number"])
    client = files.find(scene, known.id, lock=True)
    assert client is not None

    def changes(since: int) -> list[dict[str, Any]]:
        return [shapes.CLIENT_CHANGE.write(row) for row in history.since(scene, known.id, since)]

    versions.check(asked, shapes.CLIENT.write(client), client.version, changes)
    return client


def after(scene: Scene, client: Client) -> Answer:
    scene.session.flush()
    scene.session.refresh(client)
    return _tagged(client)


def _tagged(client: Client) -> Answer:
    return versions.tagged(shapes.CLIENT.write(client), client.version)


def by(asked: Asked) -> Agent | None:
    return asked.agent if asked.token.agent_id is not None else None


def _find(scene: Scene, number: str) -> Client:
    client = scene.session.scalar(
        select(Client)
        .where(Client.number == number)
        .options(
            selectinload(Client.products),
            selectinload(Client.lines),
            selectinload(Client.super_users),
        )
    )
    if client is None:
        raise Problem("not_found")
    return client
