"""The file that one change works on: locked, and refused where the one that was seen is older."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ivr.incidents import Refused
from ivr.models import Client
from ivr.reason import Reason
from ivr.scene import Scene

CHANGED = Reason("clients.changed")


def find(scene: Scene, client_id: int, *, lock: bool = False) -> Client | None:
    """The client with its products, lines and super users; locked until the transaction ends, so
    that of two who change it at once the second sees what the first has done."""
    query = select(Client).where(Client.id == client_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return scene.session.scalar(
        query.options(
            selectinload(Client.products),
            selectinload(Client.lines),
            selectinload(Client.super_users),
        )
    )


def check_seen(client: Client, seen: int | None) -> None:
    """Raises `Refused` where the file has changed since the version that was `seen`."""
    if seen != client.version:
        raise Refused(CHANGED)
