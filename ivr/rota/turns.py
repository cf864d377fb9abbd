"""Turns that members take one after the other, handing over at a local time of day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.spans import Span
from ivr.zones import instant

WEEK = 7


class RotaError(ValueError):
    """A rota that makes no sense, or a question without a time zone; the sentence says which."""


@dataclass(frozen=True)
class Turns:
    """Turns of `days` days each, from `handover` on the wall clock of `zone`; half-open.

    Turn 0 begins on `first_day`. Handovers keep their local time when clocks change, so that such
    a turn is an hour longer or shorter; a handover that clocks show twice is the first of the two.
    """

    first_day: date
    handover: time
    zone: ZoneInfo
    days: int = WEEK

    def __post_init__(self) -> None:
        if self.days < 1:
            raise RotaError("a turn lasts at least one day")
        if self.handover.tzinfo is not None:
            raise RotaError("the handover is a time on the wall clock, with no zone")

    @classmethod
    def weekly(
        cls, anchor: date, weekday: int, handover: time, zone: ZoneInfo, every: int = 1
    ) -> Turns:
        """Turns of `every` weeks that begin on `weekday` (0: Monday); turn 0 holds `anchor`."""
        if weekday not in range(WEEK):
            raise RotaError("the handover's weekday is 0 (Monday) to 6 (Sunday)")
        back = timedelta(days=(anchor.weekday() - weekday) % WEEK)
        return cls(anchor - back, handover, zone, WEEK * every)

    @classmethod
    def daily(cls, anchor: date, handover: time, zone: ZoneInfo, every: int = 1) -> Turns:
        """Turns of `every` days; turn 0 begins on `anchor`."""
        return cls(anchor, handover, zone, every)

    def number(self, at: datetime) -> int:
        """The number of the turn that holds `at`; negative before `first_day`."""
        if at.tzinfo is None:
            raise RotaError(f"{at.isoformat()} has no time zone")
        number = (at.astimezone(self.zone).date() - self.first_day).days // self.days
        while self.start(number) > at:
            number -= 1
        while self.start(number + 1) <= at:  # a zone may skip a whole day: its turn is empty
            number += 1
        return number

    def start(self, number: int) -> datetime:
        """When the turn begins, in UTC: it ends when the next one begins."""
        day = self.first_day + timedelta(days=number * self.days)
        return instant(datetime.combine(day, self.handover), self.zone)

    def span(self, number: int) -> Span:
        return self.start(number), self.start(number + 1)

    def handovers(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The handovers strictly between two moments, in UTC."""
        number = self.number(start) + 1
        while (handover := self.start(number)) < end:
            yield handover
            number += 1
