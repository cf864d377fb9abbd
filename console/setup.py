"""What the console needs of the application it is registered on: cookies, CSRF, assets."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import url_for
from flask.blueprints import BlueprintSetupState

from console import passwords
from console.access import may
from console.sections import entries
from console.session import Cookies, csrf
from line import Line

_ASSETS = Path(__file__).parent / "assets"


def prepare(state: BlueprintSetupState) -> None:
    """Called once, as the blueprint is registered; `KeyError` where there is no line yet."""
    app = state.app
    line: Line = app.extensions["line"]
    app.session_interface = Cookies()
    app.config.update(
        settings_of(line),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # It counts from the sign-in: an answer that changes nothing about it sends no cookie.
        SESSION_REFRESH_EACH_REQUEST=False,
        # Before anything is read of it: the form's largest file, and a little for its frame.
        MAX_CONTENT_LENGTH=3 * 1024 * 1024,
        # A form stays good as long as the session does: a page may be open all day.
        WTF_CSRF_TIME_LIMIT=None,
    )
    if "csrf" not in app.extensions:
        csrf.init_app(app)
    passwords.warm()
    app.jinja_env.globals.update(may=may, nav_entries=entries)
    prints = {path.name: _fingerprint(path) for path in _ASSETS.iterdir()}
    app.jinja_env.globals["asset"] = lambda name: url_for(
        "console.static", filename=name, v=prints[name]
    )


def settings_of(line: Line) -> dict[str, object]:
    """What Flask is told about cookies that depends on the line: its address, secret and policy."""
    secure = line.settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": line.settings.secret_key,
        # The prefix makes browsers refuse a cookie that another host or plain HTTP planted.
        "SESSION_COOKIE_NAME": "__Host-p1line" if secure else "p1line",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": line.policy.access.session_longest,
    }


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
