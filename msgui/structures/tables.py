"""Tables of structures in text files: which separator, which column is which, row by row."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra.looks_like import foreign, is_binary
from msgui.spectra.source import Source

# Column names as people write them, in lower case without spaces, dashes and underscores; the
# first one that a table has is taken.
FIELDS: Final = {
    "smiles": (
        "smiles",
        "canonicalsmiles",
        "smilescanonical",
        "isomericsmiles",
        "absolutesmiles",
        "smile",
        "smilesstring",
        "structure",
    ),
    "name": (
        "name",
        "compoundname",
        "commonname",
        "genericname",
        "preferredname",
        "moleculename",
        "title",
        "compound",
        "iupacname",
    ),
    "identifier": (
        "identifier",
        "id",
        "compoundid",
        "moleculeid",
        "accession",
        "databaseid",
        "cid",
        "cas",
        "casrn",
        "casnumber",
    ),
    "synonyms": ("synonyms", "synonym"),
    "source": ("source", "database", "origin"),
    "formula": ("formula", "molecularformula"),
    "exact_mass": ("exactmass", "monoisotopicmass", "monoisotopicweight"),
    "inchikey": ("inchikey", "inchikey14", "standardinchikey"),
    "spectrum_id": ("spectrumid",),
}
SEPARATORS: Final = ("\t", ",", ";", "|")
SPACE: Final = " "
SMILES_SUFFIXES: Final = (".smi", ".smiles", ".ism", ".can")
ROWS_LOOKED_AT: Final = 20
# A quoted field may hold line breaks; past this a quotation mark was simply never closed.
LONGEST_FIELD: Final = 1_000_000
MOST_LINES_IN_FIELD: Final = 1000
STEP_ROWS: Final = 2000


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table: what stands in the known columns, and its line (from 1)."""

    values: dict[str, str]
    line: int


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from computing it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    Parameters
    ----------
    separator : str
        A blank means: SMILES first, and the rest of the line is a name.
    columns : mapping of field to column number
    header : tuple of str
        Empty when the first row is already a structure.
    """

    separator: str
    columns: dict[str, int]
    header: tuple[str, ...]


def read_table(source: Source, required: Sequence[str]) -> Iterator[Step | TableRow | Problem]:
    """Yield the rows of a text table, problems of rows, and steps in bytes.

    Parameters
    ----------
    source : Source
    required : sequence of str
        Names in ``FIELDS``; a row that has nothing there is a problem. ``smiles`` is found by its
        content when no column is called so.

    Raises
    ------
    MsguiError
        When the file is no table or lacks a required column.
    """
    _refuse_foreign(source)
    lines = _lines(source)
    first = list(islice(lines, ROWS_LOOKED_AT + 1))
    layout = find_layout([text for _, text in first], required, source)
    rows = _records(iter([*first, *lines]), layout.separator, source)
    found, extra = 0, 0
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        line, cells = row
        if layout.header and line == first[0][0]:
            continue
        if found % STEP_ROWS == 0:
            yield Step(source.position, source.size, source.path.name)
        found += 1
        extra += bool(layout.header) and len(cells) > len(layout.header)
        values = {
            field: _plain(cells[column].strip())
            for field, column in layout.columns.items()
            if column < len(cells)
        }
        missing = [field for field in required if not values.get(field)]
        if missing:
            yield Problem(
                "error",
                f"The row has no {' and no '.join(missing)}.",
                "Fill it in or delete the row.",
                source.name,
                f"line {line}",
                skipped=1,
            )
        else:
            yield TableRow(values, line)
    if extra:
        yield Problem(
            "warning",
            f"{extra} rows have more fields than the header; what is too much was ignored.",
            "Put texts that hold the separator into quotation marks.",
            source.name,
        )
    if not found:
        raise source.error("No rows were found.", "A table needs a header and rows under it.")
    yield from source.notes.problems()


def _refuse_foreign(source: Source) -> None:
    strange = foreign(source.raw_head)
    if strange is not None:
        raise source.error(
            f"This looks like {strange[0]}, not like a list of structures.",
            "Give CSV, TSV, SMILES, SDF or Parquet.",
        )
    if is_binary(source.head):
        raise source.error(
            "This is no text and no format that is known.", "Give CSV, TSV, SMILES, SDF or Parquet."
        )


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers."""
    for block in source.text_blocks(lambda data: data.rfind(b"\n") + 1):
        for number, text in enumerate(block.text.split("\n"), start=block.line):
            if text and not text.isspace():
                yield number, text


def find_layout(lines: Sequence[str], required: Sequence[str], source: Source) -> Layout:
    """Return the layout of a table whose first lines these are.

    Raises
    ------
    MsguiError
        When a required column is missing.
    """
    if not lines:
        raise source.error("The file has only blank lines.", "Export it again.")
    best: tuple[str, ...] = ()
    for separator in SEPARATORS:
        header = tuple(cell.strip() for cell in _cells(lines[0], separator))
        columns = name_columns(header)
        if all(field in columns for field in required):
            return Layout(separator, columns, header)
        best = max(best, header, key=len)
    if tuple(required) == ("smiles",):
        layout = _layout_by_content(lines, source)
        if layout is not None:
            return layout
    known = name_columns(best)
    missing = [field for field in required if field not in known]
    raise source.error(
        f"There is no column {' and no '.join(missing)}; the first line is: "
        f"{', '.join(best)[:200]}.",
        f"Give the table a header with the column{'s' if len(missing) > 1 else ''} "
        f"{' and '.join(missing)}.",
        "line 1",
    )


