"""Files that people send: in any encoding that Excel writes, and made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

import pytest
from openpyxl import Workbook

from ivr.catalogue import LANGUAGES
from ivr.clients import columns, sheet
from ivr.clients.sheet import CELL, COLUMNS, ROWS, Unreadable, tables
from ivr.clients.words import WORDS, bare, known
from tests.console.cast import Browser, Cast, text
from tests.console.test_clients import changes, lead
from tests.console.test_clients_exchange import book, send
from tests.console.test_clients_exchange import sheet as made

__all__ = ["lead"]  # a fixture

HEAD = "Client;Nom et prénom;Téléphone;Jour\r\n"
ROW = "10452;Zoé D'Août;514 555-0111;x\r\n"


def one(data: bytes) -> list[list[str]]:
    [table] = tables(data)
    return table


def parts(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {part.filename: archive.read(part) for part in archive.infolist()}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


NAME = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
GOOD = parts(book(("10452", "Zoé", "", "514 555-0111", "", "x", "", "")))


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("separator", [";", ",", "\t"])
    def test_as_excel_writes_it(self, encoding: str, separator: str) -> None:
        data = (HEAD + ROW).replace(";", separator).encode(encoding)
        head, row = one(data)
        assert head == ["Client", "Nom et prénom", "Téléphone", "Jour"]
        assert row == ["10452", "Zoé D'Août", "514 555-0111", "x"]

    def test_the_separator_may_be_said(self) -> None:
        table = one(f"sep=|\n{(HEAD + ROW).replace(';', '|')}".encode())
        assert table[1][0] == "Client"
        assert table[2][0] == "10452"  # rows keep the numbers that a spreadsheet shows

    def test_quotes_and_line_ends(self) -> None:
        table = one(b'a;b\n"x;""y""";"two\nlines"\n\nc;d')
        assert table == [["a", "b"], ['x;"y"', "two\nlines"], [], ["c", "d"]]

    def test_a_comma_in_a_phone_does_not_separate(self) -> None:
        row = '10452;Zoé;"514 555-0111, poste 3";x\r\n10452;Zoé;514 555-0111, poste 3;x\r\n'
        assert {tuple(row) for row in one((HEAD + row).encode())[1:]} == {
            ("10452", "Zoé", "514 555-0111, poste 3", "x")
        }

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "empty"),
            (b" \r\n ", "empty"),
            (b"\xef\xbb\xbf", "no_heading"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\x00\x01", "no_table"),
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no_table"),
            (b"\xff\xfeC\x00l\x00i\x00", "no_heading"),
            (b"\xff\xfeC\x00l\x00i\x00e", "no_table"),
            (b"a;b\x9d\xff;c", "no_table"),
            (b"a;b\n\x00;c", "no_table"),
            (b'a;b\n"x', "bad_csv"),
            (b'a;b\n"x"y;c', "bad_csv"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel"),
            (b"x" * (sheet.LARGEST + 1), "too_large"),
            (b"a;" + b"x" * (CELL + 1), "too_wide"),
            (b"a;" + b"x" * 200_000, "bad_csv"),
            (b";".join([b"a"] * (COLUMNS + 1)), "too_wide"),
            (b"a;b\n" * (ROWS + 1), "too_many_rows"),
            (b"Nom;Courriel\r\nx;y", "no_heading"),
            (b"Client;Nom;Telephone\r\n", "no_rows"),
            (b"Client;Nom;Telephone\r\n10452;;\r\n", "no_rows"),
            (b"Nom;Telephone\r\nx;y", "no_client"),
            (b"Client;Nom;Telephone;Tel\r\n1;x;y;z", "twice"),
        ],
    )
    def test_what_cannot_be_read_is_told(self, data: bytes, why: str) -> None:
        with pytest.raises(Unreadable) as told:
            columns.find(tables(data), one_client=False)
        assert told.value.reason.key == f"clients.file_{why}"

    def test_rows_that_are_empty_are_not_counted(self) -> None:
        table = one(HEAD.encode() + ROW.encode() + b";;;\r\n" * (ROWS + 50))
        assert [row for row in table if row][-1][0] == "10452"


