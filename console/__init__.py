"""The agents' pages (law 1: `console/` shows). Another audience than the phone, another way in.

`blueprint` is registered without a prefix, after `app.extensions["line"]` is set. `csrf` guards
every form of the application: `csrf.exempt` what Twilio posts to.
"""

from __future__ import annotations

from flask import Blueprint

from console import (
    acts,
    errors,
    incident,
    incidents,
    knowledge,
    outages,
    presence,
    recordings,
    setup,
    sign_in,
)
from console.headers import add_headers
from console.session import csrf, guard

__all__ = ["blueprint", "csrf"]

blueprint = Blueprint(
    "console", __name__, template_folder="templates", static_folder="assets",
    static_url_path="/assets",
)  # fmt: skip

_ID = "int(max=2147483647)"  # what a database's integer holds: a larger one is no row
_INCIDENT = f"/incidents/<{_ID}:incident_id>"

for rule, method, view in (
    ("/", "GET", incidents.home),
    ("/sign-in", "GET", sign_in.sign_in_page),
    ("/sign-in", "POST", sign_in.sign_in),
    ("/sign-out", "POST", sign_in.sign_out),
    ("/incidents", "GET", incidents.incident_list),
    (_INCIDENT, "GET", incident.incident_page),
    (f"{_INCIDENT}/<any({', '.join(acts.ACTS)}):act>", "POST", incident.act),
    (f"{_INCIDENT}/recordings/<{_ID}:recording_id>", "GET", recordings.play),
    ("/articles", "GET", knowledge.articles_page),
    (f"/articles/<{_ID}:article_id>", "GET", knowledge.article_page),
    ("/outages", "GET", outages.outages_page),
    ("/outages", "POST", outages.announce_outage),
    (f"/outages/<{_ID}:outage_id>/news", "POST", outages.tell_outage),
    (f"/outages/<{_ID}:outage_id>/end", "POST", outages.end_outage),
    ("/presence", "POST", presence.set_presence),
):
    blueprint.add_url_rule(rule, view_func=view, methods=[method])

blueprint.before_request(guard)
blueprint.after_request(add_headers)
blueprint.record_once(setup.prepare)
errors.register(blueprint)
