"""The agents' pages (law 1: `console/` shows). Another audience than the phone, another way in.

`blueprint` is registered without a prefix, after `app.extensions["line"]` is set. `csrf` guards
every form of the application: `csrf.exempt` what Twilio posts to.
"""

from __future__ import annotations

from flask import Blueprint

from console import errors, incident, incidents, presence, recordings, setup, sign_in
from console.headers import add_headers
from console.session import csrf, guard

__all__ = ["blueprint", "csrf"]

blueprint = Blueprint(
    "console", __name__, template_folder="templates", static_folder="assets",
    static_url_path="/assets",
)  # fmt: skip

for rule, method, view in (
    ("/", "GET", incidents.home),
    ("/sign-in", "GET", sign_in.sign_in_page),
    ("/sign-in", "POST", sign_in.sign_in),
    ("/sign-out", "POST", sign_in.sign_out),
    ("/incidents", "GET", incidents.incident_list),
    ("/incidents/<int(max=2147483647):incident_id>", "GET", incident.incident_page),
    ("/incidents/<int(max=2147483647):incident_id>/take", "POST", incident.take),
    ("/incidents/<int(max=2147483647):incident_id>/told", "POST", incident.told),
    (
        "/incidents/<int(max=2147483647):incident_id>/recordings/<int(max=2147483647):recording_id>",
        "GET",
        recordings.play,
    ),
    ("/presence", "POST", presence.set_presence),
):
    blueprint.add_url_rule(rule, view_func=view, methods=[method])

blueprint.before_request(guard)
blueprint.after_request(add_headers)
blueprint.record_once(setup.prepare)
errors.register(blueprint)
