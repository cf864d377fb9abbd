"""The phones that we ring: who is free, who is wanted, who accepted first."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, func, literal, or_, select, update

from ivr import timeline
from ivr.agent_keys import CODES
from ivr.database import UtcDateTime, changed, locked
from ivr.models import Agent, Call, EscalationContact, Incident, Leg
from ivr.scene import Scene

# A leg whose end nobody reported stops counting as busy: ringing at once, a talk after hours.
RINGING_FORGOTTEN = timedelta(minutes=2)
TALK_FORGOTTEN = timedelta(hours=4)
CALLER_WAITS = 0.5  # seconds, for phones that somebody else is choosing among
log = logging.getLogger(__name__)
ALIVE = ("placing", "ringing", "answered")
"""The states in which a leg may still be accepted."""
NEVER_RANG = "stale"
"""The outcome of a leg that no phone ever rang for: it counts as no try."""
GAVE_WAY = "taken"
"""The outcome of a leg that rang until its call was another's: its agent has not been slow."""


def free(scene: Scene, agents: Sequence[Agent]) -> list[Agent]:
    """Those of `agents` whose phone we are not ringing or talking on, in the order given."""
    live = select(Leg.agent_id).where(
        Leg.agent_id.is_not(None),
        Leg.ended_at.is_(None),
        or_(
            Leg.created_at > scene.now - RINGING_FORGOTTEN,
            Leg.accepted_at > scene.now - TALK_FORGOTTEN,
        ),
    )
    busy = set(scene.session.scalars(live))
    return [agent for agent in agents if agent.active and agent.id not in busy]


def lock_all(scene: Scene) -> None:
    """Whoever chooses a phone for a callback does so alone: what is free, and whose turn it is,
    stays so until the commit. An incident's row is locked before these, never after."""
    scene.session.execute(_to_lock().where(Agent.active))


def lock(scene: Scene, incident: Incident, agents: Sequence[Agent]) -> None:
    """The same for a caller who holds, and for these phones alone.

    A worker that has frozen in the midst of its choice keeps no caller waiting: after a moment the
    caller goes first, and one phone may ring for two things.
    """
    own = select(Incident.id).where(Incident.id == incident.id).with_for_update(key_share=True)
    theirs = _to_lock().where(Agent.id.in_([agent.id for agent in agents]))
    if not locked(scene.session, (own, theirs), CALLER_WAITS):
        log.warning("incident %s: agents are not locked in time", incident.id)


def _to_lock() -> Select[int]:
    return select(Agent.id).order_by(Agent.id).with_for_update(key_share=True)


def open_leg(
    scene: Scene,
    kind: str,
    incident: Incident,
    number: str,
    *,
    agent: Agent | None = None,
    call: Call | None = None,
    parent: Leg | None = None,
    extension: str = "",
    contact: EscalationContact | None = None,
) -> Leg:
    """A phone that will be rung after the commit; its row is what says that it is wanted."""
    leg = Leg(
        kind=kind,
        incident=incident,
        number=number,
        extension=extension,
        agent=agent,
        contact=contact,
        call=call,
        parent_id=parent and parent.id,
        code=secrets.choice(CODES) if agent or contact else "1",
        created_at=scene.now,
    )
    scene.session.add(leg)
    scene.session.flush()
    if agent:
        timeline.record(scene, incident, "rung", agent)
    elif contact:
        timeline.record(scene, incident, "contact_rung", contact=contact.name)
    else:
        timeline.record(scene, incident, "client_rung")
    return leg


def adopt(scene: Scene, leg: Leg, sid: str) -> bool:
    """The call that Twilio placed for the leg; false where the leg has another one."""
    scene.session.execute(
        update(Leg)
        .where(Leg.id == leg.id, Leg.sid.is_(None))
        .values(sid=sid)
        .execution_options(synchronize_session=False)
    )
    scene.session.refresh(leg)
    return leg.sid == sid


def progress(scene: Scene, leg: Leg, state: str, sid: str) -> bool:
    """The leg rings or was answered; false where that is old news. Nothing goes backwards."""
    order = (*ALIVE, "accepted", "ended")
    earlier = order[: order.index(state)]
    moved = changed(
        scene.session,
        update(Leg)
        .where(Leg.id == leg.id, Leg.state.in_(earlier))
        .values(
            state=state,
            sid=sid,
            rang_at=func.coalesce(Leg.rang_at, literal(scene.now, UtcDateTime)),
        ),
    )
    scene.session.refresh(leg)
    return moved


def accept(scene: Scene, leg: Leg) -> bool:
    """The accept key was pressed: true for the first time, and only while the leg lives.

    Where a caller holds, also only for the first agent, and while the caller is there: the call's
    own row decides, of two agents at once and against a hang-up in the same moment.
    """
    if leg.call_id is not None and not _gets_the_caller(scene, leg):
        return False
    first = changed(
        scene.session,
        update(Leg)
        .where(Leg.id == leg.id, Leg.state.in_(ALIVE))
        .values(state="accepted", accepted_at=scene.now),
    )
    if not first:
        _leave_the_caller(scene, leg)
    scene.session.refresh(leg)
    return first


def end(scene: Scene, leg: Leg, outcome: str) -> bool:
    """The leg is over; true for the first to say so. An accepted one has "talked", unless the
    two are known never to have been joined."""
    if leg.accepted_at is not None and leg.bridged is not False:
        outcome = "talked"
    _leave_the_caller(scene, leg)
    first = changed(
        scene.session,
        update(Leg)
        .where(Leg.id == leg.id, Leg.state != "ended")
        .values(state="ended", outcome=outcome, ended_at=scene.now),
    )
    scene.session.refresh(leg)
    if not first:
        return False
    if leg.agent:
        timeline.record(scene, leg.incident, "leg_ended", leg.agent, outcome=outcome)
        scene.nudge("wake", leg.agent.id)  # a callback may wait for this phone
    elif leg.kind == "contact":
        name = leg.contact.name if leg.contact else ""
        timeline.record(scene, leg.incident, "contact_ended", outcome=outcome, contact=name)
    elif outcome != "talked":
        timeline.record(scene, leg.incident, "client_missed", outcome=outcome)
    return True


def _gets_the_caller(scene: Scene, leg: Leg) -> bool:
    """The call is locked before its leg, here and in `end`: nobody waits for one another."""
    return changed(
        scene.session,
        update(Call)
        .where(Call.id == leg.call_id, Call.ended_at.is_(None), Call.joined_leg_id.is_(None))
        .values(joined_leg_id=leg.id),
    )


def _leave_the_caller(scene: Scene, leg: Leg) -> None:
    if leg.call_id is not None:
        scene.session.execute(
            update(Call)
            .where(Call.id == leg.call_id, Call.joined_leg_id == leg.id)
            .values(joined_leg_id=None)
        )
