"""What is known before any question: an outage that concerns many, an open file of this client."""

from __future__ import annotations

from ivr import callbacks, linking, outages, states
from ivr.actions.through import hold_anew
from ivr.exchange import Turn
from ivr.models import Agent, Incident

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


# An open file of the same client -------------------------------------------------------------


def find_known(turn: Turn) -> str:
    """A recognised caller may be calling about what is open already: a colleague's outage
    ("critical"), or any other "file"."""
    asked = turn.call.answers.get("asked_about", [])
    if outages.wanted(turn):
        return "no"
    turn.found = linking.known(turn.scene, turn.incident, asked)
    if turn.found is None:
        return "no"
    turn.remember(known=turn.found.id, asked_about=[*asked, turn.found.id])
    is_second = linking.is_second_report(turn.scene, turn.incident, turn.found)
    return "critical" if is_second else "file"


def join(turn: Turn) -> str:
    """Joins the outage, and tells apart whether somebody has it in hand already."""
    found = _known(turn)
    if turn.chosen == "other" or found.state not in states.OPEN:
        return "other"
    linking.join(turn.scene, turn.incident, found)
    return "held" if found.holder else "waiting"


def about(turn: Turn) -> str:
    """The call is about that file: its holder is wanted, or a "manager"."""
    found = _known(turn)
    if turn.chosen == "other" or found.state not in states.OPEN:
        return "other"
    linking.about(turn.scene, turn.incident, found)
    if turn.chosen == "manager":
        return "manager"
    return "held" if found.holder else "waiting"


def ring_holder(turn: Turn) -> str:
    """The caller wants a word with whoever has the incident in hand: that person, and no other.

    Nobody is woken for what has no clock that runs now, nor while a callback of it is on its way.
    """
    incident, holder = turn.incident, turn.incident.holder
    if turn.chosen == "manager":
        return "manager"
    if holder is None or not _may_be_rung(turn, incident, holder):
        return "away"
    if incident.callback_at is not None:
        callbacks.hold(turn.scene, incident)
    hold_anew(turn)
    turn.remember(targets=[holder.id], later_told=True)
    return "ring"


def owe_callback(turn: Turn) -> str:
    """The holder was not to be had: whoever holds it calls back as soon as the caller has gone."""
    scene, incident = turn.scene, turn.incident
    callbacks.owe(scene, incident)
    counted = callbacks.counted_time(scene, incident)
    opens = "" if counted.is_open(scene.now) else counted.next_open(scene.now).isoformat()
    turn.remember(owed=True, owed_from=opens)
    return "owed"


def _known(turn: Turn) -> Incident:
    return turn.scene.session.get_one(Incident, turn.call.answers["known"])


def _may_be_rung(turn: Turn, incident: Incident, holder: Agent) -> bool:
    scene = turn.scene
    left_the_desk = holder.on_desk and not holder.present
    if not holder.active or (left_the_desk and scene.policy.hours.is_open(scene.now)):
        return False
    return callbacks.counted_time(scene, incident).is_open(scene.now)


ACTIONS = (
    banner, answer_outage, list_affected, find_known, join, about, ring_holder, owe_callback,
)  # fmt: skip
