"""A second call about the same outage joins the client's open P1, and wakes nobody.

One call still makes one incident (§2.1.1): the second is recorded and linked, and shares the
first one's fate. Whoever takes the first in charge takes it too, and what tells the client of the
first tells of it as well, for the client of §4 is the clinic. So it owes no callback of its own;
and it is not forgotten: until then it stands unmet in the list, with its own due time.
"""

from __future__ import annotations

from sqlalchemy import select

from ivr import callbacks, incidents, letters, reference, timeline
from ivr.models import Incident
from ivr.scene import Scene

OPEN = ("new", "taken")


def open_p1(scene: Scene, incident: Incident) -> Incident | None:
    """The P1 that this client has open for one of its products, the newest; none: nothing recent.

    Only one that somebody said to be critical: a caller who hung up half-way may have meant
    anything. What has joined another is no incident to join.
    """
    held = [product.product for product in incident.client.products] if incident.client else []
    return scene.session.scalar(
        select(Incident)
        .where(
            Incident.id != incident.id,
            Incident.client_id == incident.client_id,
            Incident.priority == "P1",
            Incident.claimed_priority == "P1",
            Incident.product.in_(held),
            Incident.state.in_(OPEN),
            Incident.linked_to_id.is_(None),
            Incident.opened_at >= scene.now - scene.policy.joining.within,
        )
        .order_by(Incident.id.desc())
        .limit(1)
    )


def join(scene: Scene, incident: Incident, to: Incident) -> None:
    """Links `incident` to the open P1 `to`, whose holder and callback answer for both from now on.

    Locked: whoever takes `to` in charge at this moment either sees the link, or is seen here.
    """
    scene.session.flush()
    scene.session.refresh(to, with_for_update=True)
    incident.linked_to = to
    incident.priority = to.priority
    incidents.set_product(scene, incident, to.product)
    callbacks.stop(incident)
    timeline.record(scene, incident, "joined", reference=to.reference)
    timeline.record(scene, to, "joined_by", reference=incident.reference)
    if to.holder:
        incidents.take_in_charge(scene, incident, to.holder, how="joined")
    else:
        main = " ".join(reference.groups(to.reference))
        letters.write(scene, incident, "joined", main=main)
    if to.told_at is not None:
        incidents.client_told(scene, incident, how="joined")
