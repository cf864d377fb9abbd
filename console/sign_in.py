"""Signing in and out."""

from __future__ import annotations

from flask import g, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from console import failures, passwords, session
from console.page import now, render
from console.paths import local_path
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
    key = failures.key_of(email, request.remote_addr or "")
    if not failures.count_one(key):
        return _form("too_many", email), 429
    with reading(line.sessions) as database:
        agent = database.scalar(select(Agent).where(func.lower(Agent.email) == email))
    usable = agent if agent is not None and agent.active else None
    right = passwords.matches(
        usable.password_hash if usable else None, request.form.get("password", "")
    )
    if usable is None or not right:
        return _form("wrong", email), 401
    failures.forget(key)
    session.start(usable, now())
    return redirect(_wanted() or url_for("console.incident_list"), code=303)


def sign_out() -> Response:
    session.end()
    return redirect(url_for("console.sign_in_page"), code=303)


def expired_form() -> tuple[str, int]:
    """The form was posted without its CSRF token: the cookie is gone, or was never kept."""
    return _form("expired", request.form.get("email", "")[:_LONGEST_EMAIL]), 400


def _form(problem: str | None = None, email: str = "") -> str:
    return render("sign_in.html", problem=problem, email=email, wanted=_wanted())


def _wanted() -> str | None:
    """The page to go on to."""
    return local_path(request.values.get("next", ""))
