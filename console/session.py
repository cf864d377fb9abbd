"""Who is signed in. The cookie names an agent; every request looks whether that still holds."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

from console import access
from console.language import keep_language
from console.paths import here
from ivr.database import reading
from ivr.models import Agent
from line import Line

csrf = CSRFProtect()
LIFETIME = timedelta(hours=12)
"""From the sign-in, however busy the session is (ASVS 7.3.2)."""


class Cookies(SecureCookieSessionInterface):
    """Flask's own, but for a request without a cookie no signer is made: Twilio sends none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def the_line() -> Line:
    line: Line = current_app.extensions["line"]
    return line


def start(agent: Agent, now: datetime) -> None:
    """A new session: nothing but the language outlives the one before it (ASVS 7.2.4)."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    session.update(agent=agent.id, since=now.isoformat(), stamp=_stamp(agent))
    if language:
        session["language"] = language


def end() -> None:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def recognise() -> None:
    """Puts whoever is signed in into `g.agent`, and keeps a language that the address chooses."""
    g.agent = None
    keep_language()
    g.agent = _signed_in()


def guard() -> Response | None:
    """Before each request: who is signed in and may do this, or the way to the sign-in page."""
    if request.endpoint == "console.static":
        return None
    recognise()
    if g.agent is None and not access.is_open(request.endpoint):
        return to_sign_in()
    if not access.allows(request.endpoint):
        abort(403)
    return None


def to_sign_in() -> Response:
    """To the sign-in page, and from there back to the page that was asked for."""
    return redirect(url_for("console.sign_in_page", next=here()), code=303)


def _signed_in() -> Agent | None:
    if (agent_id := session.get("agent")) is None:
        return None
    line = the_line()
    age = line.clock() - datetime.fromisoformat(session["since"])
    with reading(line.sessions) as database:
        agent = database.get(Agent, agent_id)
    if agent is None or not agent.active or age >= LIFETIME:
        return None
    if not hmac.compare_digest(session["stamp"], _stamp(agent)):
        return None
    return agent


def _stamp(agent: Agent) -> str:
    """Changes with the password and the role, so that either change ends every session."""
    facts = f"{agent.password_hash}\n{agent.role}".encode()
    key = the_line().settings.secret_key.encode()
    return hmac.new(key, facts, hashlib.sha256).hexdigest()[:32]
