"""Is the line ready for the night? Each check asks one thing and changes nothing.

`p1line doctor` prints what they find. A check that crashes is a finding like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.doctor import parts, people, twilio_side
from jobs.doctor.fallback import fallback
from jobs.doctor.feeds import feeds
from jobs.doctor.finding import Check, Finding, sentence, wrong
from jobs.doctor.rota import rota
from line import Line

__all__ = ["CHECKS", "Checked", "Finding", "examine", "look", "sentence"]

log = logging.getLogger(__name__)

CHECKS: tuple[tuple[str, Check], ...] = (
    ("database", parts.database),
    ("queue", parts.queue),
    ("processes", parts.processes),
    ("clock", parts.clock),
    ("mail", parts.smtp),
    ("number", twilio_side.number),
    ("recordings", twilio_side.recordings),
    ("fallback", fallback),
    ("rota", rota),
    ("feeds", feeds),
    ("phones", people.phones),
    ("administrators", people.administrators),
    ("super_users", people.super_users),
    ("holidays", people.holidays),
)
"""In the order in which they are shown; the names are stable, for machines."""


@dataclass(frozen=True)
class Checked:
    """One check and what it found."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not any(finding.wrong for finding in self.findings)


def examine(line: Line) -> Iterator[Checked]:
    """All checks, one after the other."""
    for name, check in CHECKS:
        yield look(line, name, check)


def look(line: Line, name: str, check: Check) -> Checked:
    """What one check finds; that it crashed is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(check(line))
    except Exception as error:  # whatever it is, the operator has to know
        log.warning("the check %s failed: %s", name, type(error).__name__)
        log.debug("the check %s failed", name, exc_info=True)  # it may quote people's numbers
        found.append(wrong("checks.crashed", error=type(error).__name__))
    return Checked(name, tuple(found))
