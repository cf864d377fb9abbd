"""A call about what its client has reported already: it makes no second thing to work on.

One call still makes one record (§2.1.1), which is linked to the incident that it is about:

- A second report of the same outage, a colleague's P1, `join`s it and shares its fate. Whoever
  takes the first in charge takes it too, and what tells the client of the first tells of it as
  well, for the client of §4 is the clinic. So it owes no callback of its own; and it is not
  forgotten: until then it stands unmet in the list, with its own due time.
- A call about a known file is `about` that file: its own record is closed at once, and all that
  the caller does from then on happens to the file (`Call.about`), on whose timeline it stands.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, and_, bindparam, case, or_, select

from ivr import callbacks, incidents, letters, reference, states, timeline
from ivr.models import Incident
from ivr.scene import Scene

JOINED = "joined"
MOST = 12
"""More open files than that are not looked through for a caller who waits."""
_KNOWN = (
    select(Incident)
    .where(
        Incident.id != bindparam("own"),
        Incident.client_id == bindparam("client"),
        Incident.claimed_priority.is_not(None),
        Incident.product.in_(bindparam("products", expanding=True)),
        Incident.state.in_(states.OPEN),
        Incident.linked_to_id.is_(None),
        Incident.outage_id.is_(None),
        Incident.opened_at >= bindparam("since"),
    )
    .order_by(
        Incident.priority,
        case((Incident.super_user_id == bindparam("caller"), 0), else_=1),
        Incident.id.desc(),
    )
    .limit(MOST)
    .execution_options(autoflush=False)  # what this call itself has changed has no part in it
)


def known(scene: Scene, incident: Incident, asked: Collection[int] = ()) -> Incident | None:
    """The open incident of this client that the call may be about: the most urgent, then the
    caller's own, then the newest; `asked` were denied already. None: nothing recent.

    Only one whose impact is known: a caller who hung up half-way may have meant anything. What
    has joined another is no incident to join.
    """
    joining = scene.policy.joining
    if len(asked) >= joining.offers:
        return None
    held = [product.product for product in incident.client.products] if incident.client else []
    found = scene.session.scalars(
        _KNOWN,
        {
            "own": incident.id,
            "client": incident.client_id,
            "caller": incident.super_user_id,
            "products": held,
            "since": scene.now - max(joining.within, joining.known),
        },
    )
    return next((one for one in found if one.id not in asked and _is_recent(scene, one)), None)


def calls_about(incident: Incident) -> Select[int | None]:
    """The ids of its own call, and of those that were about it afterwards."""
    later = and_(Incident.linked_to_id == incident.id, Incident.closed_how == JOINED)
    return select(Incident.call_id).where(or_(Incident.id == incident.id, later))


def is_second_report(scene: Scene, incident: Incident, of: Incident) -> bool:
    """Does a colleague's P1 stand open for what may be the same outage?"""
    own = of.super_user_id is not None and of.super_user_id == incident.super_user_id
    return not own and _is_outage(scene, of)


def join(scene: Scene, incident: Incident, to: Incident) -> None:
    """Links `incident` to the open P1 `to`, whose holder and callback answer for both from now on.

    Locked: whoever takes `to` in charge at this moment either sees the link, or is seen here.
    """
    incidents.lock(scene, to)
    incident.linked_to = to
    incident.priority = to.priority
    incidents.set_product(scene, incident, to.product)
    callbacks.stop(incident)
    timeline.record(scene, incident, JOINED, reference=to.reference)
    timeline.record(scene, to, "joined_by", reference=incident.reference)
    if to.holder is None:
        main = " ".join(reference.groups(to.reference))
        letters.write(scene, incident, "joined", main=main)
    elif incident.holder is None:  # what somebody took on the list meanwhile stays theirs
        incidents.take_in_charge(scene, incident, to.holder, how=JOINED)
    if to.told_at is not None:
        incidents.client_told(scene, incident, how=JOINED)
    incidents.recompute(scene, to)


def about(scene: Scene, incident: Incident, file: Incident) -> None:
    """The call that made `incident` is about `file`: the client was heard on it (§2.1.5).

    The reference of the record was told to nobody, and may be drawn again.
    """
    incidents.lock(scene, file)
    incident.linked_to_id = file.id
    incident.state, incident.closed_how, incident.closed_at = "closed", JOINED, scene.now
    incident.live_reference = None
    incident.product, incident.priority = file.product, file.priority
    callbacks.stop(incident)
    timeline.record(scene, incident, JOINED, reference=file.reference)
    timeline.record(scene, incident, "closed", how=JOINED)
    timeline.record(scene, file, "called_again")
    scene.session.flush()
    scene.session.expire(incident, ["linked_to"])
    incidents.recompute(scene, incident)
    incidents.recompute(scene, file)


def _is_recent(scene: Scene, incident: Incident) -> bool:
    return incident.opened_at >= scene.now - scene.policy.joining.known or _is_outage(
        scene, incident
    )


def _is_outage(scene: Scene, incident: Incident) -> bool:
    """A P1 that somebody said to be one, and not long ago."""
    critical = incident.priority == incident.claimed_priority == "P1"
    return critical and incident.opened_at >= scene.now - scene.policy.joining.within
