"""The audit trail: who read, exported or changed what, the newest first, and as CSV.

Nothing here changes a line; the export leaves one of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import g, request, stream_with_context
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from console import page
from console.session import the_line
from console.words import Words, catalogue
from ivr import audit, csv_text, folding
from ivr.csv_text import Cell
from ivr.database import reading
from ivr.models import Agent, AuditLine
from ivr.zones import instant

PAGE = 50
AT_ONCE = 500
"""Lines of an export that are read together."""
LONGEST = 80
COLUMNS = ("at", "agent", "sentence", "subject", "act", "facts")
"""Of the export; their words are `audit.columns.{name}`."""


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what makes no sense in it asks for nothing."""

    agent: int | None
    act: str
    subject: str
    since: date | None
    until: date | None

    @classmethod
    def read(cls, values: MultiDict[str, str]) -> Filters:
        return cls(
            _number(values.get("agent", "")),
            values.get("act", "")[:LONGEST],
            values.get("subject", "").strip()[:LONGEST],
            _day(values.get("since", "")),
            _day(values.get("until", "")),
        )

    def conditions(self) -> list[ColumnElement[bool]]:
        zone = the_line().policy.zone

        def midnight(day: date) -> datetime:
            return instant(datetime.combine(day, time()), zone)

        found: list[ColumnElement[bool]] = []
        if self.agent is not None:
            found.append(AuditLine.agent_id == self.agent)
        if self.act:
            found.append(AuditLine.act == self.act)
        if self.subject:
            found.append(
                func.lower(AuditLine.subject).contains(self.subject.lower(), autoescape=True)
            )
        if self.since:
            found.append(AuditLine.at >= midnight(self.since))
        if self.until:
            found.append(AuditLine.at < midnight(self.until + timedelta(days=1)))
        return found

    def address(self) -> dict[str, str]:
        """The parameters that ask for the same again."""
        asked = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: str(value) for name, value in asked.items() if value}


def audit_page() -> str:
    """A page by key: what lies below a line stays the same while new ones come in above."""
    filters = Filters.read(request.args)
    before = _number(request.args.get("before", ""))
    with page.looking() as scene:
        wanted = _lines(filters, before).limit(PAGE + 1)
        lines = scene.session.scalars(wanted).all()
        return page.render(
            "people/audit.html",
            lines=lines[:PAGE],
            next=lines[PAGE - 1].id if len(lines) > PAGE else None,
            further=before is not None,
            filters=filters,
            people=scene.session.scalars(select(Agent).order_by(func.lower(Agent.name))).all(),
            acts=_acts(page.words()),
            sentence=sentence,
            longest=LONGEST,
        )


def export_audit() -> Response:
    """The lines that the filters ask for; that they were exported is the first of the next ones."""
    filters = Filters.read(request.form)
    line, t = the_line(), page.words()
    with line.scene() as scene:
        latest = scene.session.scalar(select(func.max(AuditLine.id))) or 0
        agent = scene.session.get_one(Agent, g.agent.id)
        audit.note(scene, agent, "audit_exported", filters=filters.address())
    name = f"audit-{t.local(page.now()):%Y-%m-%d}.csv"
    header = [t(f"audit.columns.{column}") for column in COLUMNS]
    rows = csv_text.streamed(header, _rows(t, filters, latest + 1), t.language)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content_type = "text/csv; charset=utf-8"
    return Response(stream_with_context(rows), headers=headers, content_type=content_type)


def sentence(t: Words, line: AuditLine) -> str:
    """What was done, in words; an act that has none is named as it is."""
    facts = {name: _in_words(t, name, fact) for name, fact in line.facts.items()}
    facts.pop("subject", None)
    return t.named("audit.acts", line.act, subject=line.subject or "", **facts)


def _in_words(t: Words, name: str, fact: Any) -> Any:
    if isinstance(fact, list):
        return ", ".join(str(_in_words(t, name, one)) for one in fact)
    if name == "fields":
        return t.named("audit.fields", fact)
    if name in ("was", "role"):
        return t.named("people.roles", fact) if isinstance(fact, str) else fact
    if name in ("why", "way", "by"):
        return t.named("audit.facts", fact) if isinstance(fact, str) else fact
    return fact


def _acts(t: Words) -> list[tuple[str, str]]:
    """Every act that has words, to choose from, in the reader's alphabet."""
    beginning, known = "audit.acts.", catalogue()
    keys = [key for key in known if key.startswith(beginning)]
    named = {key: t(key, **dict.fromkeys(known.facts_of(key), "…")) for key in keys}
    choices = [(key.removeprefix(beginning), words) for key, words in named.items()]
    return sorted(choices, key=lambda choice: folding.plain(choice[1]))


def _lines(filters: Filters, before: int | None) -> Select[AuditLine]:
    conditions = filters.conditions()
    if before is not None:
        conditions.append(AuditLine.id < before)
    lines = select(AuditLine).where(*conditions).order_by(AuditLine.id.desc())
    return lines.options(joinedload(AuditLine.agent))


def _rows(t: Words, filters: Filters, before: int) -> Iterator[Sequence[Cell]]:
    while lines := _read(filters, before):
        yield from (_row(t, line) for line in lines)
        before = lines[-1].id


def _read(filters: Filters, before: int) -> Sequence[AuditLine]:
    with reading(the_line().sessions) as session:
        return session.scalars(_lines(filters, before).limit(AT_ONCE)).all()


def _row(t: Words, line: AuditLine) -> Sequence[Cell]:
    agent = line.agent.name if line.agent else ""
    facts = json.dumps(line.facts, ensure_ascii=False, sort_keys=True)
    at = t.local(line.at).isoformat(sep=" ", timespec="seconds")
    return [at, agent, sentence(t, line), line.subject, line.act, facts]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
