"""The number to call back: on file, keyed, or none."""

from __future__ import annotations

from ivr import numbers, timeline
from ivr.exchange import Turn
from ivr.models import SuperUser
from ivr.steps import AGAIN


def number_on_file(turn: Turn) -> str:
    """The number that the caller calls from, or the one on file, is offered first."""
    on_file(turn, turn.call.super_user)
    return "offered" if turn.incident.callback_number else "none"


def on_file(turn: Turn, user: SuperUser | None) -> None:
    """The first of them that may be dialled is the number to call back; none, where none may."""
    offers = (turn.call.caller, user.phone if user else None)
    found = next((number for number in offers if number and _may_dial(turn, number)), None)
    own = user is not None and user.phone == found
    turn.incident.callback_number = found
    turn.incident.callback_extension = user.extension if user and own else ""


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


ACTIONS = (number_on_file, confirm_number, check_number, set_extension, any_number)
