"""The caller asks for a manager: who answers at the next level, told and put through (§3)."""

from __future__ import annotations

from ivr import callbacks, contact_ring, escalation
from ivr.actions.through import hold_anew
from ivr.exchange import Turn
from ivr.models import Incident


def ask_manager(turn: Turn) -> str:
    """The next level, where its time has come ("told"); else who "stands", and from when on the
    next one may be asked. "nobody" is on file for it: the managers are told."""
    answer = escalation.ask(turn.scene, _incident(turn))
    opens = answer.stands.next_from
    turn.remember(
        level=answer.stands.level,
        next_level_at=opens.isoformat() if opens else "",
        contact=answer.contact.id if answer.contact else None,
    )
    if answer.contact is None:
        return "nobody"
    return "told" if answer.is_new else "stands"


def can_connect(turn: Turn) -> str:
    """Put through in the hours in which people are rung for the incident, as its clock runs."""
    counted = callbacks.counted_time(turn.scene, _incident(turn))
    contact = contact_ring.contact_of(turn.scene, turn.call)
    can = counted.is_open(turn.scene.now) and contact_ring.numbers_of(turn.scene, contact)
    return "yes" if can else "no"


def connect(turn: Turn) -> str:
    hold_anew(turn)
    turn.remember(contact_tried=0)
    return "ring"


def contact_missed(turn: Turn) -> str:
    """Not accepted: the escalation stands, and the contact finds a text beside the letter."""
    contact_ring.missed(turn.scene, turn.call, _incident(turn))
    return "written"


def _incident(turn: Turn) -> Incident:
    """What is escalated: also of a second report, the incident that it has joined."""
    return turn.incident.linked_to or turn.incident


ACTIONS = (ask_manager, can_connect, connect, contact_missed)
