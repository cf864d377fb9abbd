"""A file that somebody sends, read as tables of text; every file is hostile until it is read.

Excel's workbooks (.xlsx), and CSV in the encodings and with the separators that Excel writes in
Québec: UTF-8 with or without a mark, UTF-16, Windows-1252; semicolon, comma or tab.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from ivr.reason import Fact, Reason

LARGEST = 2 * 1024 * 1024
"""Bytes of a file: as many rows as may be are a tenth of it."""
UNPACKED = 12 * 1024 * 1024
"""Bytes that the parts of a workbook may have in all, unpacked."""
PARTS, SHEETS = 200, 10
ROWS, COLUMNS, CELL = 2000, 60, 1000
"""Rows and columns of a table, and characters of a cell, that are read; more is refused. All of it
is written in one transaction, for which others wait."""
SEPARATORS = ";,\t"

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

Table = list[list[str]]
"""The rows of a sheet, each with the texts of its cells; the first row is row 1."""


class Unreadable(Exception):
    """The file cannot be read; `reason` says why, and what to do about it."""

    def __init__(self, key: str, **facts: Fact) -> None:
        super().__init__(key)
        self.reason = Reason(f"clients.file_{key}", facts)


def tables(data: bytes) -> Iterator[Table]:
    """The tables of a file: a CSV's one, a workbook's visible sheets. Raises `Unreadable`."""
    if not data.strip():
        raise Unreadable("empty")
    if len(data) > LARGEST:
        raise Unreadable("too_large", most=LARGEST // 1024 // 1024)
    if data.startswith(_OLD_EXCEL):
        raise Unreadable("old_excel")
    if data.startswith(_ZIP):
        yield from _workbook(data)
    else:
        yield _csv(_text(data))


# CSV ------------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in encodings or ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Whatever is no table at all decodes as something: a picture, a PDF.
        if not any(letter < " " and letter not in "\t\r\n" for letter in text):
            return text
    raise Unreadable("no_table")


def _csv(text: str) -> Table:
    hint, _, rest = text.partition("\n")
    if hint.strip().lower().startswith("sep=") and len(hint.strip()) == 5:  # as Excel may write
        separator, text = hint.strip()[4], rest
        before: Table = [[]]
    else:
        separator, before = _separator(text), []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [*before, *_bounded(list(row) for row in rows)]
    except csv.Error as error:
        raise Unreadable("bad_csv", row=rows.line_num) from error


def _separator(text: str) -> str:
    """The one of which the first rows have most: the heading names at least two columns."""
    head = "\n".join(text.splitlines()[:20])
    return max(SEPARATORS, key=head.count)


# Excel ----------------------------------------------------------------------------------------


def _workbook(data: bytes) -> Iterator[Table]:
    _check_archive(data)
    assert DEFUSEDXML, "entities in a workbook's XML would be expanded"
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        for sheet in book.worksheets[:SHEETS]:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # they are what the file claims
                rows = sheet.iter_rows(max_row=ROWS + 2, max_col=COLUMNS + 1)
                yield list(_bounded([_shown(cell) for cell in row] for row in rows))
    except (
        InvalidFileException,
        DefusedXmlException,
        zipfile.BadZipFile,
        ParseError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        RuntimeError,
        NotImplementedError,
        OSError,
        EOFError,
    ) as error:  # what openpyxl and zipfile raise for a workbook that is damaged, or made to be so
        raise Unreadable("no_workbook") from error


def _check_archive(data: bytes) -> None:
    """Before anything is unpacked: how much would it be? (CWE-409)"""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise Unreadable("no_workbook") from error
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise Unreadable("unpacks")
    if not any(part.filename.startswith("xl/") for part in parts):
        raise Unreadable("no_workbook")


def _shown(cell: Any) -> str:
    """A cell as it reads. A formula stays one, and is refused where it stands."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


# Both -----------------------------------------------------------------------------------------


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows as they come. Raises `Unreadable` as soon as they are too many, or too large."""
    for number, row in enumerate(rows, 1):
        while row and not row[-1].strip():
            row.pop()
        if row and number > ROWS:
            raise Unreadable("too_many_rows", most=ROWS)
        if len(row) > COLUMNS or any(len(text) > CELL for text in row):
            raise Unreadable("too_wide", row=number)
        yield row
