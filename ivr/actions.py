"""The actions that the menu names: each does one thing and returns one of its row's outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr import attempts, callers, incidents, numbers, recordings, routing, staff, timeline
from ivr.models import Agent, Call, Client, Incident, SuperUser
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.steps import AGAIN


@dataclass(frozen=True)
class Given:
    """What came back from the caller's side, in our words."""

    keys: str = ""
    recording_sid: str = ""
    recording_seconds: int = 0
    dialled: str = ""
    """How the leg that we rang ended, in Twilio's word."""
    over: bool = False
    """The caller has hung up: what came back is kept, and nobody hears the answer."""


@dataclass
class Turn:
    """One exchange: the call, what came back, and the scene in which we act on it."""

    scene: Scene
    call: Call
    given: Given
    chosen: str = ""
    """The option behind the key, where the step is a choice."""

    @property
    def incident(self) -> Incident:
        if self.call.incident is None:
            raise LookupError(f"call {self.call.sid} has no incident yet")
        return self.call.incident

    @property
    def client(self) -> Client:
        if self.call.client is None:
            raise LookupError(f"call {self.call.sid} has no client yet")
        return self.call.client

    def remember(self, **answers: Any) -> None:
        self.call.answers = {**self.call.answers, **answers}


def do(turn: Turn, action: str) -> str:
    return ACTIONS[action](turn)


def options(turn: Turn, named: tuple[str, ...] | str) -> tuple[str, ...]:
    """A choice's options in the order of their keys."""
    return OPTIONS[named](turn) if isinstance(named, str) else named


# Which client, and who is calling -----------------------------------------------------------


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
    turn.call.client = client
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
    turn.call.super_user = turn.incident.super_user = user
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


# Which product, and how bad -----------------------------------------------------------------


def products(turn: Turn) -> str:
    held = client_products(turn)
    if len(held) > 1:
        return "several"
    incidents.set_product(turn.scene, turn.incident, held[0] if held else None)
    return "one"


def client_products(turn: Turn) -> tuple[str, ...]:
    held = {product.product for product in turn.client.products}
    return tuple(product for product in turn.scene.policy.products if product in held)


def set_product(turn: Turn) -> str:
    incidents.set_product(turn.scene, turn.incident, turn.chosen)
    return "chosen"


def set_impact(turn: Turn) -> str:
    incidents.set_priority(turn.scene, turn.incident, turn.chosen, claimed=turn.chosen)
    urgent = turn.chosen in ("P1", "P2")
    return "ask" if urgent and turn.client.other_environments else "set"


def client_environments(turn: Turn) -> tuple[str, ...]:
    return ("production", *turn.client.other_environments)


def set_environment(turn: Turn) -> str:
    """§2.1.1: no P1 or P2 on a test or training environment, except a Beta site's at risk."""
    turn.incident.environment = turn.chosen
    if turn.chosen == "production":
        return "production"
    today = turn.scene.now.astimezone(turn.scene.policy.zone).date()
    client = turn.client
    if client.beta_site and client.go_live_on and client.go_live_on > today:
        return "beta"
    return _lower(turn)


def confirm_beta(turn: Turn) -> str:
    if turn.chosen == "no":
        return _lower(turn)
    timeline.record(turn.scene, turn.incident, "beta_confirmed")
    return "kept"


def _lower(turn: Turn) -> str:
    claimed = turn.incident.claimed_priority or turn.incident.priority
    incidents.set_priority(turn.scene, turn.incident, "P3", claimed=claimed)
    return "lowered"


def keep_reason(turn: Turn) -> str:
    if turn.given.recording_sid:
        recordings.keep(
            turn.scene, turn.call, turn.given.recording_sid, turn.given.recording_seconds
        )
    return "kept"


# Put through, or called back ----------------------------------------------------------------


def route(turn: Turn) -> str:
    scene, incident = turn.scene, turn.incident
    window = callers.extended_window(scene, incident)
    decided = routing.route(
        opening=scene.policy.hours.opening_at(scene.now),
        priority=incident.priority,
        entitled=window is not None and window.is_open(scene.now),
        on_duty=bool(turn.call.answers.get("duty")),
        ring_when_open=scene.policy.routing.ring_when_open,
        desk=_ids(staff.desk(scene)),
        on_call=_ids(staff.on_call(scene)),
    )
    _follow(turn, decided)
    return decided.kind


def resume(turn: Turn) -> str:
    """The talk broke off: whoever holds the incident is rung first."""
    turn.remember(rung=[], held_since=turn.scene.now.isoformat())
    return "resume"


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
            return "message"
        attempts.note(turn.scene, "critical", turn.call.caller)
        turn.remember(duty=True)
    _ensure_incident(turn)
    incidents.set_priority(turn.scene, turn.incident, "P1", claimed="P1")
    return "ring"


def unsure(turn: Turn) -> str:
    """A caller who presses nothing is a caller in trouble: the contract decides who is rung."""
    return "ring" if turn.call.client else "message"


def leave_message(turn: Turn) -> str:
    _ensure_incident(turn)
    return "open"


def _ensure_incident(turn: Turn) -> None:
    if turn.call.incident is None:
        incidents.open_for(turn.scene, turn.call)


def _follow(turn: Turn, decided: routing.Route) -> None:
    holder = turn.incident.holder_id
    first = (holder,) if holder in decided.targets else ()
    targets = [*first, *(target for target in decided.targets if target not in first)]
    turn.remember(targets=targets)
    why = [reason.as_json() for reason in decided.why]
    timeline.record(turn.scene, turn.incident, "routed", route=decided.kind, why=why)


def _ids(agents: list[Agent]) -> tuple[int, ...]:
    return tuple(agent.id for agent in agents)


# The number to call back --------------------------------------------------------------------


def number_on_file(turn: Turn) -> str:
    """The number that the caller calls from, or the one on file, is offered first."""
    user = turn.call.super_user
    offers = [turn.call.caller, user.phone if user else None]
    for number in offers:
        if number and _may_dial(turn, number):
            turn.incident.callback_number = number
            own = user is not None and user.phone == number
            turn.incident.callback_extension = user.extension if user and own else ""
            return "offered"
    turn.incident.callback_number = None
    return "none"


def confirm_number(turn: Turn) -> str:
    if turn.chosen == "yes":
        timeline.record(turn.scene, turn.incident, "number_given")
    return turn.chosen


def check_number(turn: Turn) -> str:
    number = numbers.canonical(turn.given.keys)
    if number is None or not _may_dial(turn, number):
        return AGAIN
    turn.incident.callback_number, turn.incident.callback_extension = number, ""
    return "good"


def set_extension(turn: Turn) -> str:
    turn.incident.callback_extension = turn.given.keys
    return "set"


def any_number(turn: Turn) -> str:
    return "some" if turn.incident.callback_number else "none"


def _may_dial(turn: Turn, number: str) -> bool:
    own = (turn.scene.line_number,)
    return numbers.dialable(number, turn.scene.policy.dialling, own) is None


Action = Callable[[Turn], str]
ACTIONS: Mapping[str, Action] = {
    action.__name__: action
    for action in (
        find_client, confirm_client, identify, check_pin, check_own_number, refuse, claim_refused,
        products, set_product, set_impact, set_environment, confirm_beta, keep_reason,
        route, resume, person, claim_critical, unsure, leave_message,
        number_on_file, confirm_number, check_number, set_extension, any_number,
    )
}  # fmt: skip
OPTIONS: Mapping[str, Callable[[Turn], tuple[str, ...]]] = {
    "*products": client_products,
    "*environments": client_environments,
}
