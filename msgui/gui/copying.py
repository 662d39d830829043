"""Putting text and tables on the clipboard, and saying so."""

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from msgui.gui.session import Session

CSV_TYPE = "text/csv"


def copier(session: Session) -> Callable[[str], None]:
    """Return a function that copies text and says it in the status bar."""

    def copy(text: str) -> None:
        put(text)
        lines = text.count("\n")
        session.say(f"Copied {lines} lines." if lines > 1 else "Copied.")

    return copy


def put(text: str) -> None:
    """Put text on the clipboard; a table with a header also as HTML and CSV.

    Each program takes the form that it likes best: editors the text, word processors the HTML
    table, spreadsheets the CSV.
    """
    rows = [line.split("\t") for line in text.rstrip("\n").split("\n")]
    data = QMimeData()
    data.setText(text)
    if len(rows) > 1 and len(rows[0]) > 1:
        data.setHtml(_html(rows))
        data.setData(CSV_TYPE, _csv(rows).encode("utf-8"))
    QGuiApplication.clipboard().setMimeData(data)


def _html(rows: list[list[str]]) -> str:
    def line(cells: list[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    head, *body = rows
    return f"<table>{line(head, 'th')}{''.join(line(row, 'td') for row in body)}</table>"


def _csv(rows: list[list[str]]) -> str:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
