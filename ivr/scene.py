"""Where and when something happens: one transaction, the policy, the line, the moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from ivr.policy import Policy

Work = Literal["call_back", "send", "ring", "hang_up", "wake", "notice", "digest"]


@dataclass(frozen=True)
class Nudge:
    """Tells the queue that a row is due. The row is the truth: a lost nudge loses nothing."""

    kind: Work
    id: int


@dataclass
class Scene:
    """What every act of the domain needs; `now` is aware UTC and stands still within it."""

    session: Session
    policy: Policy
    line_number: str
    """The number that clients call, E.164: never dialled, told in messages."""
    now: datetime
    public_url: str = ""
    """Where agents find the console: told to them in messages."""
    nudges: list[Nudge] = field(default_factory=list)
    """Enqueued after the commit, and only then (law 5)."""

    def nudge(self, kind: Work, row_id: int) -> None:
        nudge = Nudge(kind, row_id)
        if nudge not in self.nudges:
            self.nudges.append(nudge)
