"""From a table of text to the rows of the form: which column is which, however it is headed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.clients.person import Problem, wrong
from ivr.clients.sheet import Table, Unreadable
from ivr.clients.shifts import SHIFTS
from ivr.clients.words import bare, known
from ivr.models.base import Json

HEAD_WITHIN = 20
"""Rows in which the heading is looked for: a form has a title above it."""
ESCAPED = re.compile(r"'(?=[=+\-@\t\r'])")
"""The apostrophe that an export puts before what a spreadsheet would calculate."""

_TICKS, _DASHES = frozenset("✓✔☑"), frozenset("-–—")
_PERSON = ("name", "last_name", "first_name", "phone", "extension", "email")
"""Without a word in any of these, a row is about nobody."""
_NUMBER_IN_IT = re.compile(r"[0-9]{1,5}")
_SEPARATORS = re.compile(r"[,;/+\n]| et | and |&")


@dataclass(frozen=True)
class Line:
    """One row of the file: what it says of a person, by the fields of ivr/clients/person.py."""

    number: int
    """In the file, from 1."""
    client: str
    """The client's number, five digits; empty where the row does not say."""
    csa: str | None
    """None: the file has no such column."""
    typed: Mapping[str, str]
    problems: Sequence[Problem]


@dataclass(frozen=True)
class Sheet:
    """What is kept of a file between its preview and its writing."""

    heads: Mapping[str, int]
    """Which column is which."""
    rows: Sequence[tuple[int, Sequence[str]]]
    """Those that say anything, with their numbers in the file."""

    def as_json(self) -> Json:
        return {"heads": dict(self.heads), "rows": [[number, [*row]] for number, row in self.rows]}

    @classmethod
    def of(cls, json: Mapping[str, Any]) -> Sheet:
        return cls(json["heads"], [(number, row) for number, row in json["rows"]])


def find(tables: Iterable[Table], *, one_client: bool) -> Sheet:
    """The first table with a heading that can be the form's; `one_client`: no row need name its
    client. Raises `Unreadable` where there is none."""
    for table in tables:
        for place, row in enumerate(table[:HEAD_WITHIN]):
            heads = _heads(row)
            if _is_form(heads):
                _check_once(row)
                return _sheet(heads, table, place, one_client)
    raise Unreadable("no_heading")


def _heads(row: Sequence[str]) -> dict[str, int]:
    names = known("columns")
    places = ((names.get(bare(text)), place) for place, text in enumerate(row))
    return {column: place for column, place in places if column is not None}


def _check_once(row: Sequence[str]) -> None:
    found: set[str] = set()
    for text in row:
        column = known("columns").get(bare(text))
        if column in found:
            raise Unreadable("twice", column=text.strip()[:40])
        found |= {column} if column else set()


def _is_form(heads: Mapping[str, int]) -> bool:
    return ("name" in heads or "last_name" in heads) and "phone" in heads


def _sheet(heads: dict[str, int], table: Table, place: int, one_client: bool) -> Sheet:
    if not one_client and "client" not in heads:
        raise Unreadable("no_client")
    rows = [(n, row) for n, row in enumerate(table[place + 1 :], place + 2) if _says(heads, row)]
    if not rows:
        raise Unreadable("no_rows")
    return Sheet(heads, rows)


def _says(heads: Mapping[str, int], row: Sequence[str]) -> bool:
    return any(_cell(heads, row, column).strip() for column in _PERSON)


def _cell(heads: Mapping[str, int], row: Sequence[str], column: str) -> str:
    place = heads.get(column)
    return ESCAPED.sub("", row[place], count=1) if place is not None and place < len(row) else ""


def lines(sheet: Sheet) -> list[Line]:
    return [_line(sheet.heads, number, row) for number, row in sheet.rows]


def _line(heads: Mapping[str, int], number: int, row: Sequence[str]) -> Line:
    cells = {column: _cell(heads, row, column).strip() for column in heads}
    problems = [
        Problem(_field(column), wrong("formula").reason)
        for column, text in cells.items()
        if text.startswith("=")
    ]
    typed = {"name": _name(cells), "phone": _phone(cells)}
    typed |= {field: cells[field] for field in ("function", "email") if field in cells}
    if "language" in cells:
        typed["language"] = known("languages").get(bare(cells["language"]), cells["language"])
    if (shifts := _shifts(cells, problems)) is not None:
        typed["shifts"] = shifts
    return Line(number, _client(cells), cells.get("csa"), typed, problems)


def _client(cells: Mapping[str, str]) -> str:
    """Spreadsheets drop the zeros in front."""
    text = cells.get("client", "")
    return text.zfill(5) if _NUMBER_IN_IT.fullmatch(text) else text


def _name(cells: Mapping[str, str]) -> str:
    if "name" in cells:
        return cells["name"]
    return f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()


def _phone(cells: Mapping[str, str]) -> str:
    """Number and extension in one, as a person writes them."""
    phone, extension = cells.get("phone", ""), cells.get("extension", "")
    digits = bare(extension).lstrip("postexn")  # "poste 330", "x330", "330"
    return f"{phone} x{digits or extension}" if extension and phone else phone


def _shifts(cells: Mapping[str, str], problems: list[Problem]) -> str | None:
    """The names of the shifts that are ticked, or named in one column; none: no such column."""
    if "shifts" not in cells and not any(shift in cells for shift in SHIFTS):
        return None
    names, yes, no = known("shifts"), known("yes"), known("no")
    found = []
    for shift in SHIFTS:
        text = cells.get(shift, "")
        if text in _TICKS or bare(text) in yes:
            found.append(shift)
        elif text and text not in _DASHES and bare(text) not in no:
            problems.append(Problem("shifts", wrong("bad_mark", mark=text[:20]).reason))
    for name in _SEPARATORS.split(cells.get("shifts", "")):
        if bare(name):
            found.append(names.get(bare(name), "?"))
    return " ".join(found)


def _field(column: str) -> str:
    """The field in which a column's trouble is shown."""
    if column in (*SHIFTS, "shifts"):
        return "shifts"
    return {"last_name": "name", "first_name": "name", "extension": "phone"}.get(column, column)
