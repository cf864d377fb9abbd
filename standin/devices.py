"""Every phone of the world by its number: what it does when it is called, the texts it gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standin.behaviours import BEHAVIOURS, Behaviour, Busy, Unforeseen
from standin.entries import Unexpected

if TYPE_CHECKING:
    from standin.leg import Leg
    from standin.switch import StandIn

__all__ = ["BEHAVIOURS", "Devices", "Phone"]


@dataclass
class Phone:
    """A number: its behaviours (one a call, the last for ever after), its texts, its voicemail.

    `texting`: the statuses that a message to it goes through, the last with an error's code.
    """

    number: str
    behaviours: list[Behaviour] = field(default_factory=list)
    inbox: list[str] = field(default_factory=list)
    voicemail: list[list[str]] = field(default_factory=list)
    texting: tuple[str, int | None] = ("delivered", None)
    opted_out: bool = False
    stir_verstat: str = ""


class Devices:
    """Every phone by its number."""

    def __init__(self, switch: StandIn, default: Behaviour) -> None:
        self._switch = switch
        self.default = default
        self.phones: dict[str, Phone] = {}

    def phone(self, number: str) -> Phone:
        return self.phones.setdefault(number, Phone(number))

    def set(self, number: str, *behaviours: Behaviour) -> None:
        self.phone(number).behaviours = list(behaviours)

    def voicemail(self, number: str) -> list[list[str]]:
        return self.phone(number).voicemail

    def offer(self, leg: Leg) -> Behaviour:
        """What the called phone does with this call; a phone on another call is busy."""
        if self.is_on_a_call(leg.to, apart_from=leg):
            return Busy()
        behaviours = self.phone(leg.to).behaviours
        if len(behaviours) > 1:
            return behaviours.pop(0)
        behaviour = behaviours[0] if behaviours else self.default
        if isinstance(behaviour, Unforeseen):
            message = f"a call to {leg.to}, for which no behaviour is set"
            self._switch.ledger.add(Unexpected(self._switch.now(), message))
        return behaviour

    def is_on_a_call(self, number: str, apart_from: Leg | None = None) -> bool:
        """Does it ring, or is it talking, on another call than this one?"""
        return any(
            other is not apart_from and other.far_number == number and other.on_phone
            for other in self._switch.live.values()
        )