def name_columns(header: Sequence[str]) -> dict[str, int]:
    """Return which column holds which known field."""
    plain = [re.sub(r"[\s_\-./()\"']", "", cell).lower() for cell in header]
    columns = {}
    for field, names in FIELDS.items():
        column = next((plain.index(name) for name in names if name in plain), None)
        if column is not None:
            columns[field] = column
    return columns


def _layout_by_content(lines: Sequence[str], source: Source) -> Layout | None:
    """Return the layout in which most rows have a SMILES in the same column, if there is one."""
    tried = lines[:ROWS_LOOKED_AT]
    best: tuple[float, str, int] = (0.0, "", 0)
    # Where the name of the file says SMILES, bad rows are bad rows and not another column.
    says_smiles = source.suffix in SMILES_SUFFIXES
    fewest = 0.0 if says_smiles else 0.6 * len(tried)
    for separator in (*SEPARATORS, SPACE):
        table = [_cells(line, separator) for line in tried]
        for column in range(min(8, max(len(row) for row in table))):
            cells = [row[column] if column < len(row) else "" for row in table]
            valid = [cell for cell in cells if _is_smiles(cell)]
            # Names such as CO or NO are SMILES too: the column with the longer texts is meant.
            score = len(valid) + min(0.9, sum(map(len, valid)) / 1000)
            if len(valid) > fewest and score > best[0]:
                best = (score, separator, column)
    if not best[0]:
        return None
    _, separator, column = best
    first = _cells(tried[0], separator)
    cell = first[column] if column < len(first) else ""
    has_header = len(tried) > 1 and not _is_smiles(cell)
    if has_header and says_smiles:
        has_header = bool(name_columns([cell]))
    columns = name_columns(first) if has_header else {}
    columns["smiles"] = column
    if not has_header:
        others = [number for number in range(len(first)) if number != column]
        columns.update(zip(("name", "identifier"), others, strict=False))
    source.notes.add(
        f"No column is called smiles; column {column + 1} was read as SMILES",
        "Give the table a header.",
        "line 1",
    )
    if not has_header and says_smiles:
        source.notes = type(source.notes)(source.name)
    return Layout(separator, columns, tuple(first) if has_header else ())


def _is_smiles(text: str) -> bool:
    from msgui.chemistry.molecule import parse_smiles

    # RDKit reads "CCO ethanol" as a SMILES with a name.
    if len(text.split()) != 1:
        return False
    try:
        parse_smiles(text)
    except MsguiError:
        return False
    return True


def _cells(line: str, separator: str) -> list[str]:
    if separator == SPACE:
        return line.split(None, 1)
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def _records(
    lines: Iterator[tuple[int, str]], separator: str, source: Source
) -> Iterator[tuple[int, list[str]] | Problem]:
    """Yield the first line and the cells of each record; a record may span lines in quotes."""
    waiting: deque[tuple[int, str]] = deque()
    while True:
        number, text = waiting.popleft() if waiting else next(lines, (0, ""))
        if not number:
            return
        if '"' not in text or separator == SPACE:
            yield number, _cells(text, separator)
            continue
        taken: list[tuple[int, str]] = []
        size = len(text)
        is_open = _is_open(text, separator)
        while is_open and size < LONGEST_FIELD and len(taken) < MOST_LINES_IN_FIELD:
            following = waiting.popleft() if waiting else next(lines, None)
            if following is None:
                break
            taken.append(following)
            size += len(following[1])
            if '"' in following[1]:
                is_open = _is_open("\n".join([text, *(line for _, line in taken)]), separator)
        if is_open:
            # Only this line is given up: those after it may be rows of their own.
            waiting.extendleft(reversed(taken))
            yield source.notes.skipped(
                "A quotation mark is opened and never closed.",
                "Close it, or delete it.",
                f"line {number}",
            )
        else:
            yield number, _parsed("\n".join([text, *(line for _, line in taken)]), separator)


def _is_open(text: str, separator: str) -> bool:
    """Return whether a quoted field is still open at the end of the text."""
    if len(text) > LONGEST_FIELD:
        return True
    _allow_long_fields()
    try:
        list(csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True))
    except csv.Error as fault:
        return "unexpected end" in str(fault)
    return False


def _parsed(text: str, separator: str) -> list[str]:
    _allow_long_fields()
    return next(csv.reader(text.splitlines(keepends=True), delimiter=separator), [])


def _allow_long_fields() -> None:
    # The limit is one of the whole process; only raising it cannot hurt another reader.
    if csv.field_size_limit() < LONGEST_FIELD:
        csv.field_size_limit(LONGEST_FIELD)
