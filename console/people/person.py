"""One person: the file, and what an administrator does with it. Nobody types another's password."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, flash, g, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from console import page
from console.people.directory import last_seen
from console.session import the_line, times
from ivr import people, people_factor, people_sessions, states
from ivr.catalogue import LANGUAGES
from ivr.incidents import Refused
from ivr.models import Agent, Incident
from ivr.people import Person
from ivr.reason import Reason
from ivr.rights import RANKS
from ivr.scene import Scene

Act = Callable[[Scene, Agent, Agent], bool]
"""By whom, to whom; false where there was nothing to do."""

ACTS: Mapping[str, tuple[Act, str]] = {
    "disable": (people.disable, "person_disabled"),
    "enable": (people.enable, "person_enabled"),
    "link": (people.send_link, "link_sent"),
    "factor": (people.remove_factor, "factor_removed"),
    "sessions": (people.end_sessions, "person_signed_out"),
}
"""What is done to a person with one press, and the notice of it."""


def new_person_page() -> str:
    return _new()


def add_person() -> Response | tuple[str, int]:
    """Adds and invites. The same form sent twice adds one: the address is taken then."""
    try:
        with the_line().scene() as scene:
            added = people.add(scene, scene.session.get_one(Agent, g.agent.id), _typed())
            scene.session.flush()
            agent_id = added.id
    except Refused as refused:
        return _new(refused.reason), 409
    flash("person_added")
    return redirect(url_for("console.person_page", agent_id=agent_id), code=303)


def person_page(agent_id: int) -> str:
    return _page(agent_id)


def change_person(agent_id: int) -> Response | tuple[str, int]:
    """Refused where somebody else changed the file since the page was made."""

    def act(scene: Scene, by: Agent, agent: Agent) -> bool:
        return people.change(scene, by, agent, _typed(), request.form.get("seen", ""))

    return _act(agent_id, act, "person_changed")


def act_on_person(agent_id: int, act: str) -> Response | tuple[str, int]:
    return _act(agent_id, *ACTS[act])


def _act(agent_id: int, act: Act, notice: str) -> Response | tuple[str, int]:
    try:
        with the_line().scene() as scene:
            agent = scene.session.get(Agent, agent_id) or abort(404)
            done = act(scene, scene.session.get_one(Agent, g.agent.id), agent)
    except Refused as refused:
        return _page(agent_id, refused.reason), 409
    if done:
        flash(notice)
    return redirect(url_for("console.person_page", agent_id=agent_id), code=303)


def _typed() -> Person:
    form = request.form
    name, email, phone = (form.get(field, "") for field in ("name", "email", "phone"))
    on_desk = form.get("on_desk") == "1"
    return Person(name, email, phone, form.get("language", ""), form.get("role", ""), on_desk)


def _new(refusal: Reason | None = None) -> str:
    g.here = url_for("console.new_person_page")
    shown = _typed() if refusal else Person("", "", "", on_desk=True)
    mail = bool(the_line().settings.smtp_url)
    choices = {"roles": tuple(RANKS), "languages": LANGUAGES}
    return page.render("people/new.html", shown=shown, refusal=refusal, mail=mail, **choices)


def _page(agent_id: int, refusal: Reason | None = None) -> str:
    g.here = url_for("console.person_page", agent_id=agent_id)
    with page.looking() as scene:
        person = scene.session.get(Agent, agent_id) or abort(404)
        meanwhile = refusal is not None and refusal.key == "people.changed_meanwhile"
        typed = "role" in request.form and not meanwhile
        return page.render(
            "people/person.html",
            person=person,
            shown=_typed() if typed else people.on_file(person),
            seen=people.mark(person),
            refusal=refusal,
            factor=people_factor.of(scene, person),
            signed_in=len(people_sessions.live(scene, person, times())),
            last_seen=last_seen(scene).get(person.id),
            holds=_holds(scene, person),
            mail=bool(the_line().settings.smtp_url),
            roles=tuple(RANKS),
            languages=LANGUAGES,
        )


def _holds(scene: Scene, person: Agent) -> int:
    """Open incidents in the person's charge: to be handed over before they leave."""
    held = (Incident.holder_id == person.id, Incident.state.in_(states.HELD))
    return scene.session.scalar(select(func.count(Incident.id)).where(*held)) or 0
