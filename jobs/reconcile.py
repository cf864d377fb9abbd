"""Compares Twilio's list of calls with ours: no call is forgotten because we did not answer it.

https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from ivr import reconciled
from ivr.database import reading
from ivr.models import Call, Incident
from ivr.reconciled import Listed
from jobs.failure import Failure
from jobs.look_up import OVER
from jobs.phone import InboundCall
from line import Line

log = logging.getLogger(__name__)


@dataclass
class Report:
    """`seen`: the calls of Twilio's list; `opened`: the sids of those that got an incident now."""

    seen: int = 0
    opened: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def reconcile(line: Line, since: datetime, looked: set[str] | None = None) -> Report:
    """Puts right each call from `since` on that is over, and not settled with us; twice no harm.

    `looked` keeps the calls of which nothing more can be learnt from being asked for again.
    Raises `Failure` where Twilio's list is not to be had.
    """
    looked = set() if looked is None else looked
    listed = line.phone.calls(since)
    report = Report(len(listed))
    looked.intersection_update(call.sid for call in listed)
    settled = _settled(line, [call.sid for call in listed])
    for call in reversed(listed):  # in the order in which they came
        if call.status not in OVER or call.sid in settled or call.sid in looked:
            continue
        try:
            if _put_right(line, call):
                report.opened.append(call.sid)
            looked.add(call.sid)
        except Failure as error:
            log.warning("call %s: not reconciled: %s", call.sid, error)
            report.failed.append(call.sid)
        except OperationalError:  # the database is away: all of it, later
            raise
        except Exception:  # one call that cannot be put right keeps no other waiting
            log.exception("call %s: not reconciled", call.sid)
            report.failed.append(call.sid)
    return report


def _put_right(line: Line, call: InboundCall) -> bool:
    listed = Listed(
        call.sid,
        call.caller,
        call.started_at,
        call.ended_at,
        line.phone.rang(call.sid),
        tuple(line.phone.recordings(call.sid)),
    )
    with line.scene() as scene:
        opened = reconciled.reconcile(scene, listed)
    if opened:
        log.warning("call %s: we never answered it; an incident is opened", call.sid)
    return opened


def _settled(line: Line, sids: Sequence[str]) -> frozenset[str]:
    """Those of which we know the end, and whose client was told: nothing can be missing."""
    query = (
        select(Call.sid)
        .join(Incident, Incident.call_id == Call.id)
        .where(Call.sid.in_(sids), Call.ended_at.is_not(None), Incident.told_at.is_not(None))
    )
    with reading(line.sessions) as session:
        return frozenset(session.scalars(query))
