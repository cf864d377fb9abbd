"""kill -9 of web, worker, sweep and Valkey in the midst of a month: no promise changes but those
that the outage itself made impossible, and each of these names it.

Real processes, on a stand-in whose clock goes on without them; whoever is there accepts, so that
no promise has another excuse. P1LINE_SEED=3 make test TEST_ARGS=tests/soak/test_killed_month.py
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.causes import Cause
from ivr.models import Incident
from tests.soak.killed import Killed, killed, stretch
from tests.soak.seeds import seeds
from trial import report
from trial.chance import Manners
from trial.findings import judge
from trial.month import Setting

SOAK = bool(os.environ.get("P1LINE_SOAK"))
KILLS = 40 if SOAK else 2


def setting(seed: int) -> Setting:
    """A day and a half with its night, or an hour of a morning; half of the callers hang up in the
    midst of the menu, and are called back."""
    kind = Manners.kind(calls_per_hour_open=3.0 if not SOAK else 2.0, calls_per_hour_closed=0.5)
    drawn = Setting.draw(seed, days=2, manners=kind)
    start = drawn.plan.start + timedelta(hours=0 if SOAK else 8.5)
    part = stretch(drawn, start, timedelta(hours=36 if SOAK else 1))
    callers = [
        replace(caller, patience=4) if place % 2 == 0 else caller
        for place, caller in enumerate(part.plan.callers)
    ]
    return replace(part, plan=replace(part.plan, callers=callers))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", seeds(sample=1, soak=6))
def test_a_kill_breaks_no_promise_that_its_outage_left_possible(seed: int, tmp_path: Path) -> None:
    with killed(seed, setting(seed), tmp_path, KILLS) as lived:
        lived.run()
        findings = judge(lived, lived.outages)
        explained = json.dumps(report.facts(findings), ensure_ascii=False, indent=1)
        assert findings.promises
        assert lived.outages
        assert findings.faults == 0, explained
        for promise in findings.promises:
            assert promise.met_at is not None, explained
            assert promise.found is None or promise.found.cause is Cause.OUTAGE, explained
        nobody_is_called_twice(lived)


def nobody_is_called_twice(lived: Killed) -> None:
    """Each incident brings one conversation over REST at most, judged by who was joined."""
    with lived.session() as session:
        owed = Counter(session.scalars(select(Incident.callback_number)))
    legs = lived.twilio.legs
    reached = Counter(
        legs[bridge.child].far_number
        for bridge in lived.twilio.ledger.bridges()
        if legs[bridge.parent].created_by == "REST"
    )
    assert all(times <= owed[number] for number, times in reached.items()), (reached, owed)
