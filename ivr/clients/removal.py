"""The centre asks that a super user be removed whose knowledge is inadequate (§1.2)."""

from __future__ import annotations

from ivr.clients import history
from ivr.incidents import Refused
from ivr.models import Agent, Client, SuperUser
from ivr.reason import Reason
from ivr.scene import Scene

LONGEST = 500
"""Characters of a reason."""


def remove(scene: Scene, client: Client, user: SuperUser, agent: Agent | None, reason: str) -> None:
    """A recorded act: by whom, when, and why. The client is locked.

    Raises `Refused` without a reason, or where this person is removed already, for another one.
    """
    why = " ".join(reason.split())
    if why and user.removed_at is not None and user.removed_reason == why:
        return  # a double click
    if user.removed_at is not None:
        raise Refused(Reason("clients.gone"))
    if not why:
        raise Refused(Reason("clients.no_reason"))
    if len(why) > LONGEST or not why.isprintable():
        raise Refused(Reason("clients.bad_reason", {"longest": LONGEST}))
    user.removed_at, user.removed_reason = scene.now, why
    history.begin(client)
    history.keep(scene, client, agent, "removed", user=user, reason=why)
