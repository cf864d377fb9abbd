"""Which client, and who is calling (§1.2, §2.1.1)."""

from __future__ import annotations

from ivr import callers, incidents, numbers, timeline
from ivr.actions import number
from ivr.exchange import Turn
from ivr.models import Client, SuperUser
from ivr.rows import points
from ivr.steps import AGAIN


def find_client(turn: Turn) -> str:
    client = callers.find_client(turn.scene, turn.call, turn.given.keys)
    if client is None:
        return AGAIN
    turn.remember(candidate=client.number)
    if not callers.is_known(turn.call, client):
        return "found"
    _adopt(turn, client)
    return "known"


def confirm_client(turn: Turn) -> str:
    if turn.chosen == "yes":
        client = callers.by_number(turn.scene, turn.call.answers["candidate"])
        if client is None:
            return "no"  # removed while the caller listened
        _adopt(turn, client)
    return turn.chosen


def _adopt(turn: Turn, client: Client) -> None:
    """From here on there is an incident: a caller who hangs up is called back (law 8)."""
    turn.call.client_id = client.id
    points(turn.call, client=client)
    incidents.open_for(turn.scene, turn.call)


def identify(turn: Turn) -> str:
    if matched := callers.match(turn.call, turn.client):
        how, user = matched
        _recognise(turn, how, user)
        return "matched"
    return "pin" if turn.client.pin_hash else "number"


def check_pin(turn: Turn) -> str:
    if not callers.pin_is_right(turn.scene, turn.call, turn.client, turn.given.keys):
        return AGAIN
    _recognise(turn, "pin", None)
    return "recognised"


def check_own_number(turn: Turn) -> str:
    phone = numbers.canonical(turn.given.keys)
    user = callers.by_keyed_number(turn.scene, turn.call, turn.client, phone)
    if user is None:
        return AGAIN
    _recognise(turn, "keyed", user)
    return "recognised"


def _recognise(turn: Turn, how: str, user: SuperUser | None) -> None:
    turn.call.recognised_by = turn.incident.recognised_by = how
    turn.call.super_user_id = turn.incident.super_user_id = user.id if user else None
    number.on_file(turn, user)  # from here on, whoever hangs up can be called back
    if user and user.language == "en":
        turn.call.language = turn.incident.language = "en"
    timeline.record(turn.scene, turn.incident, "identified", by=how)


def refuse(turn: Turn) -> str:
    turn.call.refused = True
    incidents.refuse(turn.scene, turn.incident)
    return "refused"


def claim_refused(turn: Turn) -> str:
    """Not recognised, but the clinic is down: a person hears that first, and decides."""
    incidents.readmit(turn.scene, turn.incident)
    incidents.set_priority(turn.scene, turn.incident, "P1", claimed="P1")
    return "critical"


ACTIONS = (
    find_client, confirm_client, identify, check_pin, check_own_number, refuse, claim_refused,
)  # fmt: skip
