"""The history of a client's file: who changed what, when, what was and what is. Never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ivr import audit
from ivr.models import Agent, Client, ClientChange, SuperUser
from ivr.scene import Scene

PAGE = 30
Facts = Mapping[str, Sequence[Any]]
"""Of each field that changed: what was, and what is, as JSON has it."""


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields that are not the same in both; one that is missing was, or is, None."""
    fields = [*now, *(field for field in was if field not in now)]
    pairs = {field: [was.get(field), now.get(field)] for field in fields}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def begin(client: Client) -> None:
    """A new version of the file, before the acts that lead to it are recorded."""
    client.version += 1


def keep(
    scene: Scene,
    client: Client,
    agent: Agent | None,
    act: str,
    facts: Facts | None = None,
    *,
    user: SuperUser | None = None,
    reason: str = "",
    imported: bool = False,
) -> None:
    """One act, in the transaction of what it tells; it leaves a line in the audit, too.

    The audit names the fields that changed, and the history alone what they hold.
    """
    facts = facts or {}
    change = ClientChange(
        client_id=client.id,
        version=client.version,
        at=scene.now,
        agent_id=agent.id if agent else None,
        act=act,
        super_user=user,
        subject=user.name if user else "",
        facts={field: [*pair] for field, pair in facts.items()},
        reason=reason,
        imported=imported,
    )
    scene.session.add(change)
    audit.note(scene, agent, f"client_{act}", client.number, fields=[*facts])


def listed(scene: Scene, client_id: int, before: int | None = None) -> Sequence[ClientChange]:
    """One more than a page of it, the latest first; those before the id `before`."""
    query = _of(client_id).order_by(ClientChange.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(ClientChange.id < before)
    return scene.session.scalars(query).all()


def since(scene: Scene, client_id: int, version: int) -> Sequence[ClientChange]:
    """What was done after that version of the file, the oldest first."""
    later = _of(client_id).where(ClientChange.version > version)
    return scene.session.scalars(later.order_by(ClientChange.id)).all()


def _of(client_id: int) -> Any:
    changes = select(ClientChange).where(ClientChange.client_id == client_id)
    return changes.options(joinedload(ClientChange.agent))
