"""One incident: everything that §2.1.1 wants known, what happened, and what may be done now."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, g, redirect, request, url_for
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from console import acts, escalation, page, timeline, urgency
from console.session import the_line
from ivr import callback_queue, closing, closing_signs, incidents, knowledge, linking, states
from ivr.closing import Way
from ivr.models import Agent, Article, CallTurn, Event, Incident, Recording
from ivr.reason import Reason
from ivr.scene import Scene


def incident_page(incident_id: int) -> str:
    return _page(incident_id)


def act(incident_id: int, act: str) -> Response | tuple[str, int]:
    """Acts once, however often it is asked; a refusal shows the page as it has become."""
    try:
        with the_line().scene() as scene:
            # Locked: of two agents at once, the second sees what the first has done.
            incident = scene.session.get(Incident, incident_id, with_for_update=True)
            agent = scene.session.get(Agent, g.agent.id)
            if incident is None or agent is None:
                abort(404)
            if not acts.is_repeated(scene, incident, agent, act, _seen()):
                acts.ACTS[act](scene, incident, agent, request.form)
    except incidents.Refused as refused:
        return _page(incident_id, refused.reason, _seen(), act), 409
    flash(act)
    return redirect(url_for("console.incident_page", incident_id=incident_id), code=303)


def _page(
    incident_id: int, refusal: Reason | None = None, seen: int | None = None, tried: str = ""
) -> str:
    """`tried`: the act that was refused, whose form keeps what was typed."""
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
        article = scene.session.scalar(select(Article).where(Article.incident_id == incident.id))
        return page.render(
            "incident.html",
            strip=page.strip(scene),
            incident=incident,
            urgency=urgency.of(scene, incident),
            place=callback_queue.places(scene, [incident]).get(incident.id),
            acts=acts.allowed(incident, g.agent, has_article=article is not None),
            tried=tried,
            typed=request.form if tried else {},
            needed=states.NEEDED[incident.priority],
            priorities=scene.policy.priorities,
            agents=_colleagues(scene, incident),
            ways=_ways(scene, incident),
            may_shorten=_may_shorten(incident),
            escalation=escalation.shown(scene, incident),
            article=article,
            articles=_articles(scene, incident),
            refusal=refusal,
            recordings=_recordings(scene, incident),
            timeline=timeline.days(page.words(), incident, _turns(scene, incident), seen),
            seen=incident.events[-1].id if incident.events else 0,
        )


def _colleagues(scene: Scene, incident: Incident) -> Sequence[Agent]:
    """To whom it can be handed over."""
    others = select(Agent).where(Agent.active, Agent.id != incident.holder_id)
    return scene.session.scalars(others.order_by(Agent.name)).all()


def _ways(scene: Scene, incident: Incident) -> Sequence[Way]:
    """How it may be closed, from when on, by what evidence; or what is missing (§2.1.5)."""
    case = closing_signs.case_of(scene, incident)
    return closing.ways(scene.policy.closing, scene.policy.hours, case)


def _may_shorten(incident: Incident) -> bool:
    """May this agent judge that a shorter delay is reasonable?"""
    critical = incident.priority == "P1" or incident.security
    return incidents.doer(incident, g.agent).is_at_least("manager" if critical else "lead")


def _articles(scene: Scene, incident: Incident) -> Sequence[Article]:
    """What the knowledge base has on it, while it is worked on."""
    return knowledge.matching(scene, incident) if incident.state in states.OPEN else ()


def _calls(incident: Incident) -> Select[int | None]:
    """Its own call, and those that were about it afterwards."""
    about = and_(Incident.linked_to_id == incident.id, Incident.closed_how == linking.JOINED)
    return select(Incident.call_id).where(or_(Incident.id == incident.id, about))


def _turns(scene: Scene, incident: Incident) -> Sequence[CallTurn]:
    turns = select(CallTurn).where(CallTurn.call_id.in_(_calls(incident)))
    return scene.session.scalars(turns.order_by(CallTurn.call_id, CallTurn.number)).all()


def _recordings(scene: Scene, incident: Incident) -> Sequence[Recording]:
    recordings = select(Recording).where(Recording.call_id.in_(_calls(incident)))
    return scene.session.scalars(recordings.order_by(Recording.id)).all()


def _seen() -> int | None:
    """The last event that the agent's page showed; none where the form does not say."""
    seen = request.form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
