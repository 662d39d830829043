"""What is copied: several forms at once, each with the same cells."""

import csv
import io

import pytest
from lxml import html
from PySide6.QtGui import QGuiApplication

from msgui.gui.copying import CSV_TYPE, put

pytestmark = pytest.mark.gui


def test_a_table_is_there_as_text_html_and_csv(qapp) -> None:
    put("m/z\tformula, ion\n138.0662\t<C6> & more\n110.0713\t\n")
    data = QGuiApplication.clipboard().mimeData()
    cells = [["m/z", "formula, ion"], ["138.0662", "<C6> & more"], ["110.0713", ""]]
    assert [line.split("\t") for line in data.text().splitlines()] == cells
    rows = csv.reader(io.StringIO(bytes(data.data(CSV_TYPE).data()).decode()))
    assert list(rows) == cells
    table = html.fromstring(data.html()).xpath("//tr")
    assert [[cell.text or "" for cell in row] for row in table] == cells


def test_plain_text_stays_plain(qapp) -> None:
    put("CCO")
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "CCO"
    assert not data.hasHtml()
    put("one line\nand another")
    assert not QGuiApplication.clipboard().mimeData().hasHtml()
