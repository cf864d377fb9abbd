"""One's own second factor: set up with a QR code, taken off, and its recovery codes."""

from __future__ import annotations

import re

import segno
from flask import flash, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from console import page, session
from console.account.own import prove
from console.entering import real_time, vault
from ivr import audit, people_factor, people_letters, people_sessions
from ivr.incidents import Refused
from ivr.models import Agent
from ivr.reason import Reason
from ivr.scene import Scene


def second_factor_page() -> str:
    return _page()


def begin_factor() -> Response | tuple[str, int]:
    """Draws a secret; nothing changes at the sign-in before the first code."""
    try:
        prove()
        with session.the_line().scene() as scene:
            agent = scene.session.get_one(Agent, g.agent.id)
            people_factor.begin(scene, vault(), agent)
    except Refused as refused:
        return _page(refused.reason), 409
    return redirect(url_for("console.second_factor_page"), code=303)


def confirm_factor() -> str | tuple[str, int]:
    """In force from now on. The recovery codes are in this one answer and nowhere else."""
    typed = request.form.get("code", "")[:40]
    try:
        _count_a_try()
        with session.the_line().scene() as scene:
            agent = scene.session.get_one(Agent, g.agent.id, with_for_update={"key_share": True})
            was_on = people_factor.of(scene, agent) is not None
            codes = people_factor.confirm(scene, vault(), agent, typed, real_time())
            if was_on:
                audit.note(scene, agent, "recovery_codes_made", agent.name)
            else:
                _is_on_now(scene, agent)
    except Refused as refused:
        return _page(refused.reason), 409
    return page.render("account/codes.html", codes=codes, just_on=True)


def renew_codes() -> str | tuple[str, int]:
    """New recovery codes; the old ones are worth nothing any more."""
    try:
        prove()
        with session.the_line().scene() as scene:
            agent = scene.session.get_one(Agent, g.agent.id)
            if people_factor.of(scene, agent) is None:
                raise Refused(Reason("people.no_factor"))
            codes = people_factor.renew_codes(scene, agent)
            audit.note(scene, agent, "recovery_codes_made", agent.name)
    except Refused as refused:
        return _page(refused.reason), 409
    return page.render("account/codes.html", codes=codes, just_on=False)


def factor_off() -> Response | tuple[str, int]:
    try:
        prove()
        with session.the_line().scene() as scene:
            agent = scene.session.get_one(Agent, g.agent.id)
            if agent.role in scene.policy.access.second_factor:
                raise Refused(Reason("people.factor_needed"))
            if people_factor.remove(scene, agent, g.console_session.id):
                audit.note(scene, agent, "factor_off", agent.name)
                people_letters.changed(scene, agent, "factor_off")
    except Refused as refused:
        return _page(refused.reason), 409
    flash("factor_off")
    return redirect(url_for("console.account_page"), code=303)


def _count_a_try() -> None:
    """As at the sign-in (console/account/code.py). Raises `Refused` where there were too many."""
    with session.the_line().scene() as scene:
        may_try = people_factor.may_try(scene, scene.session.get_one(Agent, g.agent.id))
    if not may_try:
        raise Refused(Reason("people.too_many_passwords"))


def _is_on_now(scene: Scene, agent: Agent) -> None:
    """Other browsers sign in again, with a code; this one has given it."""
    people_sessions.goes_on(scene, agent, g.console_session.id, verified=True)
    audit.note(scene, agent, "factor_on", agent.name)
    people_letters.changed(scene, agent, "factor_on")


def _page(refusal: Reason | None = None) -> str:
    g.here = url_for("console.second_factor_page")
    with page.looking() as scene:
        on = people_factor.of(scene, g.agent) is not None
        secret = None if on else people_factor.secret_of(scene, vault(), g.agent)
        return page.render(
            "account/factor.html",
            on=on,
            needed=g.agent.role in scene.policy.access.second_factor,
            codes_left=people_factor.codes_left(scene, g.agent),
            secret=" ".join(re.findall(".{1,4}", secret)) if secret else None,
            address=people_factor.address(g.agent, secret) if secret else None,
            picture=_picture(people_factor.address(g.agent, secret)) if secret else None,
            refusal=refusal,
        )


def _picture(address: str) -> Markup:
    """The QR code as SVG: of nothing but squares, so that it may stand in the page as it is."""
    drawn = segno.make(address, micro=False, error="m")
    svg = drawn.svg_inline(omitsize=True, border=4, svgclass="qr", lineclass=None)
    svg = svg.replace("<svg ", '<svg aria-hidden="true" ', 1)
    return Markup(svg)  # noqa: S704 the address is drawn, not written
