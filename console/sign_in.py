"""Signing in with a password, and out."""

from __future__ import annotations

from flask import current_app, g, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from console import failures, passwords, session
from console.entering import enter
from console.page import render
from console.paths import local_path
from ivr import audit, people_sessions
from ivr.database import reading
from ivr.models import Agent

_LONGEST_EMAIL = 254


def sign_in_page() -> Response | str:
    if g.agent is not None:
        return redirect(url_for("console.incident_list"), code=303)
    return _form()


def sign_in() -> Response | tuple[str, int]:
    """Unknown, disabled and wrong are one answer, and take one time."""
    line = session.the_line()
    email = request.form.get("email", "").strip().lower()[:_LONGEST_EMAIL]
    key = failures.key_of(email)
    with reading(line.sessions) as database:
        agent = database.scalar(select(Agent).where(func.lower(Agent.email) == email))
    if too_many := failures.count_one(key):
        if too_many == 1:  # told once: who goes on guessing fills no table
            _refused(agent, "too_many")
        return _form("too_many", email), 429
    usable = agent if agent is not None and agent.active else None
    right = passwords.matches(
        usable.password_hash if usable else None, request.form.get("password", "")
    )
    if usable is None or not right:
        _refused(agent, "wrong")
        return _form("wrong", email), 401
    failures.forget(key)
    with line.scene() as scene:
        now = scene.session.get_one(Agent, usable.id)
        if now.password_hash == usable.password_hash:
            return enter(scene, now, "password", _wanted())
    return _form("wrong", email), 401  # the password was changed in this very moment


def sign_out() -> Response:
    found = g.console_session
    with session.the_line().scene() as scene:
        people_sessions.end(scene, found.agent_id, found.id)
        audit.note(scene, found.agent, "signed_out", found.agent.name)
    session.forget()
    return redirect(url_for("console.sign_in_page"), code=303)


def expired_form() -> tuple[str, int]:
    """The form was posted without its CSRF token: the cookie is gone, or was never kept."""
    return _form("expired", request.form.get("email", "")[:_LONGEST_EMAIL]), 400


def refused_elsewhere(problem: str) -> tuple[str, int]:
    """The identity provider's sign-in came to nothing: why, and the form again."""
    return _form(problem), 401


def _refused(agent: Agent | None, why: str) -> None:
    """On record, without what was typed: a password may be in the wrong field."""
    with session.the_line().scene() as scene:
        audit.note(scene, None, "sign_in_refused", agent.name if agent else "", why=why)


def _form(problem: str | None = None, email: str = "") -> str:
    with_oidc = "console.oidc_start" in current_app.view_functions and bool(
        session.the_line().settings.oidc_issuer
    )
    return render(
        "sign_in.html", problem=problem, email=email, wanted=_wanted(), with_oidc=with_oidc
    )


def _wanted() -> str | None:
    """The page to go on to."""
    return local_path(request.values.get("next", ""))
