"""One incident: everything that §2.1.1 wants known, what happened, and what may be done now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response as Answer

from console import acts, calling, escalation, page, timeline, urgency
from console.session import the_line
from ivr import (
    call_now,
    callback_queue,
    callbacks,
    closing,
    closing_signs,
    incidents,
    knowledge,
    linking,
    recordings,
    similar,
    states,
)
from ivr.closing import Way
from ivr.models import Agent, Article, CallTurn, Event, Incident
from ivr.reason import Reason
from ivr.scene import Scene


def incident_page(incident_id: int) -> str:
    return _page(incident_id)


def incident_live(incident_id: int) -> Response:
    """What changes while the page is open, for its script; nothing where it is as it was.

    `seen` is the last event that whoever looks knows of. Forms come without their token: the page
    has one, and the answer would differ each time.
    """
    seen = _number(request.args.get("seen", ""))
    with page.looking() as scene:
        facts = _facts(scene, _read(scene, incident_id), seen)
        shown = page.render("incident/live.html", **facts, csrf_token=lambda: "")
    answer = make_response(shown)
    answer.set_etag(hashlib.sha256(shown.encode()).hexdigest()[:32])
    return answer.make_conditional(request)


def act(incident_id: int, act: str) -> Answer | tuple[str, int]:
    """Acts once, however often it is asked; a refusal shows the page as it has become."""
    seen = _number(request.form.get("seen", ""))
    try:
        with the_line().scene() as scene:
            # Locked: of two agents at once, the second sees what the first has done.
            incident = scene.session.get(Incident, incident_id, with_for_update=True)
            agent = scene.session.get(Agent, g.agent.id)
            if incident is None or agent is None:
                abort(404)
            if not acts.is_repeated(scene, incident, agent, act, request.form, seen):
                acts.ACTS[act](scene, incident, agent, request.form)
    except incidents.Refused as refused:
        # What is only documented is typed in the form that resolves.
        tried = "resolve" if act == "document" else act
        return _page(incident_id, refused.reason, seen, tried), 409
    if act != "call_now":  # which tells by itself how it goes
        flash(act)
    return redirect(url_for("console.incident_page", incident_id=incident_id), code=303)


def _page(
    incident_id: int, refusal: Reason | None = None, seen: int | None = None, tried: str = ""
) -> str:
    """`tried`: the act that was refused, whose form keeps what was typed."""
    with page.looking() as scene:
        facts = _facts(scene, _read(scene, incident_id), seen, tried)
        return page.render("incident.html", strip=page.strip(scene), refusal=refusal, **facts)


def _read(scene: Scene, incident_id: int) -> Incident:
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
    return incident


def _facts(
    scene: Scene, incident: Incident, seen: int | None, tried: str = ""
) -> Mapping[str, Any]:
    """All that the page's parts are made of."""
    article = scene.session.scalar(select(Article).where(Article.incident_id == incident.id))
    call = calling.of(scene, incident)
    allowed = acts.allowed(incident, g.agent, has_article=article is not None)
    return {
        "incident": incident,
        "urgency": urgency.of(scene, incident),
        "place": callback_queue.places(scene, [incident]).get(incident.id),
        "acts": allowed,
        "tried": tried,
        "typed": request.form if tried else {},
        "calling": call,
        "calling_on": call is not None and call.going_on,
        "obstacle": call_now.obstacle(scene, incident, g.agent) if "call_now" in allowed else None,
        "owed_at": callbacks.owed_at(incident),
        "needed": states.NEEDED[incident.priority],
        "priorities": scene.policy.priorities,
        "agents": _colleagues(scene, incident),
        "ways": _ways(scene, incident),
        "may_shorten": _may_shorten(incident),
        "escalation": escalation.shown(scene, incident),
        "article": article,
        "articles": _articles(scene, incident),
        "similar": similar.to(scene, incident),
        "recordings": recordings.about(scene, incident),
        "timeline": timeline.days(page.words(), incident, _turns(scene, incident), seen),
        "news": timeline.news(page.words(), incident, g.agent, seen),
        "seen": incident.events[-1].id if incident.events else 0,
    }


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


def _turns(scene: Scene, incident: Incident) -> Sequence[CallTurn]:
    turns = select(CallTurn).where(CallTurn.call_id.in_(linking.calls_about(incident)))
    return scene.session.scalars(turns.order_by(CallTurn.call_id, CallTurn.number)).all()


def _number(seen: str) -> int | None:
    """The last event that the agent's page showed; none where nothing sound is said."""
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
