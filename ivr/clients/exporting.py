"""The form of §5 as a file, CSV or Excel: what is exported can be changed there and sent back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ivr import audit, callers, numbers
from ivr.clients import shifts
from ivr.clients.shifts import SHIFTS
from ivr.clients.words import WORDS
from ivr.models import Agent, Client, SuperUser
from ivr.scene import Scene

KINDS = ("csv", "xlsx")
COLUMNS = ("client", "name", "function", "phone", "email", "language", *SHIFTS, "csa")
WIDTHS = {"name": 28, "function": 26, "phone": 26, "email": 34, "csa": 28}
"""Characters; the others are as wide as their heading."""
CALCULATED = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet would calculate, or hide (ASVS 1.2.10)."""

_SEPARATOR = {"fr": ";", "en": ","}


def export(
    scene: Scene, agent: Agent | None, clients: Sequence[Client], kind: str, language: str
) -> bytes:
    """The super users of the clients, as they are now; leaves a line in the audit.

    `kind` is one of `KINDS`; `language` is that of the headings.
    """
    rows = [_heading(language), *_rows(clients, language)]
    subject = clients[0].number if len(clients) == 1 else ""
    facts = {"kind": kind, "clients": len(clients), "people": len(rows) - 1}
    audit.note(scene, agent, "clients_exported", subject, **facts)
    return _xlsx(scene, rows, language) if kind == "xlsx" else _csv(rows, language)


def file_name(scene: Scene, clients: Sequence[Client], kind: str, language: str) -> str:
    day = scene.now.astimezone(scene.policy.zone).date().isoformat()
    number = f"-{clients[0].number}" if len(clients) == 1 else ""
    return f"{WORDS.text(language, 'sheet.file')}{number}-{day}.{kind}"


def _heading(language: str) -> list[str]:
    return [WORDS.text(language, f"columns.{column}") for column in COLUMNS]


def _rows(clients: Iterable[Client], language: str) -> Iterable[list[str]]:
    for client in clients:
        for user in sorted(callers.active(client), key=lambda user: (user.sought, user.id)):
            yield [safe(text) for text in _row(client, user, language)]


def _row(client: Client, user: SuperUser, language: str) -> list[str]:
    phone = numbers.written(user.phone)
    if user.extension:
        phone = WORDS.text(language, "sheet.phone", number=phone, extension=user.extension)
    held = shifts.of(user)
    yes = WORDS.text(language, "yes.yes")
    return [
        client.number,
        user.name,
        user.function,
        phone,
        user.email,
        WORDS.text(language, f"languages.{user.language}"),
        *(yes if shift in held else "" for shift in SHIFTS),
        client.csa,
    ]


def safe(text: str) -> str:
    """Text that no spreadsheet calculates: with an apostrophe where it would."""
    return f"'{text}" if text.startswith(CALCULATED) else text


def _csv(rows: Iterable[Sequence[str]], language: str) -> bytes:
    """As Excel opens it by a double click: with a mark, and its own language's separator."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=_SEPARATOR[language]).writerows(rows)
    return file.getvalue().encode("utf-8-sig")


def _xlsx(scene: Scene, rows: Sequence[Sequence[str]], language: str) -> bytes:
    book = Workbook()
    book.properties.creator = ""
    book.properties.created = scene.now.replace(tzinfo=None)
    sheet = book.create_sheet(WORDS.text(language, "sheet.title"), 0)
    book.remove(book.worksheets[1])
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place, text)
            cell.data_type, cell.number_format = "s", "@"  # text, whatever it looks like
            cell.font = Font(bold=number == 1)
            cell.alignment = Alignment(vertical="top", wrap_text=number == 1)
    for place, column in enumerate(COLUMNS, 1):
        width = WIDTHS.get(column, max(10, len(rows[0][place - 1]) + 2))
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "C2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
