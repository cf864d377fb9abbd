"""Tables as text that any spreadsheet opens rightly, and that runs nothing when it is opened.

French spreadsheets part columns with semicolons and write decimals with a comma.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

Cell = str | int | float | Decimal | None
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BYTE_ORDER_MARK = "\ufeff"  # without it accents are read wrongly


def written(header: Sequence[str], rows: Iterable[Sequence[Cell]], language: str) -> str:
    """The whole file. Every text is quoted, so that no delimiter within one parts it; a text that a
    spreadsheet would take for a formula begins with an apostrophe (OWASP, "CSV Injection")."""
    return "".join(streamed(header, rows, language))


def streamed(header: Sequence[str], rows: Iterable[Sequence[Cell]], language: str) -> Iterator[str]:
    """The same file, row by row: one of any length needs little memory."""
    delimiter = ";" if language == "fr" else ","
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_text(name) for name in header])
    yield _BYTE_ORDER_MARK + sheet.getvalue()
    for row in rows:
        sheet.seek(0)
        sheet.truncate()
        writer.writerow([_cell(cell, language) for cell in row])
        yield sheet.getvalue()


def _cell(cell: Cell, language: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text(cell)
    number = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    return number.replace(".", ",") if language == "fr" else number


def _text(text: str) -> str:
    """Also behind spaces, which some spreadsheets leave out."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_STARTS) else text
