"""Everything that people see of all phones at once, for a screen that shows them."""

from __future__ import annotations

from itertools import islice

from flask import Response, jsonify, request

from standin import behaviours
from standin.control import control, show
from standin.entries import (
    Bridged,
    Heard,
    Parted,
    Placed,
    Pressed,
    Progress,
    Spoke,
    Text,
    as_json,
)
from standin.leg import Leg
from standin.rest import switch
from standin.switch import StandIn

SEEN = (Bridged, Heard, Parted, Placed, Pressed, Progress, Spoke, Text)
"""Not what only programs see: webhooks, REST requests, complaints."""
NEWEST = 40
"""Calls that are shown when they are over."""


@control.get("/standin/watch")
def watch() -> Response:
    """The clock, the calls, what phones do by themselves, and the events from `?since=` on.

    `run` names this process: another one has another ledger, and `since` must start anew.
    Without `since`, or with one of another `?run=`, the events are the last `?last=`.
    """
    standin = switch()
    with standin.scheduler.lock:
        run, end = standin.sids.seed, len(standin.ledger.entries)
        since = request.args.get("since", type=int)
        anew = since is None or request.args.get("run", run) != run or since > end
        if anew or since is None:
            since = max(0, end - request.args.get("last", 0, type=int))
        entries = [each for each in standin.ledger.entries[since:] if isinstance(each, SEEN)]
        return jsonify(
            now=standin.now().isoformat(),
            run=run,
            anew=anew,
            next=end,
            placed=len(standin.legs),
            events=[as_json(entry) for entry in entries],
            calls=[show(leg) for leg in _calls(standin)],
            does=_does(standin),
        )


def _does(standin: StandIn) -> dict[str, str]:
    """What each phone does with its next call, by its number; of others nothing was said."""
    return {
        phone.number: behaviours.name_of(phone.behaviours[0])
        for phone in standin.devices.phones.values()
        if phone.behaviours
    }


def _calls(standin: StandIn) -> list[Leg]:
    """All that are not over and the newest that are, newest first."""
    over = (leg for leg in reversed(standin.legs.values()) if leg.over)
    found = [*standin.live.values(), *islice(over, NEWEST)]
    return sorted(found, key=lambda leg: leg.nth, reverse=True)
