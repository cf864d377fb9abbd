"""The agents' pages (law 1: `console/` shows). Another audience than the phone, another way in.

`blueprint` is registered without a prefix, after `app.extensions["line"]` is set. `csrf` guards
every form of the application: `csrf.exempt` what Twilio posts to.
"""

from __future__ import annotations

from flask import Blueprint

from console import (
    access,
    account,
    acts,
    clients,
    errors,
    incident,
    incidents,
    integrations,
    knowledge,
    outages,
    people,
    phone,
    policy,
    presence,
    recordings,
    reports,
    rota,
    setup,
    sign_in,
)
from console.access import ID, Route
from console.headers import add_headers
from console.session import csrf, guard

__all__ = ["blueprint", "csrf"]

blueprint = Blueprint(
    "console", __name__, template_folder="templates", static_folder="assets",
    static_url_path="/assets",
)  # fmt: skip

_INCIDENT = f"/incidents/<{ID}:incident_id>"

ROUTES = (
    Route("/", "GET", incidents.home, "incidents"),
    Route("/sign-in", "GET", sign_in.sign_in_page, None),
    Route("/sign-in", "POST", sign_in.sign_in, None),
    Route("/sign-out", "POST", sign_in.sign_out, "own_account"),
    Route("/incidents", "GET", incidents.incident_list, "incidents"),
    Route(_INCIDENT, "GET", incident.incident_page, "incidents"),
    Route(f"{_INCIDENT}/live", "GET", incident.incident_live, "incidents"),
    Route(f"{_INCIDENT}/<any({', '.join(acts.ACTS)}):act>", "POST", incident.act, "incidents"),
    Route(f"{_INCIDENT}/recordings/<{ID}:recording_id>", "GET", recordings.play, "recordings"),
    Route(
        f"{_INCIDENT}/recordings/<{ID}:recording_id>/transcript",
        "GET",
        recordings.read_transcript,
        "recordings",
    ),
    Route("/articles", "GET", knowledge.articles_page, "articles"),
    Route(f"/articles/<{ID}:article_id>", "GET", knowledge.article_page, "articles"),
    Route("/outages", "GET", outages.outages_page, "outages"),
    Route("/outages", "POST", outages.announce_outage, "outages"),
    Route(f"/outages/<{ID}:outage_id>/news", "POST", outages.tell_outage, "outages"),
    Route(f"/outages/<{ID}:outage_id>/end", "POST", outages.end_outage, "outages"),
    Route("/presence", "POST", presence.set_presence, "presence"),
)

for route in (
    *ROUTES,
    *account.ROUTES,
    *clients.ROUTES,
    *integrations.ROUTES,
    *people.ROUTES,
    *policy.ROUTES,
    *reports.ROUTES,
    *rota.ROUTES,
):
    access.add(blueprint, route)

blueprint.record(phone.add_beside_the_stand_in)
blueprint.before_request(guard)
blueprint.after_request(add_headers)
blueprint.record_once(setup.prepare)
errors.register(blueprint)
