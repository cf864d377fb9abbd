"""The caller who makes no detour: everything is down, in production, and no message is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ivr import actions, callers
from ivr.exchange import Given, Turn
from ivr.menu import MENU
from ivr.models import Call, Client, SuperUser
from ivr.policy import Policy
from ivr.scene import Scene
from ivr.simulate.story import Answer
from ivr.steps import Choose, Enter

SATURDAY = 5
SILENCE = Answer("silence")
NOTHING: Mapping[str, str] = {}

# The option that this caller takes at each choice of the menu; at the others, silence where that
# leads on, else the first option.
OPTIONS: Mapping[str, str] = {
    "confirm_client": "yes",
    "join": "other",  # who would ring is what is asked, also while a file of the client is open
    "about": "other",
    "refused": "critical",
    "impact": "P1",
    "environment": "production",
    "beta": "yes",
    "recording": "without",
    "callback_number": "yes",
    "critical": "critical",
}


def super_user_of(client: Client, policy: Policy, at: datetime) -> SuperUser | None:
    """The super user whom the client named for the shift of that moment (§1.2), else any."""
    users = sorted(callers.active(client), key=lambda user: user.id)
    shift = shift_at(policy, at)
    on_shift = (user for user in users if shift in user.shift.split())
    return next(on_shift, users[0] if users else None)


def shift_at(policy: Policy, at: datetime) -> str:
    """ "days" in regular hours, "weekends" on other than business days, "nights" for the rest."""
    if policy.hours.is_open(at):
        return "days"
    day = at.astimezone(policy.zone).date()
    business = day.weekday() < SATURDAY and policy.hours.special_day(day) is None
    return "nights" if business else "weekends"


def answer(
    scene: Scene,
    call: Call,
    client: Client | None,
    user: SuperUser | None,
    wanted: Mapping[str, str] = NOTHING,
) -> Answer:
    """What the plain caller does at the step where the call stands; `wanted` has the options, by
    step, that go before the plain ones."""
    step = MENU[call.step]
    match step:
        case Choose():
            return _choice(Turn(scene, call, Given()), step, {**OPTIONS, **wanted})
        case Enter() if step.name in ENTRIES:
            return Answer("keys", keys) if (keys := ENTRIES[step.name](client, user)) else SILENCE
        case _:
            return SILENCE


def _choice(turn: Turn, step: Choose, chosen: Mapping[str, str]) -> Answer:
    options = actions.options(turn, step.options)
    if step.name in chosen and chosen[step.name] in options:
        return _key(options, chosen[step.name])
    if step.name == "product":
        return _key(options, _product(turn.client, options))
    return SILENCE if step.silence or not options else _key(options, options[0])


def _key(options: tuple[str, ...], chosen: str) -> Answer:
    return Answer("keys", str(options.index(chosen) + 1))


def _product(client: Client, options: tuple[str, ...]) -> str:
    """The first one for which the client holds the extended service, else the first."""
    extended = {held.product for held in client.products if held.extended}
    return next((option for option in options if option in extended), options[0])


def _client_number(client: Client | None, _: SuperUser | None) -> str:
    return client.number if client else ""


def _own_number(_: Client | None, user: SuperUser | None) -> str:
    return user.phone[-10:] if user else ""


ENTRIES: Mapping[str, Callable[[Client | None, SuperUser | None], str]] = {
    "client_number": _client_number,
    "own_number": _own_number,
    "other_number": _own_number,
}
