"""Tables for spreadsheets: CSV, and one XLSX workbook with a sheet for each table.

The cells are those of the TSV tables. In CSV, text that a spreadsheet would compute keeps the
apostrophe that makes it text; in a workbook text is text, and numbers are numbers.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import IO

from msgui.errors import MsguiError
from msgui.export.tables import SPREADSHEET_SIGNS, Row

# Limits of the format.
MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
# Columns whose text may look like a number but is a name.
NAMES = frozenset(
    (
        "spectrum_id",
        "file",
        "title",
        "name",
        "identifier",
        "smiles",
        "inchikey14",
        "formula",
        "source",
        "instrument",
        "model",
        "atoms",
        "bonds_cut",
        "note",
        "alternatives",
    )
)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?([eE][+-]?\d{1,3})?")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A zip file holds dates; the same tables give the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf xfId="0"/><xf fontId="1" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


def csv_line(cells: Sequence[str]) -> str:
    """Return cells as one line of CSV (commas, quotes where needed, LF)."""
    out = io.StringIO()
    # Only with CR in its own line ends does the writer put quotes around cells that hold one.
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def plain_cell(text: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from computing it."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(SPREADSHEET_SIGNS) else text


def write_workbook(
    file: IO[bytes], sheets: Iterable[tuple[str, Sequence[str], Iterable[Row]]]
) -> Iterator[int]:
    """Write an XLSX workbook; yield the number of rows written so far, now and then.

    Parameters
    ----------
    file : binary file
    sheets : iterable of (name, columns, rows)

    Raises
    ------
    MsguiError
        When a table has more rows than a sheet can hold.
    """
    names: list[str] = []
    done = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, columns, rows in sheets:
            names.append(name)
            with archive.open(_entry(f"xl/worksheets/sheet{len(names)}.xml"), "w") as sheet:
                for lines in _sheet(name, columns, rows):
                    sheet.write(lines.encode())
                    done += 1
                    yield done
        for path, text in _frame(names):
            archive.writestr(_entry(path), text)


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _sheet(name: str, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        "</sheetView></sheetViews><sheetData>"
    )
    yield f"<row>{''.join(_text(column, bold=True) for column in columns)}</row>"
    for count, row in enumerate(rows, 2):
        if count > MOST_ROWS:
            raise MsguiError(
                f"The table {name} has more rows than a spreadsheet can hold.",
                "Export it as TSV, or fewer spectra.",
            )
        cells = (_cell(column, text) for column, text in zip(columns, row, strict=True))
        yield f"<row>{''.join(cells)}</row>"
    yield "</sheetData></worksheet>"


def _cell(column: str, text: str) -> str:
    if not text:
        return "<c/>"
    if column not in NAMES and _NUMBER.fullmatch(text):
        return f"<c><v>{text}</v></c>"
    return _text(plain_cell(text))


def _text(text: str, *, bold: bool = False) -> str:
    style = ' s="1"' if bold else ""
    words = escape(_FORBIDDEN.sub("\ufffd", text[:LONGEST_CELL]), quote=False)
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{words}</t></is></c>'


def _frame(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the parts of a workbook around its sheets."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    yield (
        "xl/workbook.xml",
        (
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets>'
            "</workbook>"
        ),
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    links += (
        f'<Relationship Id="rId{len(names) + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    )
    yield "xl/styles.xml", _STYLES
    yield (
        "_rels/.rels",
        (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            f"{parts}</Types>"
        ),
    )
