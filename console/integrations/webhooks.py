"""Addresses that are told what happens: made, looked at, tried, paused, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from console import page
from console.integrations import overview
from console.integrations.token_forms import form_name
from console.session import the_line
from ivr import deliveries, published, signing, targets
from ivr.incidents import Refused
from ivr.models import Agent, WebhookTarget
from ivr.reason import Reason
from ivr.scene import Scene

Act = Callable[[Scene, WebhookTarget, Agent], None]


ACTS: Mapping[str, Act] = {
    "rotate": lambda s, t, a: targets.rotate(s, t, a, request.form.get("seen", "")),
    "pause": targets.pause,
    "resume": targets.resume,
    "test": targets.test,
    "resend": deliveries.send_again,
    "remove": targets.remove,
}
_SECRET = ("rotate",)
"""After these the page shows the new secret, this once."""


def make_webhook() -> Response | str | tuple[str, int]:
    """Its page, with its secret. The same form sent twice makes one."""
    line = the_line()
    try:
        with line.scene() as scene:
            if found := _of_form(scene, form_name()):
                return _to(found.id)
            form = request.form
            wanted = targets.Wanted(
                form_name(), form.get("name", ""), form.get("url", ""),
                form.getlist("types"), form.getlist("rights"),
            )  # fmt: skip
            by = scene.session.get_one(Agent, g.agent.id)
            target = targets.make(scene, by, wanted, demo=line.settings.local)
            scene.session.flush()
    except Refused as refused:
        return overview.show(refusal=refused.reason, typed="webhook"), 409
    except IntegrityError:  # the other click of a double one was quicker
        return redirect(url_for("console.integrations_page"), code=303)
    return _page(target.id, secret=True)


def webhook_page(target_id: int) -> str:
    return _page(target_id)


def change_webhook(target_id: int, act: str) -> Response | str | tuple[str, int]:
    try:
        with the_line().scene() as scene:
            target = scene.session.get(WebhookTarget, target_id, with_for_update=True)
            if target is None or (target.removed_at is not None and act != "remove"):
                abort(404)
            ACTS[act](scene, target, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        return _page(target_id, refusal=refused.reason), 409
    if act in _SECRET:
        return _page(target_id, secret=True)
    flash(f"webhook_{act}")
    if act == "remove":
        return redirect(url_for("console.integrations_page"), code=303)
    return _to(target_id)


def _page(target_id: int, *, secret: bool = False, refusal: Reason | None = None) -> str:
    g.here = url_for("console.webhook_page", target_id=target_id)
    with page.looking() as scene:
        target = scene.session.scalar(
            select(WebhookTarget)
            .where(WebhookTarget.id == target_id, WebhookTarget.removed_at.is_(None))
            .options(selectinload(WebhookTarget.subscriptions))
        )
        if target is None:
            abort(404)
        wanted = {each.type for each in target.subscriptions}
        key = the_line().settings.secret_key
        return page.render(
            "integrations/webhook.html",
            target=target,
            types=[type_ for type_ in published.ALL if type_ in wanted],
            messages=deliveries.latest(scene.session, target),
            counts=deliveries.counts(scene.session).get(target.id, (0, 0)),
            both=len(targets.salts(scene, target)) > 1,
            secret=signing.secret(key, target.salt) if secret else "",
            seen=target.salt[:16],
            refusal=refusal,
        )


def _of_form(scene: Scene, form: str) -> WebhookTarget | None:
    return scene.session.scalar(select(WebhookTarget).where(WebhookTarget.form == form))


def _to(target_id: int) -> Response:
    return redirect(url_for("console.webhook_page", target_id=target_id), code=303)
