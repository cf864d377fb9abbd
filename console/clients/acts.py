"""What a lead does to a client's file from its page: a PIN, a removal on the centre's request."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console.clients import pages, typed
from console.session import the_line
from ivr.clients import files, pin, removal
from ivr.incidents import Refused
from ivr.models import Agent, Client, SuperUser
from ivr.scene import Scene

Act = Callable[[Scene, Client, Agent], None]


def remove_super_user(client_id: int) -> Response | tuple[str, int]:
    """On the centre's request, with a reason (§1.2)."""
    number, reason = request.form.get("super_user", ""), request.form.get("reason", "")

    def act(scene: Scene, client: Client, agent: Agent) -> None:
        known = {str(user.id): user for user in client.super_users}
        user: SuperUser = known.get(number) or abort(404)
        removal.remove(scene, client, user, agent, reason)

    return _act(client_id, act, "super_user_removed")


def set_pin(client_id: int) -> Response | tuple[str, int]:
    first, again = request.form.get("pin", ""), request.form.get("again", "")

    def act(scene: Scene, client: Client, agent: Agent) -> None:
        pin.put(scene, client, agent, first, again, typed.seen())

    return _act(client_id, act, "pin_set")


def remove_pin(client_id: int) -> Response | tuple[str, int]:
    def act(scene: Scene, client: Client, agent: Agent) -> None:
        pin.remove(scene, client, agent, typed.seen())

    return _act(client_id, act, "pin_removed")


def _act(client_id: int, act: Act, name: str) -> Response | tuple[str, int]:
    """Acts on the locked file; a refusal shows the page, with the form that was refused open."""
    try:
        with the_line().scene() as scene:
            client = files.find(scene, client_id, lock=True) or abort(404)
            act(scene, client, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        g.here = url_for("console.client_page", client_id=client_id)
        return pages.show(client_id, refused.reason, name, request.form), 409
    flash(name)
    return redirect(url_for("console.client_page", client_id=client_id), code=303)
