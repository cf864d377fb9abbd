"""The second step of a sign-in: the code of the authenticator, or a recovery code."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console import session
from console.entering import real_time, vault
from console.page import render
from console.paths import local_path
from ivr import audit, people_factor, people_letters
from ivr.models import Agent
from ivr.scene import Scene


def code_page() -> Response | str:
    """After the password; without it, the way to the beginning."""
    if g.console_session is None or g.agent is not None:
        return redirect(url_for("console.sign_in_page"), code=303)
    return _form()


def give_code() -> Response | tuple[str, int]:
    """Right once; too many wrong ones, wherever they come from, and none is looked at."""
    found = g.console_session
    if found is None or g.agent is not None:
        return redirect(url_for("console.sign_in_page", next=_wanted()), code=303)
    line = session.the_line()
    with line.scene() as scene:
        may_try = people_factor.may_try(scene, found.agent)
    if not may_try:
        return _form("too_many"), 429
    with line.scene() as scene:
        agent = scene.session.get_one(Agent, found.agent_id)
        typed = request.form.get("code", "")[:40]
        right = people_factor.accepts(scene, vault(), agent, typed, real_time())
        if right is None:
            audit.note(scene, None, "sign_in_refused", agent.name, why="code")
            return _form("code"), 401
        _enter(scene, agent, found.way, right)
    return redirect(_wanted() or url_for("console.incident_list"), code=303)


def _enter(scene: Scene, agent: Agent, way: str, right: str) -> None:
    session.start(scene, agent, way=way, verified=True)
    audit.note(scene, agent, "signed_in", agent.name, way=way)
    if right == "recovery":
        audit.note(scene, agent, "recovery_code_used", agent.name)
        people_letters.changed(scene, agent, "recovery_used")
        flash("recovery_code_used")


def _form(problem: str | None = None) -> str:
    g.here = url_for("console.code_page")
    return render("account/code.html", problem=problem, wanted=_wanted())


def _wanted() -> str | None:
    return local_path(request.values.get("next", ""))
