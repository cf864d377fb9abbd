"""One incident: everything that §2.1.1 wants known, what happened, and what may be done now."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from console import page, timeline, urgency
from console.session import the_line
from ivr import incidents
from ivr.models import Agent, CallTurn, Event, Incident, Recording
from ivr.reason import Reason
from ivr.scene import Scene

NOT_TAKEN = Reason("console.not_taken")


def incident_page(incident_id: int) -> str:
    return _page(incident_id)


def take(incident_id: int) -> Response | tuple[str, int]:
    """Takes it in charge: the explicit act of a person (§2.1.2, law 7)."""
    return _act(incident_id, "take")


def told(incident_id: int) -> Response | tuple[str, int]:
    """The agent has spoken with the client: the promise of §4 is met, the callback paid."""
    return _act(incident_id, "told")


def _act(incident_id: int, act: str) -> Response | tuple[str, int]:
    """Acts once, however often it is asked; a refusal shows the page as it has become."""
    try:
        with the_line().scene() as scene:
            # Locked: of two agents at once, the second sees what the first has done.
            incident = scene.session.get(Incident, incident_id, with_for_update=True)
            agent = scene.session.get(Agent, g.agent.id)
            if incident is None or agent is None:
                abort(404)
            if act == "take":
                incidents.take_in_charge(scene, incident, agent, how="click")
            else:
                _tell(scene, incident, agent)
    except incidents.Refused as refused:
        return _page(incident_id, refused.reason, _seen()), 409
    flash(act)
    return redirect(url_for("console.incident_page", incident_id=incident_id), code=303)


def _tell(scene: Scene, incident: Incident, agent: Agent) -> None:
    if incident.state != "taken":
        raise incidents.Refused(NOT_TAKEN)
    if _may_tell(incident):
        incidents.client_told(scene, incident, how="spoken", agent=agent)


def _may_tell(incident: Incident) -> bool:
    """The client was not spoken with yet: a letter tells, but a call is still owed."""
    return incident.told_at is None or incident.callback_at is not None


def _acts(incident: Incident) -> list[str]:
    """What this state allows; everything else is absent."""
    if incident.state == "new":
        return ["take"]
    return ["told"] if incident.state == "taken" and _may_tell(incident) else []


def _page(incident_id: int, refusal: Reason | None = None, seen: int | None = None) -> str:
    with page.looking() as scene:
        incident = scene.session.scalar(
            select(Incident)
            .where(Incident.id == incident_id)
            .options(
                joinedload(Incident.client),
                joinedload(Incident.super_user),
                joinedload(Incident.holder),
                joinedload(Incident.call),
                selectinload(Incident.events).joinedload(Event.agent),
            )
        )
        if incident is None:
            abort(404)
        return page.render(
            "incident.html",
            strip=page.strip(scene),
            incident=incident,
            urgency=urgency.of(scene, incident),
            acts=_acts(incident),
            refusal=refusal,
            recordings=_recordings(scene, incident),
            timeline=timeline.days(page.words(), incident, _turns(scene, incident), seen),
            seen=incident.events[-1].id if incident.events else 0,
        )


def _turns(scene: Scene, incident: Incident) -> Sequence[CallTurn]:
    turns = select(CallTurn).where(CallTurn.call_id == incident.call_id)
    return scene.session.scalars(turns.order_by(CallTurn.number)).all()


def _recordings(scene: Scene, incident: Incident) -> Sequence[Recording]:
    recordings = select(Recording).where(Recording.call_id == incident.call_id)
    return scene.session.scalars(recordings.order_by(Recording.id)).all()


def _seen() -> int | None:
    """The last event that the agent's page showed; none where the form does not say."""
    seen = request.form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
