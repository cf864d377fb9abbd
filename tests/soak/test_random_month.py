"""A simulated month: nothing is forgotten, and no promise is broken that could have been kept.

`make soak` lives whole months, `make test` a few quiet days. A seed replays:
P1LINE_SEED=2 make test TEST_ARGS=tests/soak/test_random_month.py
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.month import command
from ivr.causes import Cause
from standin.entries import Unexpected
from tests import servers
from tests.soak.seeds import seeds
from trial import report
from trial.chance import Manners
from trial.findings import Findings, judge
from trial.month import Month, month

WHOLE, PART, SAMPLE = 31, 3, 2
"""Days: in `make soak`, in `.ci/run`, in `make test`."""


def length() -> int:
    if os.environ.get("P1LINE_SOAK"):
        return WHOLE
    return PART if os.environ.get("P1LINE_SEEDS") else SAMPLE


def live(seed: int, manners: Manners, folder: Path, valkey: servers.Valkey) -> Findings:
    valkey.flush()
    if length() == SAMPLE:
        manners = replace(manners, calls_per_hour_open=0.2, calls_per_hour_closed=0.05)
    with month(seed, length(), folder, valkey.url, manners) as lived:
        lived.run()
        check(lived)
        return judge(lived)


def check(lived: Month) -> None:
    """The stand-in saw nothing unforeseen, and understood all of our TwiML."""
    ledger = lived.twilio.ledger
    assert not ledger.of(Unexpected)
    assert not ledger.complaints()
    assert ledger.legs(), "somebody called"


def explained(findings: Findings) -> str:
    return json.dumps(report.facts(findings), ensure_ascii=False, indent=1)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", seeds(sample=1, soak=4))
def test_nothing_is_forgotten_and_each_broken_promise_has_a_cause_of_others(
    seed: int, tmp_path: Path, valkey: servers.Valkey
) -> None:
    findings = live(seed, Manners(), tmp_path, valkey)
    assert findings.promises
    assert findings.faults == 0, explained(findings)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", seeds(sample=1, soak=2))
def test_where_agents_have_capacity_every_promise_is_kept(
    seed: int, tmp_path: Path, valkey: servers.Valkey
) -> None:
    findings = live(seed, Manners.kind(), tmp_path, valkey)
    assert findings.promises
    assert findings.faults == 0, explained(findings)
    broken = [promise.found.cause for promise in findings.promises if promise.found]
    assert set(broken) <= {Cause.NO_NUMBER}, explained(findings)  # nobody can call that client


def test_the_command_prints_the_month() -> None:
    sunday = ["--seed", "7", "--days", "1", "--from", "2026-12-13", "--json"]
    ran = CliRunner().invoke(command, sunday)
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert (found["seed"], found["from"]) == (7, "2026-12-13")
    assert found["calls"] >= found["incidents"] > 0
    assert found["met"] + found["breached"] + found["pending"] == found["incidents"]
    assert not found["forgotten"]
