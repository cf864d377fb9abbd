"""What is known before any question: an outage that concerns many, an open P1 of this client."""

from __future__ import annotations

from ivr import linking, outages
from ivr.actions.through import hold_anew
from ivr.exchange import Turn
from ivr.models import Incident

# A known outage ------------------------------------------------------------------------------


def banner(turn: Turn) -> str:
    """A known outage is told before the menu (once a call)."""
    outage = outages.told_to(turn.scene, turn.call)
    if outage is None:
        return "no"
    turn.remember(outage=outage.id)
    return "outage"


def answer_outage(turn: Turn) -> str:
    """ "affected": the caller wants to be on the list, once we know who it is."""
    turn.remember(affected=turn.chosen == "affected")
    return turn.chosen


def list_affected(turn: Turn) -> str:
    """On the list: an incident that wakes nobody, and news of every update."""
    outage = outages.wanted(turn)
    if outage is None:
        return "over"
    outages.affect(turn.scene, outage, turn.incident)
    return "listed" if outages.can_be_told(turn.scene, turn.incident) else "no_address"


# An open P1 of the same client ---------------------------------------------------------------


def find_open_p1(turn: Turn) -> str:
    """A recognised caller may be calling about what a colleague has reported already."""
    found = None if outages.wanted(turn) else linking.open_p1(turn.scene, turn.incident)
    if found is None:
        return "no"
    turn.remember(open_p1=found.id)
    return "open_p1"


def join(turn: Turn) -> str:
    """Joins it, and tells apart whether somebody has it in hand already."""
    if turn.chosen == "other":
        return "other"
    found = turn.scene.session.get_one(Incident, turn.call.answers["open_p1"])
    linking.join(turn.scene, turn.incident, found)
    return "held" if found.holder else "waiting"


def ring_holder(turn: Turn) -> str:
    """The caller wants a word with whoever has the incident in hand: that person, and no other."""
    holder = turn.incident.holder
    if holder is None or not holder.active:
        return "away"
    hold_anew(turn)
    turn.remember(targets=[holder.id])
    return "ring"


ACTIONS = (banner, answer_outage, list_affected, find_open_p1, join, ring_holder)
