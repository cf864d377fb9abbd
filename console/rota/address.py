"""An agent's own shifts as a calendar: the page of its secret address, and the calendar itself."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from urllib.parse import urlsplit

from flask import abort, flash, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from console import page
from console.rota import frame
from console.session import the_line
from ivr.models import Agent, RotaAddress
from ivr.rota import addresses, calendars, history
from ivr.rota.calendars import READ_AGAIN, Team
from ivr.rota.stretches import Duty
from ivr.scene import Scene
from ivr.spans import Span

BEHIND, AHEAD = timedelta(weeks=4), timedelta(weeks=26)
"""What the calendar holds: programs drop what it no longer has."""
_STAMPS = re.compile(rb"DTSTAMP:[^\r\n]*\r?\n")


def calendar_address_page() -> str:
    with page.looking() as scene:
        row = scene.session.get(RotaAddress, g.agent.id)
        secret = addresses.secret_of(row, _key()) if row else None
        path = url_for("console.own_calendar", secret=secret) if secret else ""
        url = the_line().settings.public_url.rstrip("/") + path
        return frame.render(
            scene,
            "address.html",
            row=row,
            url=url if secret else None,
            subscribe=f"webcal://{url.partition('://')[2]}" if secret else None,
            turns=[one for one in _own(scene, g.agent) if one.end > scene.now][:10],
        )


def make_calendar_address() -> Response:
    """A new one, in the place of the one before."""
    with the_line().scene() as scene:
        addresses.make(scene, scene.session.get_one(Agent, g.agent.id), _key())
    flash("rota_address_made")
    return redirect(url_for("console.calendar_address_page"), code=303)


def revoke_calendar_address() -> Response:
    with the_line().scene() as scene:
        addresses.revoke(scene, scene.session.get_one(Agent, g.agent.id))
    flash("rota_address_revoked")
    return redirect(url_for("console.calendar_address_page"), code=303)


def own_calendar(secret: str) -> Response:
    """The calendar, for whatever program has the address: no sign-in, nothing but own shifts."""
    with page.looking() as scene:
        agent = addresses.reader_of(scene, secret)
        if agent is None:
            abort(404)
        host = urlsplit(the_line().settings.public_url).hostname or ""
        crew = Team(_agents(scene), scene.policy.zone, agent.language, host, scene.now)
        data = calendars.calendar(history.turns(scene, *_reach(scene)), crew, agent, published=True)
    with the_line().scene() as scene:
        addresses.note_reading(scene, agent)
    response = make_response(data)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="garde.ics"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = f"private, max-age={int(READ_AGAIN.total_seconds())}"
    response.set_etag(hashlib.sha256(_STAMPS.sub(b"", data)).hexdigest()[:32], weak=True)
    return response.make_conditional(request)


def _own(scene: Scene, agent: Agent) -> list[Duty]:
    turns = history.turns(scene, *_reach(scene))
    return [one for one in turns if one.place.agent == agent.id]


def _reach(scene: Scene) -> Span:
    return scene.now - BEHIND, scene.now + AHEAD


def _agents(scene: Scene) -> dict[int, Agent]:
    return {agent.id: agent for agent in scene.session.query(Agent)}


def _key() -> str:
    return the_line().settings.secret_key
