"""A known outage, for managers: announce it, give news of it, end it, and see whom it affects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from flask import abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from console import page
from console.session import the_line
from ivr import outages, zones
from ivr.incidents import Refused
from ivr.models import Agent, Incident, Outage
from ivr.reason import Reason
from ivr.scene import Scene

PAST = 10
"""Outages of before that the page shows."""

Act = Callable[[Scene, Agent], None]


def outages_page() -> str:
    return _page()


def announce_outage() -> Response | tuple[str, int]:
    """Switches it on: callers hear it from now on."""

    def act(scene: Scene, agent: Agent) -> None:
        outages.switch_on(scene, agent, request.form.getlist("products"), _words())

    return _act(act, "outage_on")


def tell_outage(outage_id: int) -> Response | tuple[str, int]:
    """News for callers and for everyone on the list; `last`: and the outage is over."""
    last = request.form.get("last") == "1"

    def act(scene: Scene, agent: Agent) -> None:
        outages.update(scene, _outage(scene, outage_id), agent, _words(last=last))

    return _act(act, "outage_over" if last else "outage_told")


def end_outage(outage_id: int) -> Response | tuple[str, int]:
    """Switches it off without a word."""

    def act(scene: Scene, agent: Agent) -> None:
        outages.switch_off(scene, _outage(scene, outage_id))

    return _act(act, "outage_off")


def _act(act: Act, notice: str) -> Response | tuple[str, int]:
    """Acts as the manager who is signed in; a refusal shows the page with what was typed."""
    try:
        with the_line().scene() as scene:
            act(scene, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        return _page(refused.reason, request.form), 409
    flash(notice)
    return redirect(url_for("console.outages_page"), code=303)


def _outage(scene: Scene, outage_id: int) -> Outage:
    """Locked: of two managers at once, the second sees what the first has said."""
    return scene.session.get(Outage, outage_id, with_for_update=True) or abort(404)


def _words(*, last: bool = False) -> outages.Words:
    form = request.form
    french, english = form.get("text_fr", ""), form.get("text_en", "")
    return outages.Words(french, english, None if last else _moment(form.get("next_at", "")))


def _moment(text: str) -> datetime:
    """The moment of a `datetime-local` field, on the centre's clocks."""
    if (at := zones.typed(text, the_line().policy.zone)) is None:
        raise Refused(Reason("outages.no_next"))
    return at


def _page(refusal: Reason | None = None, typed: Mapping[str, str] | None = None) -> str:
    with page.looking() as scene:
        current = outages.current(scene)
        return page.render(
            "outages.html",
            strip=page.strip(scene),
            outage=current,
            overdue=current is not None and outages.is_overdue(scene, current),
            affected=_affected(scene, current),
            past=_past(scene),
            products=scene.policy.products,
            typed=typed or {},
            chosen=request.form.getlist("products"),
            refusal=refusal,
            longest=round(outages.LONGEST),
        )


def _affected(scene: Scene, outage: Outage | None) -> Sequence[Incident]:
    """Whoever asked to be on the list, the latest first."""
    if outage is None:
        return ()
    incidents = select(Incident).where(Incident.outage_id == outage.id)
    return scene.session.scalars(
        incidents.order_by(Incident.id.desc()).options(
            joinedload(Incident.client), joinedload(Incident.super_user)
        )
    ).all()


def _past(scene: Scene) -> Sequence[Outage]:
    over = select(Outage).where(Outage.live.is_(None)).order_by(Outage.id.desc()).limit(PAST)
    return scene.session.scalars(
        over.options(selectinload(Outage.news), selectinload(Outage.incidents))
    ).all()
