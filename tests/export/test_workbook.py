import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from msgui.errors import MsguiError
from msgui.export.tables import words
from msgui.export.workbook import csv_line, plain_cell, write_workbook

NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
# Cells of tables hold no control characters: "words" replaces them.
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12)


def read_sheets(content: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    """Return the kind and text of each cell of a workbook, by sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = etree.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iterfind(".//m:sheet", NAMESPACE)]
        sheets = {}
        for number, name in enumerate(names, 1):
            tree = etree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            sheets[name] = [
                [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row]
                for row in tree.iterfind(".//m:row", NAMESPACE)
            ]
    return sheets


def workbook(*sheets) -> bytes:
    file = io.BytesIO()
    list(write_workbook(file, sheets))
    return file.getvalue()


def test_numbers_are_numbers_and_names_are_text() -> None:
    rows = [("1e5", "138.0662", "'=1+1", ""), ("x & <y>", "-0.40", "12", "free")]
    columns = ("title", "mz", "smiles", "message")
    sheets = read_sheets(workbook(("peaks", columns, rows), ("empty", ("a",), [])))
    assert sheets["peaks"] == [
        [("inlineStr", column) for column in columns],
        [("inlineStr", "1e5"), ("n", "138.0662"), ("inlineStr", "=1+1"), ("n", "")],
        [("inlineStr", "x & <y>"), ("n", "-0.40"), ("inlineStr", "12"), ("inlineStr", "free")],
    ]
    assert sheets["empty"] == [[("inlineStr", "a")]]


def test_the_same_tables_give_the_same_bytes() -> None:
    sheet = ("peaks", ("mz",), [("1.5",)] * 3)
    assert workbook(sheet) == workbook(sheet)


def test_characters_that_xml_forbids_are_replaced() -> None:
    sheets = read_sheets(workbook(("s", ("title",), [("a\x00b\ud800",)])))
    assert sheets["s"][1] == [("inlineStr", "a\ufffdb\ufffd")]


def test_too_many_rows_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgui.export.workbook.MOST_ROWS", 3)
    with pytest.raises(MsguiError, match="more rows"):
        workbook(("s", ("a",), [("1",)] * 3))


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_cells_of_csv_come_back(cells: list[str]) -> None:
    [row] = csv.reader(io.StringIO(csv_line(cells), newline=""))
    assert row == cells


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12))
def test_text_that_a_spreadsheet_would_compute_is_made_harmless_and_comes_back(text: str) -> None:
    cell = words(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t"))
    if not text.startswith("'"):
        assert plain_cell(cell) == text
