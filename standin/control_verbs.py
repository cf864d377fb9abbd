"""The verbs that end or turn a call: Redirect, Hangup, Reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin.scheduler import Sleep, Steps
from standin.signals import HungUp
from standin.verbs import Document, Hangup, Redirect, Reject
from standin.webhooks import Next, following

if TYPE_CHECKING:
    from standin.leg import Leg


def redirect(leg: Leg, verb: Redirect, document: Document, first: bool) -> Steps[Next | None]:
    yield Sleep(0)
    return following(document, verb.url, verb.method)


def hangup(leg: Leg, verb: Hangup, document: Document, first: bool) -> Steps[Next | None]:
    """As the first verb of a call it still answers it."""
    leg.answer()
    yield Sleep(0)
    leg.finish("completed", "Hangup")
    raise HungUp


def reject(leg: Leg, verb: Reject, document: Document, first: bool) -> Steps[Next | None]:
    """The only way not to answer; it rejects nothing once the call is answered."""
    yield Sleep(0)
    if leg.answered_at is not None:
        leg.complain(12200, "Schema validation warning: <Reject> after the answer")
        return None
    leg.finish("busy" if verb.reason == "busy" else "no-answer", "Reject")
    raise HungUp
