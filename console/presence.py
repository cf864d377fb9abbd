"""At the desk or away: whether the desk's hunt group rings this agent."""

from __future__ import annotations

from flask import abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console.paths import local_path
from console.session import the_line
from ivr import presence
from ivr.models import Agent


def set_presence() -> Response:
    """Says which, not "the other one": pressed twice it does the same."""
    if (present := request.form.get("present")) not in ("0", "1"):
        abort(400)
    with the_line().scene() as scene:
        agent = scene.session.get(Agent, g.agent.id)
        if agent is None:
            abort(404)
        presence.set_present(scene, agent, present == "1")
    back = local_path(request.form.get("next", ""))
    return redirect(back or url_for("console.incident_list"), code=303)
