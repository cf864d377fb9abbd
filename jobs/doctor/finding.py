"""What a check finds, kept as data and put into words at the edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.catalogue import Catalogue
from ivr.database import reading
from ivr.explain import explain
from ivr.reason import Fact, Reason
from ivr.rota.wording import in_words
from ivr.scene import Scene
from line import Line

WORDS = Catalogue(Path(__file__).parent / "words")


Facts = Fact | Reason


@dataclass(frozen=True)
class Finding:
    """`key` names a sentence of `words/`; a fact may be the reason that a rule gave.

    Not `wrong`: worth knowing, and nothing to put right.
    """

    key: str
    facts: Mapping[str, Facts] = field(default_factory=dict)
    wrong: bool = True


def wrong(key: str, **facts: Facts) -> Finding:
    """What must be put right before the night."""
    return Finding(key, facts)


def note(key: str, **facts: Facts) -> Finding:
    """What the operator may want to know, and nothing that is wrong."""
    return Finding(key, facts, wrong=False)


Check = Callable[[Line], Iterable[Finding]]
"""One question to the line as it stands; it changes nothing."""


@contextmanager
def looking(line: Line) -> Iterator[Scene]:
    """A scene at this moment that only reads."""
    with reading(line.sessions) as session:
        yield Scene(session, line.policy, line.settings.line_number, line.clock())


def sentence(finding: Finding, language: str, zone: ZoneInfo, now: datetime) -> str:
    """The finding in words; `KeyError` where the catalogue has none."""
    facts = {
        name: in_words(fact, {}, language, zone, now) if isinstance(fact, Reason) else fact
        for name, fact in finding.facts.items()
    }
    return explain(Reason(finding.key, facts), language, zone, now, WORDS)
