"""Incidents: the list, one of them, what happened to it, and what a person does to it (§2.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from api import incident_acts, shapes, versions
from api.operation import Answer, Asked
from api.problems import Problem
from api.schema import Fault
from console import acts, timeline
from console.words import Words
from ivr import listing, tokens
from ivr.models import Article, Client, Event, Incident
from ivr.scene import Scene

PAGE = 100
"""Events that one answer holds."""


def list_incidents(asked: Asked) -> Answer:
    """As the web list shows them, by the same filters and the same keys."""
    scene, query = asked.scene, asked.query
    try:
        found = listing.page(scene.session, _wanted(asked), query.get("after"), scene.now)
    except listing.BadKey as error:
        raise Problem("not_found", faults=[Fault("/query/after", "key")]) from error
    rows = [shapes.incident(row.incident) for row in found.rows]
    return Answer({"items": rows, "next": found.next_key})


def _wanted(asked: Asked) -> listing.Wanted:
    """`holder`: an agent's number, "me" or "nobody"; a client number that nobody has finds none."""
    query, who = asked.query, asked.query.get("holder")
    agent = asked.token.agent_id if who == "me" else None if who == "nobody" else who
    client = None
    if number := query.get("client"):
        client = asked.scene.session.scalar(select(Client.id).where(Client.number == number)) or -1
    return listing.Wanted(
        query.get("view", listing.VIEWS[0]),
        holder=-1 if who == "me" and agent is None else agent and int(agent),
        unheld=who == "nobody",
        priority=query.get("priority"),
        product=query.get("product"),
        state=query.get("state"),
        client=client,
        text=query.get("q", ""),
    )


def get_incident(asked: Asked) -> Answer:
    incident = _find(asked.scene, asked.path["id"])
    return versions.tagged(shapes.incident(incident), _last_event(asked.scene, incident))


def list_events(asked: Asked) -> Answer:
    """What happened to it, the oldest first, each also as a sentence in the language asked for."""
    incident = _find(asked.scene, asked.path["id"])
    query = _events(incident, asked.query.get("after", 0)).limit(PAGE + 1)
    rows = list(asked.scene.session.scalars(query))
    more = str(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return Answer({"items": [_event(asked, row) for row in rows[:PAGE]], "next": more})


def list_acts(asked: Asked) -> Answer:
    """What may be done to it now by whom the token acts as; nothing, where that is nobody."""
    incident = _find(asked.scene, asked.path["id"])
    if asked.token.agent is None or not asked.token.may_change:
        return Answer([])
    has_article = asked.scene.session.scalar(
        select(Article.id).where(Article.incident_id == incident.id)
    )
    return Answer(
        [
            act
            for act in acts.allowed(incident, asked.agent, has_article=has_article is not None)
            if act in incident_acts.BODIES
        ]
    )


def act(name: str) -> Callable[[Asked], Answer]:
    """The handler of one act: that of the page, by the same rules."""

    def do(asked: Asked) -> Answer:
        scene = asked.scene
        incident = _locked(asked)
        acts.ACTS[name](
            scene, incident, asked.agent, _form({**_known(name, incident), **asked.body})
        )
        scene.session.flush()
        return _after(scene, incident)

    return do


def add_note(asked: Asked) -> Answer:
    """A note by whom the token acts as, or by the integration itself."""
    incident = _locked(asked)
    if asked.token.agent_id is not None:
        acts.ACTS["note"](asked.scene, incident, asked.agent, _form(asked.body))
    else:
        tokens.note(asked.scene, asked.token, incident, asked.body["text"])
    asked.scene.session.flush()
    return _after(asked.scene, incident)


def _after(scene: Scene, incident: Incident) -> Answer:
    scene.session.refresh(incident)
    return versions.tagged(shapes.incident(incident), _last_event(scene, incident))


def _find(scene: Scene, number: int) -> Incident:
    incident = scene.session.scalar(
        select(Incident)
        .where(Incident.id == number)
        .options(
            joinedload(Incident.client),
            joinedload(Incident.super_user),
            joinedload(Incident.holder),
        )
    )
    if incident is None:
        raise Problem("not_found")
    return incident


def _locked(asked: Asked) -> Incident:
    """Locked, so that of two at once the second sees what the first has done; and as it was seen,
    where the asker says what that was."""
    scene = asked.scene
    incident = scene.session.get(Incident, asked.path["id"], with_for_update=True)
    if incident is None:
        raise Problem("not_found")

    def changes(since: int) -> list[dict[str, Any]]:
        rows = scene.session.scalars(_events(incident, since).limit(PAGE))
        return [_event(asked, row) for row in rows]

    shown = shapes.incident(incident)
    versions.check(asked, shown, _last_event(scene, incident), changes)
    return incident


def _events(incident: Incident, after: int) -> Any:
    query = select(Event).where(Event.incident_id == incident.id, Event.id > after)
    return query.order_by(Event.id).options(joinedload(Event.agent))


def _last_event(scene: Scene, incident: Incident) -> int:
    mine = select(Event.id).where(Event.incident_id == incident.id)
    return scene.session.scalar(mine.order_by(Event.id.desc()).limit(1)) or 0


def _event(asked: Asked, event: Event) -> dict[str, Any]:
    words = Words(asked.language, asked.scene.now, asked.scene.policy.zone)
    shown = {name: getattr(event, name) for name in ("id", "at", "kind", "agent", "facts")}
    return shapes.EVENT.write({**shown, "text": timeline.sentence(words, event)})


def _known(act: str, incident: Incident) -> dict[str, Any]:
    """What was documented before: it stays, where the request does not name it."""
    if act not in incident_acts.DOCUMENTING:
        return {}
    return {name: getattr(incident, name) for name in incident_acts.BODIES[act].members}


def _form(body: Mapping[str, Any]) -> dict[str, str]:
    """As the page's form would send it: both are read by the same act."""
    return {name: _typed(value) for name, value in body.items() if value is not None}


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value)
