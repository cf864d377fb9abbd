"""Tokens of the API: made, shown once, revoked."""

from __future__ import annotations

from flask import abort, flash, g, redirect, request, url_for
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from console.integrations import overview
from console.session import the_line
from ivr import tokens
from ivr.incidents import Refused
from ivr.models import Agent, ApiToken
from ivr.reason import Reason
from ivr.scene import Scene


def make_token() -> Response | str | tuple[str, int]:
    """The page with its text: nowhere else, and never again. The same form sent twice makes one."""
    try:
        with the_line().scene() as scene:
            if scene.session.scalar(select(exists().where(ApiToken.form == form_name()))):
                return _made_already()
            by = scene.session.get_one(Agent, g.agent.id)
            token, text = tokens.make(scene, by, _wanted(scene))
    except Refused as refused:
        return overview.show(refusal=refused.reason, typed="token"), 409
    except IntegrityError:  # the other click of a double one was quicker
        return _made_already()
    return overview.show(token=token, text=text)


def revoke_token(token_id: int) -> Response:
    with the_line().scene() as scene:
        token = scene.session.get(ApiToken, token_id, with_for_update=True) or abort(404)
        tokens.revoke(scene, token, scene.session.get_one(Agent, g.agent.id))
    flash("token_revoked")
    return redirect(url_for("console.integrations_page"), code=303)


def _made_already() -> Response:
    flash("token_made_already")
    return redirect(url_for("console.integrations_page"), code=303)


def _wanted(scene: Scene) -> tokens.Wanted:
    form = request.form
    days = form.get("days", "")
    return tokens.Wanted(
        form=form_name(),
        name=form.get("name", ""),
        rights=form.getlist("rights"),
        may_change=form.get("may_change") == "1",
        agent=_agent(scene, form.get("agent", "")),
        per_minute=_number(form.get("per_minute", "")),
        days=None if days == "" else _number(days),
    )


def _agent(scene: Scene, number: str) -> Agent | None:
    """Empty: it acts as the integration."""
    if number == "":
        return None
    agent = scene.session.get(Agent, _number(number))
    if agent is None:
        raise Refused(Reason("integrations.no_choice"))
    return agent


def form_name() -> str:
    """The form's own name, by which one that is sent twice is known."""
    form = request.form.get("form", "")
    if len(form) != 32 or not form.isalnum():
        raise Refused(Reason("integrations.no_choice"))
    return form


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
