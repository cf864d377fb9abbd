"""The list of incidents, sorted by time to breach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from flask import abort, make_response, redirect, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from console import filters, page, urgency
from console.urgency import Urgency
from ivr import callback_queue, finding, listing, shelves
from ivr.models import Incident, Recording
from ivr.reason import Reason
from ivr.recordings import NOTHING_TO_HEAR
from ivr.scene import Scene

REFRESH_SECONDS = 30
"""Between two pages, where the browser has no scripts; with them only what changes is fetched."""
PART = "P1line-Part"
"""The header by which the page's own script asks for what changes, and sees that it got it."""
AT = "P1line-At"
"""The header with the time of day at which that was true."""
_SECTIONS: Mapping[int, str] = {
    shelves.TO_TAKE: "new",
    shelves.TO_REACH: "to_reach",
    shelves.TO_CALL: "to_call",
    shelves.RUNNING: "taken",
    shelves.HELD: "taken",
    shelves.RESOLVED: "resolved",
    shelves.CLOSED: "closed",
    shelves.REFUSED: "refused",
    listing.CLOSING: "closing",
}


@dataclass(frozen=True)
class Row:
    incident: Incident
    section: str
    urgency: Urgency
    recorded: bool
    """The caller left words that can be heard."""
    place: Reason | None = None
    """Why its callback stands where it stands among those that are owed."""


@dataclass(frozen=True)
class Section:
    name: str
    rows: Sequence[Row]


def home() -> Response:
    return redirect(url_for("console.incident_list"), code=303)


def incident_list() -> Response:
    """The whole page, or the part of it that changes; the same again is answered with 304."""
    with page.looking() as scene:
        asked = filters.read(scene)
        if filters.is_untidy():
            return redirect(_tidied(scene, asked), code=303)
        after = request.args.get("after")
        try:
            found = listing.page(scene.session, filters.wanted(scene, asked), after, scene.now)
        except listing.BadKey:
            abort(400)
        facts = {
            "strip": page.strip(scene),
            "filters": asked,
            "sections": _sections(_rows(scene, found.rows)),
            "found": found,
            "after": after,
            "critical": listing.critical(scene.session, scene.now),
            "looked_at": listing.LOOKED_AT,
            "searched": finding.LOOKED_AT,
        }
        if PART in request.headers:
            return _part(page.render("list/live.html", **facts))
        return make_response(
            page.render(
                "incidents.html",
                **facts,
                views=listing.VIEWS,
                priorities=tuple(scene.policy.priorities),
                products=scene.policy.products,
                refreshing=_refreshing(),
                refresh_seconds=REFRESH_SECONDS,
            )
        )


def _tidied(scene: Scene, asked: filters.Filters) -> str:
    """Where a form that was sent leads: to the list, or to the one incident of a reference."""
    if incident_id := finding.by_reference(scene.session, asked.values.get("q", "")):
        return url_for("console.incident_page", incident_id=incident_id)
    return asked.address()


def _part(body: str) -> Response:
    """The moment is in a header: what has not changed since is not sent again."""
    answer = make_response(body)
    answer.headers[PART] = "list"
    answer.headers[AT] = page.words().clock(page.now())
    answer.headers["Vary"] = PART
    answer.set_etag(sha256(body.encode()).hexdigest()[:32])
    return answer.make_conditional(request)


def _rows(scene: Scene, found: Sequence[listing.Row]) -> list[Row]:
    incidents = [row.incident for row in found]
    places = callback_queue.places(scene, incidents)
    recorded = _recorded(scene, incidents)
    return [
        Row(
            row.incident,
            _SECTIONS[row.shelf],
            urgency.nearest(scene, row.incident),
            row.incident.call_id in recorded,
            places.get(row.incident.id),
        )
        for row in found
    ]


def _recorded(scene: Scene, incidents: Sequence[Incident]) -> set[int]:
    """The calls of which there is a recording to hear."""
    calls = [incident.call_id for incident in incidents if incident.call_id is not None]
    heard = select(Recording.call_id).where(
        Recording.call_id.in_(calls), Recording.status.not_in(NOTHING_TO_HEAR)
    )
    return set(scene.session.scalars(heard))


def _sections(rows: Sequence[Row]) -> list[Section]:
    return [
        Section(name, list(group)) for name, group in groupby(rows, key=lambda row: row.section)
    ]


def _refreshing() -> bool:
    """Whoever reads slowly can stop the page from changing under their eyes (WCAG 2.2.1)."""
    if (wanted := request.args.get("refresh")) in ("on", "off"):
        session["refresh"] = wanted
        return wanted == "on"
    return session.get("refresh") != "off"