class TestExcel:
    def test_numbers_are_text_and_formulas_stay_what_they_are(self) -> None:
        workbook = Workbook()
        workbook.worksheets[0].append([10452, 5145550111.0, 1.5, True, None, "=A1", " x "])
        assert one(_bytes(workbook)) == [["10452", "5145550111", "1.5", "1", "", "=A1", " x "]]

    def test_strings_that_are_shared_as_excel_does(self) -> None:
        strings = "".join(f"<si><t>{text}</t></si>" for text in ("Zoé", "D'Août"))
        data = with_strings(f'<sst xmlns="{NAME}">{strings}</sst>'.encode())
        assert one(data) == [["Zoé", "D'Août"]]

    def test_hidden_sheets_are_not_read(self) -> None:
        workbook = Workbook()
        workbook.create_sheet("seen").append(["y"])
        workbook.worksheets[0].append(["x"])
        workbook.worksheets[0].sheet_state = "hidden"
        workbook.active = 1
        assert list(tables(_bytes(workbook))) == [[["y"]]]

    def test_the_form_may_stand_on_the_second_sheet_under_a_title(self) -> None:
        workbook = Workbook()
        workbook.worksheets[0].append(["Politique d'assistance globale"])
        second = workbook.create_sheet("Formulaire")
        for row in (["Formulaire"], [], ["Client", "Nom", "Prénom", "Téléphone"]):
            second.append(row)
        second.append([10452, "Roy", "Zoé", 5145550111])
        [line] = columns.lines(columns.find(tables(_bytes(workbook)), one_client=False))
        assert (line.number, line.client, dict(line.typed)) == (
            *(4, "10452", {"name": "Zoé Roy", "phone": "5145550111"}),
        )

    def test_a_zip_bomb_is_not_unpacked(self) -> None:
        bomb = zipped({**GOOD, SHEET: b"<a>" + b" " * (60 * 1024 * 1024)})
        assert len(bomb) < 200_000
        assert why(bomb) == "unpacks"

    def test_one_that_lies_about_its_size_is_damaged(self) -> None:
        """The size that the directory claims is what is unpacked, and no byte more."""
        bomb = bytearray(zipped({**GOOD, SHEET: GOOD[SHEET] + b" " * (60 * 1024 * 1024)}))
        actual, claimed = len(GOOD[SHEET]) + 60 * 1024 * 1024, 100
        for place in _places(bomb, struct.pack("<I", actual)):
            bomb[place : place + 4] = struct.pack("<I", claimed)
        assert why(bytes(bomb)) == "no_workbook"

    def test_thousands_of_parts_are_not_opened(self) -> None:
        assert why(zipped({**GOOD, **{f"xl/{n}": b"" for n in range(300)}})) == "unpacks"

    def test_entities_are_not_expanded(self) -> None:
        laughs = b"".join(
            f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">'.encode() for n in range(10)
        )
        bomb = b"<!DOCTYPE sst [" + laughs + b"]><sst><si><t>&l9;</t></si></sst>"
        assert why(with_strings(bomb)) == "no_workbook"
        assert why(zipped({**GOOD, SHEET: bomb})) == "no_workbook"

    def test_nothing_outside_is_read(self) -> None:
        outside = b'<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        assert why(with_strings(outside + b"<sst><si><t>&x;</t></si></sst>")) == "no_workbook"

    def test_a_sheet_of_a_million_rows_is_told(self) -> None:
        rows = b"".join(b'<row r="%d"><c t="n"><v>1</v></c></row>' % n for n in range(1, ROWS + 3))
        assert why(zipped({**GOOD, SHEET: _sheet(rows)})) == "too_many_rows"

    def test_a_sheet_that_only_claims_to_be_huge_is_read(self) -> None:
        claim = b'<dimension ref="A1:XFD1048576"/>'
        far = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
        data = zipped({**GOOD, SHEET: _sheet(b'<row r="1"><c><v>1</v></c></row>' + far, claim)})
        assert [row for row in one(data) if row] == [["1"]]

    @pytest.mark.parametrize("cell", [b'<c r="XFD1"><v>1</v></c>', b'<c r="ZZZZ1"><v>1</v></c>'])
    def test_a_cell_far_to_the_right_does_no_harm(self, cell: bytes) -> None:
        data = zipped({**GOOD, SHEET: _sheet(b'<row r="1">' + cell + b"</row>")})
        with pytest.raises(Unreadable):
            columns.find(tables(data), one_client=False)

    @pytest.mark.parametrize(
        "data",
        [
            b"PK\x03\x04",
            b"PK\x03\x04" + b"\x00" * 100,
            zipped({"a.txt": b"x"}),
            zipped({"xl/workbook.xml": b"<"}),
            zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
            zipped({name: data for name, data in GOOD.items() if name != SHEET}),
            zipped({name: data[: len(data) // 2] for name, data in GOOD.items()}),
            zipped({**GOOD, SHEET: b'<worksheet><sheetData><row r="x"/></sheetData>'}),
            zipped({**GOOD, SHEET: b'<sheetData><row><c t="s"><v>99</v></c></row></sheetData>'}),
        ],
        ids=range(9),
    )
    def test_what_is_damaged_is_told(self, data: bytes) -> None:
        assert why(data) in ("no_workbook", "no_heading")

    def test_cut_short_anywhere_it_is_told(self) -> None:
        whole = book(("10452", "Zoé", "", "514 555-0111", "", "x", "", ""))
        for length in range(4, len(whole), 97):
            assert why(whole[:length]) == "no_workbook"


class TestNames:
    @pytest.mark.parametrize("group", ["columns", "shifts", "languages", "yes", "no"])
    def test_each_name_means_one_thing(self, group: str) -> None:
        meanings: dict[str, set[str]] = {}
        for key in WORDS:
            if key.startswith((f"{group}.", f"{group}_also.")):
                for language in LANGUAGES:
                    for name in WORDS.text(language, key).split("|"):
                        meanings.setdefault(bare(name), set()).add(key.partition(".")[2])
        assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
        assert known(group).keys() == meanings.keys()
        assert "" not in known(group)


def test_a_hostile_file_is_told_on_the_page_and_changes_nothing(lead: Browser, cast: Cast) -> None:
    for data, words in (
        (b"", "Ce fichier est vide."),
        (zipped({**GOOD, SHEET: b" " * (60 * 1024 * 1024)}), "beaucoup plus qu'un formulaire"),
        (b"\xd0\xcf\x11\xe0" * 99, "Enregistrez-le comme classeur Excel (.xlsx)"),
        (made(head=("a", "b")), "Aucune rangée n'a les titres du formulaire"),
    ):
        page = send(lead, data, name='../../<b>"\n.csv')
        assert (page.status_code, words in text(page)) == (409, True), words
    assert changes(cast) == []


def test_a_strange_name_of_a_file_is_text(lead: Browser, cast: Cast) -> None:
    page = send(lead, (HEAD + ROW).encode(), name="<b>\u202ex.csv")
    assert "<b>x.csv, lu" in text(page)


def with_strings(strings: bytes) -> bytes:
    """A workbook whose two cells hold the first two of the shared strings."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/%s" ContentType="%s"/></Types>' % (STRINGS.encode(), kind)
    types = GOOD["[Content_Types].xml"].replace(b"</Types>", override)
    row = b'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    return zipped({**GOOD, "[Content_Types].xml": types, STRINGS: strings, SHEET: _sheet(row)})


def why(data: bytes) -> str:
    with pytest.raises(Unreadable) as told:
        columns.find(tables(data), one_client=False)
    return told.value.reason.key.removeprefix("clients.file_")


def _bytes(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _sheet(rows: bytes, before: bytes = b"") -> bytes:
    name, end = NAME.encode(), b"</sheetData></worksheet>"
    return b'<worksheet xmlns="%s">%s<sheetData>%s%s' % (name, before, rows, end)


def _places(data: bytearray, what: bytes) -> Iterator[int]:
    place = data.find(what)
    while place >= 0:
        yield place
        place = data.find(what, place + 1)
