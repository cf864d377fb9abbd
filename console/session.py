"""Who is signed in. The cookie holds a random key and no name; the table of sessions, whose it is.

Every request looks whether that still holds (ivr/people_sessions.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

from console import access
from console.language import keep_language
from console.paths import here
from ivr import people_sessions
from ivr.database import reading
from ivr.models import Agent, ConsoleSession
from ivr.policy_parts import Access
from ivr.scene import Scene
from line import Line

csrf = CSRFProtect()

_WITHOUT_FACTOR = frozenset(
    f"console.{view}"
    for view in (
        "sign_out",
        "second_factor_page",
        "begin_factor",
        "confirm_factor",
    )
)
"""What somebody may ask for whose role needs a second factor and who has none yet."""


class Cookies(SecureCookieSessionInterface):
    """Flask's own, but for a request without a cookie no signer is made: Twilio sends none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def the_line() -> Line:
    line: Line = current_app.extensions["line"]
    return line


def start(
    scene: Scene,
    agent: Agent,
    *,
    way: str = "password",
    awaits_code: bool = False,
    verified: bool = False,
) -> None:
    """A new session in this browser, in place of the one that it had: nothing but the language
    outlives that (ASVS 7.2.4)."""
    if (before := g.get("console_session")) is not None:
        people_sessions.end(scene, before.agent_id, before.id)
    browser = request.user_agent.string
    more = {"awaits_code": awaits_code, "verified": verified}
    key = people_sessions.start(scene, agent, browser, way=way, **more)
    forget()
    session.permanent = True
    session["key"] = key


def forget() -> None:
    """The browser is nobody's any more."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def forget_language() -> None:
    """The choice made in this browser gives way to the one on file."""
    session.pop("language", None)


def recognise() -> None:
    """Puts whoever is signed in into `g.agent`, and keeps a language that the address chooses.

    `g.console_session` is there too before the code of the second factor is given, `g.agent` not.
    """
    g.agent = g.console_session = None
    keep_language()
    g.console_session = found = _found()
    if found is not None and not found.awaits_code:
        g.agent = found.agent


def guard() -> Response | None:
    """Before each request: who is signed in and may do this, or the way to the sign-in page."""
    if request.endpoint == "console.static":
        return None
    recognise()
    if g.agent is None and not access.is_open(request.endpoint):
        return to_sign_in()
    if not access.allows(request.endpoint):
        abort(403)
    if g.agent is not None:
        _notice(g.console_session)
        if owes_factor(g.console_session) and not access.is_open(request.endpoint):
            return _to_factor()
    return None


def owes_factor(found: ConsoleSession) -> bool:
    """The role needs a second factor (policy.toml), and none was given."""
    return found.agent.role in the_line().policy.access.second_factor and not found.verified


def times() -> Access:
    """How long sessions last. A demo's clock is set to any night, and signs nobody out: there the
    browser's cookie alone ends, which keeps real time."""
    line = the_line()
    access = line.policy.access
    if line.settings.start is None:
        return access
    return replace(access, session_longest=timedelta.max, session_idle=timedelta.max)


def to_sign_in() -> Response:
    """To the sign-in page, and from there back to the page that was asked for."""
    return redirect(url_for("console.sign_in_page", next=here()), code=303)


def _to_factor() -> Response | None:
    if request.endpoint in _WITHOUT_FACTOR:
        return None
    return redirect(url_for("console.second_factor_page"), code=303)


def _found() -> ConsoleSession | None:
    if not isinstance(key := session.get("key"), str):
        return None
    line = the_line()
    with reading(line.sessions) as database:
        return people_sessions.of_key(database, key, times(), line.clock())


def _notice(found: ConsoleSession) -> None:
    line = the_line()
    if people_sessions.needs_notice(found, line.clock()):
        with line.scene() as scene:
            people_sessions.notice(scene, found)
