"""The report of a month: facts for machines, from which the command makes its sentences."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ivr.causes import Cause
from ivr.policy_parts import PRIORITIES
from trial.findings import Findings, Promise


def facts(findings: Findings) -> dict[str, Any]:
    """Counts by priority and by cause, what was done for them, and each promise not kept."""
    promises = findings.promises
    broken = [promise for promise in promises if promise.found]
    causes = Counter(promise.found.cause for promise in broken if promise.found)
    return {
        "incidents": len(promises),
        "met": sum(promise.kept for promise in promises),
        "breached": len(broken),
        "pending": sum(promise.pending for promise in promises),
        "priorities": [_priority(findings, priority) for priority in PRIORITIES],
        "causes": {cause.value: causes[cause] for cause in Cause if causes[cause]},
        "broken": [_broken(promise) for promise in broken],
        "calls": findings.calls,
        "callbacks": findings.callbacks,
        "attempts": findings.attempts,
        "clients_rung": findings.clients_rung,
        "talks": findings.talks,
        "agent_minutes": findings.agent_minutes,
        "forgotten": [promise.reference for promise in promises if promise.forgotten],
        "unproved": [promise.reference for promise in promises if promise.unproved],
        "lost": findings.lost,
        "strays": findings.strays,
        "doubled": findings.doubled,
        "errors": findings.errors,
        "outages": [
            {"part": down.part, "from": down.start.isoformat(), "to": down.end.isoformat()}
            for down in findings.outages
        ],
        "faults": findings.faults,
    }


def _priority(findings: Findings, priority: str) -> dict[str, Any]:
    mine = [promise for promise in findings.promises if promise.priority == priority]
    return {
        "priority": priority,
        "met": sum(promise.kept for promise in mine),
        "breached": sum(promise.found is not None for promise in mine),
        "pending": sum(promise.pending for promise in mine),
    }


def _broken(promise: Promise) -> dict[str, Any]:
    assert promise.found is not None
    return {
        "reference": promise.reference,
        "priority": promise.priority,
        "opened": promise.opened_at.isoformat(),
        "due": promise.due_at.isoformat(),
        "met": promise.met_at.isoformat() if promise.met_at else None,
        "cause": promise.found.cause.value,
        "parts": list(promise.found.parts),
    }
