"""The list of incidents, sorted by time to breach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import abort, redirect, request, session, url_for
from werkzeug.wrappers import Response

from console import listing, page, urgency
from console.urgency import Urgency
from ivr import callback_queue, states
from ivr.models import Incident
from ivr.reason import Reason

REFRESH_SECONDS = 30


@dataclass(frozen=True)
class Row:
    incident: Incident
    urgency: Urgency
    place: Reason | None = None
    """Why its callback stands where it stands among those that are owed."""


@dataclass(frozen=True)
class Section:
    name: str
    rows: Sequence[Row]


def home() -> Response:
    return redirect(url_for("console.incident_list"), code=303)


def incident_list() -> str:
    view, after = _view(), request.args.get("after")
    with page.looking() as scene:
        try:
            found = listing.page(scene.session, view, after, scene.now)
        except listing.BadKey:
            abort(400)
        places = callback_queue.places(scene, found.rows)
        rows = [
            Row(incident, urgency.of(scene, incident), places.get(incident.id))
            for incident in found.rows
        ]
        return page.render(
            "incidents.html",
            strip=page.strip(scene),
            view=view,
            views=listing.VIEWS,
            sections=_sections(view, rows),
            after=after,
            next_key=found.next_key,
            refreshing=_refreshing(),
            refresh_seconds=REFRESH_SECONDS,
        )


def _view() -> listing.ViewName:
    asked = request.args.get("view", "owed")
    found = next((view for view in listing.VIEWS if view == asked), None)
    return found or abort(404)


def _sections(view: listing.ViewName, rows: Sequence[Row]) -> list[Section]:
    """What nobody holds, then what is held and still owed; the other views are one section."""
    if view != "owed":
        return [Section(view, rows)] if rows else []
    return [
        Section("new" if unheld else "to_reach", list(group))
        for unheld, group in groupby(rows, key=lambda row: row.incident.state in states.UNHELD)
    ]


def _refreshing() -> bool:
    """Whoever reads slowly can stop the page from changing under their eyes (WCAG 2.2.1)."""
    if (wanted := request.args.get("refresh")) in ("on", "off"):
        session["refresh"] = wanted
        return wanted == "on"
    return session.get("refresh") != "off"
