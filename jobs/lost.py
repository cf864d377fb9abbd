"""Calls and legs whose end nobody told us: a status callback can be lost (Twilio retries none)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.models import Call, Leg
from jobs.look_up import settle_call, settle_leg
from line import Line

LIMIT = 50


@dataclass(frozen=True)
class Lost:
    """A row that has been silent for so long that Twilio is asked about it."""

    kind: Literal["call", "leg"]
    id: int


def lost(session: Session, now: datetime, silence: timedelta) -> Iterator[Lost]:
    """What is not known to have ended, and has been silent that long: also a long talk."""
    legs = select(Leg.id).where(Leg.ended_at.is_(None), Leg.created_at <= now - silence)
    for leg_id in session.scalars(legs.order_by(Leg.id).limit(LIMIT)):
        yield Lost("leg", leg_id)
    calls = select(Call.id).where(Call.ended_at.is_(None), Call.touched_at <= now - silence)
    for call_id in session.scalars(calls.order_by(Call.id).limit(LIMIT)):
        yield Lost("call", call_id)


def settle(line: Line, found: Lost) -> None:
    if found.kind == "leg":
        settle_leg(line, found.id)
    else:
        settle_call(line, found.id)
