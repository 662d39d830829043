"""Many spectra at once: figures, tables, annotated spectra and reports into one folder.

Names and contents of tables are those of ``msgui annotate``. Each file takes its place only when it
is complete; what fails for one spectrum is told and does not stop the others.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from msgui.annotation import Annotation
from msgui.errors import MsguiError, Problem
from msgui.export.figure_choice import FigureChoice
from msgui.export.files import refuse_inputs, replaced_file, safe_name, write_text
from msgui.export.mztab import MzTabItem, mztab
from msgui.export.sdf import candidates_sdf
from msgui.export.spectra import annotated_mgf, annotated_msp, json_record
from msgui.export.tables import TABLES, Row, Table, words
from msgui.export.workbook import csv_line, write_workbook
from msgui.progress import Step

FigureKind = Literal["svg", "png", "pdf"]
TableKind = Literal["tsv", "csv", "xlsx"]
SpectraKind = Literal["mgf", "msp", "json"]

WORKBOOK = "tables.xlsx"
REPORTS, FIGURES = "reports", "figures"


@dataclass(frozen=True)
class Call:
    """What the user said about one structure of a spectrum.

    Parameters
    ----------
    inchikey14 : str
    state : str
        "accepted", "tentative" or "rejected".
    level : str
        Identification level (Schymanski); empty when none was given.
    """

    inchikey14: str
    state: str
    level: str = ""


@dataclass(frozen=True, eq=False)
class Item:
    """One spectrum of a batch.

    Parameters
    ----------
    spectrum_id : str
        Unique in the batch.
    annotation : Annotation
    calls : tuple of Call
    note : str
    reviewed : bool
    parameters : mapping
        How it was annotated, for its report.
    """

    spectrum_id: str
    annotation: Annotation
    calls: tuple[Call, ...] = ()
    note: str = ""
    reviewed: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BatchChoice:
    """What is written.

    Parameters
    ----------
    figures, tables, spectra : tuples of kinds
    sdf, mztab, reports : bool
        Candidates as SDF; everything as mzTab-M; an HTML page for each spectrum.
    figure : FigureChoice
    """

    figures: tuple[FigureKind, ...] = ()
    tables: tuple[TableKind, ...] = ()
    spectra: tuple[SpectraKind, ...] = ()
    sdf: bool = False
    mztab: bool = False
    reports: bool = False
    figure: FigureChoice = field(default_factory=FigureChoice)

    def names(self) -> list[str]:
        """Return what appears in the folder: files, and folders of files of single spectra."""
        found = [f"{t.name}.{kind}" for kind in self.tables if kind != "xlsx" for t in ALL_TABLES]
        found += [WORKBOOK] if "xlsx" in self.tables else []
        found += [f"annotated.{kind}" for kind in self.spectra]
        found += ["candidates.sdf"] if self.sdf else []
        found += ["annotated.mztab"] if self.mztab else []
        found += [FIGURES] if self.figures else []
        found += [REPORTS] if self.reports else []
        return found


def _no_rows(_spectrum_id: str, _annotation: Annotation) -> Iterator[Row]:
    return iter(())


# Decisions are the user's, not the method's: their rows come from items.
DECISIONS = Table(
    "decisions",
    ("spectrum_id", "inchikey14", "smiles", "name", "call", "level", "reviewed", "note"),
    _no_rows,
)
ALL_TABLES = (*TABLES, DECISIONS)


def rows_of(table: Table, item: Item) -> Iterator[Row]:
    """Return the rows of one spectrum in one table."""
    return (
        _decision_rows(item)
        if table is DECISIONS
        else table.rows(item.spectrum_id, item.annotation)
    )


def _decision_rows(item: Item) -> Iterator[Row]:
    known = {c.structure.inchikey14: c.structure for c in item.annotation.candidates}
    reviewed, note = "yes" if item.reviewed else "no", words(item.note)
    for call in item.calls:
        structure = known.get(call.inchikey14)
        yield (
            words(item.spectrum_id),
            call.inchikey14,
            structure.smiles if structure else "",
            words(structure.name) if structure else "",
            call.state,
            call.level,
            reviewed,
            note,
        )
    if not item.calls and (item.reviewed or item.note):
        yield words(item.spectrum_id), "", "", "", "", "", reviewed, note


def export_batch(
    items: Sequence[Item],
    folder: Path,
    choice: BatchChoice,
    *,
    draw: Mapping[FigureKind, Callable[[str, str], bytes]] | None = None,
    inputs: Iterable[str] = (),
) -> Iterator[Step | Problem | Path]:
    """Write what was chosen; yield steps, what failed, and the path of each finished file.

    A generator that is closed leaves what is finished, the old file where one is not, and nothing
    else.

    Parameters
    ----------
    items : sequence of Item
    folder : Path
    choice : BatchChoice
    draw : mapping of kind to callable
        Makes the bytes of a figure from its SVG and a title; needed for PNG and PDF.
    inputs : iterable of str
        Files that are being worked with: none of them is replaced.

    Raises
    ------
    MsguiError
        When the folder cannot be written, or a file of the batch is an input.
    """
    for name in choice.names():
        refuse_inputs(folder / name, inputs)
    single = bool(choice.figures or choice.reports)
    parts = len(choice.tables) + len(choice.spectra) + choice.sdf + choice.mztab
    total, done = len(items) * (single + parts), 0
    if single:
        for event in _single_files(items, folder, choice, draw or {}):
            done += isinstance(event, Step)
            yield Step(done, total, event.item) if isinstance(event, Step) else event
    for write in _whole_files(items, folder, choice):
        for event in write:
            done += isinstance(event, Step)
            yield Step(min(done, total), total, event.item) if isinstance(event, Step) else event
    yield Step(total, total, "done")


def _single_files(
    items: Sequence[Item],
    folder: Path,
    choice: BatchChoice,
    draw: Mapping[FigureKind, Callable[[str, str], bytes]],
) -> Iterator[Step | Problem | Path]:
    """Write the files that each spectrum has of its own."""
    taken: set[str] = set()
    for item in items:
        name = safe_name(item.spectrum_id, taken)
        try:
            yield from _figures(item, name, folder, choice, draw)
            if choice.reports:
                from msgui.export.report import spectrum_report

                path = folder / REPORTS / f"{name}.html"
                write_text(path, spectrum_report(item.annotation, item.parameters))
                yield path
        except Exception as error:
            # One molecule that cannot be drawn must not cost the other figures.
            yield _told(error, item)
            if isinstance(error, MsguiError) and isinstance(error.__cause__, OSError):
                raise  # a full disk is full for all
        yield Step(0, 0, item.spectrum_id)


def _figures(
    item: Item,
    name: str,
    folder: Path,
    choice: BatchChoice,
    draw: Mapping[FigureKind, Callable[[str, str], bytes]],
) -> Iterator[Path]:
    if not choice.figures:
        return
    svg = choice.figure.draw(item.annotation)
    for kind in choice.figures:
        path = folder / FIGURES / f"{name}.{kind}"
        if kind == "svg":
            write_text(path, svg)
        else:
            content = draw[kind](svg, item.spectrum_id)
            with replaced_file(path) as file:
                file.write(content)
        yield path


def _told(error: Exception, item: Item) -> Problem:
    if isinstance(error, MsguiError):
        return Problem("error", error.cause, error.action, error.file, item.spectrum_id, skipped=1)
    cause = f"It could not be drawn ({type(error).__name__}: {error})."
    return Problem("error", cause, "", "", item.spectrum_id, skipped=1)


def _whole_files(
    items: Sequence[Item], folder: Path, choice: BatchChoice
) -> Iterator[Iterator[Step | Problem | Path]]:
    """Yield the work on each file, or set of files, that holds all spectra."""
    for kind in choice.tables:
        if kind == "xlsx":
            yield _workbook(items, folder / WORKBOOK)
        else:
            yield _tables(items, folder, kind)
    writers: dict[SpectraKind, Callable[[Item], str]] = {
        "mgf": lambda item: annotated_mgf(item.annotation, item.spectrum_id),
        "msp": lambda item: annotated_msp(item.annotation, item.spectrum_id),
        "json": lambda item: json_record(
            item.annotation.spectrum.with_(spectrum_id=item.spectrum_id)
        ),
    }
    for form in choice.spectra:
        frame = ("[\n", ",\n", "\n]\n") if form == "json" else ("", "", "")
        yield _joined(items, folder / f"annotated.{form}", writers[form], frame)
    if choice.sdf:
        yield _joined(
            items,
            folder / "candidates.sdf",
            lambda item: candidates_sdf(item.spectrum_id, item.annotation),
            ("", "", ""),
        )
    if choice.mztab:
        yield _mztab(items, folder / "annotated.mztab")


def _tables(
    items: Sequence[Item], folder: Path, kind: TableKind
) -> Iterator[Step | Problem | Path]:
    paths = [folder / f"{table.name}.{kind}" for table in ALL_TABLES]
    with contextlib.ExitStack() as stack:
        files: list[IO[bytes]] = [stack.enter_context(replaced_file(path)) for path in paths]
        for table, file in zip(ALL_TABLES, files, strict=True):
            file.write(_table_line(table.columns, kind))
        for item in items:
            for table, file in zip(ALL_TABLES, files, strict=True):
                for row in rows_of(table, item):
                    file.write(_table_line(row, kind))
            yield Step(0, 0, f"tables: {item.spectrum_id}")
    yield from paths


def _table_line(row: Sequence[str], kind: TableKind) -> bytes:
    line = csv_line(row) if kind == "csv" else "\t".join(row) + "\n"
    return line.encode("utf-8", errors="backslashreplace")


def _workbook(items: Sequence[Item], path: Path) -> Iterator[Step | Problem | Path]:
    sheets = (
        (table.name, table.columns, (row for item in items for row in rows_of(table, item)))
        for table in ALL_TABLES
    )
    with replaced_file(path) as file:
        told = 0
        for count in write_workbook(file, sheets):
            # Rows are many: steps come as often as for the other files.
            if count % 50 == 0 and told < len(items):
                told += 1
                yield Step(0, 0, "workbook")
    yield path


def _joined(
    items: Sequence[Item],
    path: Path,
    write: Callable[[Item], str],
    frame: tuple[str, str, str],
) -> Iterator[Step | Problem | Path]:
    before, between, after = frame
    with replaced_file(path) as file:
        file.write(before.encode())
        first = True
        for item in items:
            try:
                text = write(item)
            except Exception as error:
                yield _told(error, item)
            else:
                lead = "" if first else between
                file.write((lead + text).encode("utf-8", errors="backslashreplace"))
                first = False
            yield Step(0, 0, f"{path.name}: {item.spectrum_id}")
        file.write(after.encode())
    yield path


def _mztab(items: Sequence[Item], path: Path) -> Iterator[Step | Problem | Path]:
    named = [
        MzTabItem(
            item.spectrum_id,
            item.annotation,
            {call.inchikey14: call.level for call in item.calls if call.level},
        )
        for item in items
    ]
    with replaced_file(path) as file:
        for count, text in enumerate(mztab(named, path.stem)):
            file.write(text.encode("utf-8", errors="backslashreplace"))
            if count < len(items):
                yield Step(0, 0, path.name)
    yield path
