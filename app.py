"""The web process: the only place that wires the parts to Flask."""

from __future__ import annotations

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import api
import console
from console.health import health
from line import Line
from settings import Settings
from webhooks.agent_leg import agent_leg
from webhooks.callback import callback
from webhooks.fallback import fallback
from webhooks.sms import sms
from webhooks.sound import sound
from webhooks.test_call import test_call
from webhooks.voice import voice
from webhooks.waiting import melody, waiting

WEBHOOKS = (voice, fallback, agent_leg, callback, sms, test_call, waiting, sound, melody)


def create_app(line: Line | None = None) -> Flask:
    """The Flask application on `line`, or on what the environment says.

    Raises `SettingsError` with a sentence where a variable is missing or wrong.
    """
    line = line or Line.build(Settings.from_environ(os.environ))
    app = Flask("p1line")
    app.extensions["line"] = line
    if proxies := line.settings.trusted_proxies:  # believed only where the operator says so
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=0, x_host=0
        )
    app.register_blueprint(console.blueprint)
    app.register_blueprint(health)
    app.register_blueprint(api.blueprint)
    console.csrf.exempt(api.blueprint)  # it looks at no cookie
    for blueprint in WEBHOOKS:
        app.register_blueprint(blueprint)
        console.csrf.exempt(blueprint)  # Twilio's requests carry a signature instead
    return app
