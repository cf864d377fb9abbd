"""Who is on call at a moment: one rotation that hands over at a local time of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.policy_parts import Rota
from ivr.reason import Reason
from ivr.zones import instant


class RotaError(ValueError):
    """A rotation that makes no sense."""


@dataclass(frozen=True)
class Shift:
    """One member's turn, from `start` to `end` (UTC, half-open)."""

    member: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Rotation:
    """Members take turns of `days` days each, from `handover` on the wall clock of `zone`.

    The first member's turn holds the handover of `anchor`, or of the last `weekday` before it.
    Handovers keep their local time when clocks change, so that such a turn is an hour longer or
    shorter. Without members nobody is on call.
    """

    members: tuple[int, ...]
    anchor: date
    handover: time
    weekday: int
    zone: ZoneInfo
    days: int = 7

    def __post_init__(self) -> None:
        if self.days < 1:
            raise RotaError("a turn lasts at least one day")
        if self.weekday not in range(7):
            raise RotaError("the handover's weekday is 0 (Monday) to 6 (Sunday)")
        if self.handover.tzinfo is not None:
            raise RotaError("the handover is a time on the wall clock, with no zone")

    @classmethod
    def of(cls, members: tuple[int, ...], rota: Rota, zone: ZoneInfo) -> Rotation:
        """The rotation of these members by policy.toml's [rota]."""
        return cls(members, rota.anchor, rota.handover, rota.handover_weekday, zone, rota.days)

    def on_call(self, at: datetime) -> tuple[int, ...]:
        """The member on call first, then the others in the order of their turns, as backups."""
        if not self.members:
            return ()
        first = self._turn(at) % len(self.members)
        return tuple(dict.fromkeys(self.members[first:] + self.members[:first]))

    def shift_at(self, at: datetime) -> Shift | None:
        """The turn that holds `at`; None without members."""
        if not self.members:
            return None
        turn = self._turn(at)
        member = self.members[turn % len(self.members)]
        return Shift(member, self._start(turn), self._start(turn + 1))

    def next_handover(self, at: datetime) -> datetime:
        """The first handover after `at`, in UTC."""
        return self._start(self._turn(at) + 1)

    def why(self, at: datetime) -> tuple[Reason, ...]:
        """Who is on call and until when, and who comes next; agents by their ids."""
        shift = self.shift_at(at)
        if shift is None:
            return (Reason("rota.empty"),)
        turn = {"start": shift.start.isoformat(), "end": shift.end.isoformat()}
        first = Reason("rota.on_call", {"agent": shift.member, **turn})
        backups = [Reason("rota.backup", {"agent": agent}) for agent in self.on_call(at)[1:]]
        return (first, *backups)

    def _turn(self, at: datetime) -> int:
        """The number of the turn that holds `at`; the first member's first is 0."""
        if at.tzinfo is None:
            raise RotaError(f"{at.isoformat()} has no time zone")
        days = (at.astimezone(self.zone).date() - self._first_day()).days
        turn = days // self.days
        return turn if self._start(turn) <= at else turn - 1

    def _start(self, turn: int) -> datetime:
        day = self._first_day() + timedelta(days=turn * self.days)
        return instant(datetime.combine(day, self.handover), self.zone)

    def _first_day(self) -> date:
        """The last handover's weekday on or before the anchor; of other turns than weeks, it."""
        back = (self.anchor.weekday() - self.weekday) % 7 if self.days % 7 == 0 else 0
        return self.anchor - timedelta(days=back)
