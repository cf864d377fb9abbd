"""What else is open that may be the same thing: an outage shows there first.

Of the same client whatever is open; of other clients what they reported lately for the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from ivr import states
from ivr.models import Incident
from ivr.scene import Scene

MOST = 5
"""So many are shown of each kind."""
LATELY = timedelta(hours=24)
OUTBREAK_WITHIN = timedelta(hours=2)
OUTBREAK = 3
"""So many clients, this one included, with one product in that time look like an outage."""


@dataclass(frozen=True)
class Similar:
    """Newest first; `clients` is how many reported the product lately, or 0 where that is few."""

    of_client: Sequence[Incident]
    of_others: Sequence[Incident]
    clients: int


def to(scene: Scene, incident: Incident) -> Similar:
    """What is open beside `incident`; what has joined it (ivr/linking.py) is part of it."""
    return Similar(
        _of_client(scene, incident), _of_others(scene, incident), _outbreak(scene, incident)
    )


def _of_client(scene: Scene, incident: Incident) -> Sequence[Incident]:
    if incident.client_id is None:
        return ()
    apart = (incident.id, incident.linked_to_id or incident.id)
    return _read(scene, _open().where(Incident.client_id == incident.client_id), apart)


def _of_others(scene: Scene, incident: Incident) -> Sequence[Incident]:
    if incident.product is None:
        return ()
    lately = Incident.opened_at > scene.now - LATELY
    query = _open().where(Incident.product == incident.product, lately)
    if incident.client_id is not None:
        query = query.where(Incident.client_id != incident.client_id)
    return _read(scene, query, (incident.id,))


def _outbreak(scene: Scene, incident: Incident) -> int:
    """Counted from the incident's opening, so that a page of last month does not cry wolf."""
    if incident.product is None or incident.opened_at < scene.now - LATELY:
        return 0
    clients = select(func.count(func.distinct(Incident.client_id))).where(
        Incident.state.in_(states.OPEN),
        Incident.product == incident.product,
        Incident.opened_at > incident.opened_at - OUTBREAK_WITHIN,
        Incident.opened_at < incident.opened_at + OUTBREAK_WITHIN,
    )
    found = scene.session.scalar(clients) or 0
    return found if found >= OUTBREAK else 0


def _open() -> Select[Incident]:
    return select(Incident).where(Incident.state.in_(states.OPEN))


def _read(scene: Scene, query: Select[Incident], apart_from: tuple[int, ...]) -> Sequence[Incident]:
    unjoined = func.coalesce(Incident.linked_to_id, 0).not_in(apart_from)
    query = query.where(Incident.id.not_in(apart_from), unjoined)
    newest = query.order_by(Incident.opened_at.desc(), Incident.id.desc()).limit(MOST)
    with_both = newest.options(joinedload(Incident.client), joinedload(Incident.holder))
    return scene.session.scalars(with_both).all()
