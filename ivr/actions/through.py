"""Put through right here, or not: the route, a person asked for, what follows when nobody can."""

from __future__ import annotations

from ivr import attempts, callbacks, callers, incidents, routing, staff, timeline
from ivr.exchange import Turn
from ivr.models import Agent
from ivr.reason import Reason


def route(turn: Turn) -> str:
    """Whom to ring, if anybody. "nobody": the rule says ring, and nobody is there to be rung."""
    scene, incident = turn.scene, turn.incident
    window = callers.extended_window(scene, incident)
    opening = scene.policy.hours.opening_at(scene.now)
    decided = routing.route(
        opening=opening,
        priority=incident.priority,
        entitled=window is not None and window.is_open(scene.now),
        on_duty=bool(turn.call.answers.get("duty")),
        ring_when_open=scene.policy.routing.ring_when_open,
        desk=_ids(staff.desk(scene)),
        on_call=_ids(staff.to_ring(scene, incident.product, incident.language)),
    )
    holder = incident.holder
    if turn.call.answers.get("resumed") and holder and holder.active:
        decided = routing.holder_first(decided, holder.id, open=opening.open)
    _follow(turn, decided)
    if decided.kind == "call_back" and decided.why[-1].key == "routing.nobody":
        return "nobody"
    return decided.kind


def resume(turn: Turn) -> str:
    """The talk broke off: whoever holds the incident is rung first, and it stays in charge.

    Of a call that joined an open P1 only the holder is rung.
    """
    hold_anew(turn)
    turn.remember(resumed=True)
    return "holder" if turn.incident.linked_to_id else "resume"


def person(turn: Turn) -> str:
    """The key 0, or three tries that failed: a person (law 10)."""
    opening = turn.scene.policy.hours.opening_at(turn.scene.now)
    if not opening.open:
        return "closed"
    _ensure_incident(turn)
    why = (opening.why, Reason("routing.asked_person"))
    _follow(turn, routing.Route("ring_desk", _ids(staff.desk(turn.scene)), why))
    return "desk"


def claim_critical(turn: Turn) -> str:
    """After hours, out of the menu: a critical failure rings, everything else is recorded."""
    if turn.chosen == "message":
        return "message"
    if turn.call.client is None:
        if not callers.may_claim_critical(turn.scene, turn.call):
            _claim(turn)  # nobody is woken, but the list shows what was said
            return "message"
        attempts.note(turn.scene, "critical", turn.call.caller)
        turn.remember(duty=True)
    _claim(turn)
    return "ring"


def unsure(turn: Turn) -> str:
    """A caller who presses nothing is a caller in trouble: the contract decides who is rung."""
    return "ring" if turn.call.client else "message"


def leave_message(turn: Turn) -> str:
    _ensure_incident(turn)
    return "open"


def what_next(turn: Turn) -> str:
    """Nobody accepted. "paging": a P1 whose clock runs now is rung for until somebody accepts.

    Somebody who has talked already, and was cut off, is owed a call again.
    """
    scene, incident = turn.scene, turn.incident
    callbacks.owe(scene, incident)
    runs = callbacks.counted_time(scene, incident).is_open(scene.now)
    return "paging" if incident.priority == "P1" and runs else "later"


def hold_anew(turn: Turn) -> None:
    """Nobody counts as rung yet, and the longest hold begins again."""
    since = turn.scene.now.isoformat()
    turn.remember(rung=[], round=1, holder_rung=False, held_since=since)


def _claim(turn: Turn) -> None:
    _ensure_incident(turn)
    incidents.set_priority(turn.scene, turn.incident, "P1", claimed="P1")


def _ensure_incident(turn: Turn) -> None:
    if turn.call.incident is None:
        incidents.open_for(turn.scene, turn.call)
    elif turn.incident.state == "refused":  # a person follows, or a promise: it stands
        incidents.readmit(turn.scene, turn.incident)


def _follow(turn: Turn, decided: routing.Route) -> None:
    hold_anew(turn)  # whoever is chosen now counts as not rung yet
    holder = turn.incident.holder_id
    first = (holder,) if holder in decided.targets else ()
    targets = [*first, *(target for target in decided.targets if target not in first)]
    turn.remember(targets=targets)
    why = [reason.as_json() for reason in decided.why]
    timeline.record(turn.scene, turn.incident, "routed", route=decided.kind, why=why)


def _ids(agents: list[Agent]) -> tuple[int, ...]:
    return tuple(agent.id for agent in agents)


ACTIONS = (route, resume, person, claim_critical, unsure, leave_message, what_next)
