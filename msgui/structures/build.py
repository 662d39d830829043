"""Builds a candidate store from files of structures."""

import datetime
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.structures.canonical import is_canonical
from msgui.structures.rows import Row, read_rows
from msgui.structures.standardizing import Answer, standardize_rows
from msgui.structures.store import StoreInfo, StructureStore, split_charge
from msgui.structures.writing import Parts, write_store

# A stated mass that is further off belongs to another structure (or is an average mass).
MASS_DIFFERENCE_DA: Final = 0.02


@dataclass
class Tally:
    """What was found in the files and what was changed, counted."""

    found: int = 0
    skipped: int = 0
    _changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _first: dict[tuple[str, str], str] = field(default_factory=dict)

    def change(self, row: Row, what: str) -> None:
        """Count something that was changed in a row."""
        self._changed[row.file, what] += 1
        self._first.setdefault((row.file, what), row.where)

    def problems(self) -> Iterator[Problem]:
        """Yield one warning for each kind of change in each file."""
        for (file, what), count in self._changed.items():
            sentence = f"{count} structure{'s' if count > 1 else ''}: {what}."
            yield Problem("warning", sentence, "", file, f"first at {self._first[file, what]}")


def build_store(
    files: Sequence[str | Path],
    out: str | Path,
    *,
    name: str = "",
    overwrite: bool = False,
    workers: int | None = None,
) -> Iterator[Step | Problem | StoreInfo]:
    """Build a store; yields steps, problems, and last what was built.

    Structures are neutralized, salts stripped, stereochemistry dropped, and rows with the same
    first InChIKey block merged (their number is kept in the column ``count``).

    Parameters
    ----------
    files : sequence of paths
        CSV, TSV, SMILES, SDF or Parquet, plain or gzip; recognised by content. A Parquet table
        that is canonical already (columns smiles, inchikey14, formula, exact_mass) is taken as it
        is after a look at a sample of its rows.
    out : path
        The Parquet file; it is there only when it is complete.
    name : str
        Shown to people; by default the name of the file.
    overwrite : bool
    workers : int or None
        Processes that standardize; None takes one for each processor, at most eight.

    Raises
    ------
    MsguiError
        When a file cannot be read at all, nothing is found, or ``out`` exists.
    """
    out = Path(out).expanduser().absolute()
    if out.exists() and not overwrite:
        raise MsguiError(
            "There is a file of that name.", "Choose another, or use --force.", str(out)
        )
    _refuse_inputs(files, out)
    tally = Tally()
    with temporary_folder(out) as folder:
        parts = Parts(Path(folder))
        for path in files:
            canonical = yield from is_canonical(Path(path))
            if canonical:
                tally.found += parts.take(Path(path))
            else:
                yield from add_rows(read_rows(path), parts, tally, workers)
        yield from tally.problems()
        if not parts.paths and not parts.canonical:
            raise MsguiError(
                "No structure could be read.",
                "The files need SMILES, one structure a row.",
                ", ".join(str(path) for path in files),
            )
        card = {
            "name": name or out.stem,
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "files": [Path(path).name for path in files],
            "found": tally.found,
            "skipped": tally.skipped,
        }
        yield from write_store(parts, out, card)
    yield StructureStore.open(out).info()


def add_rows(
    rows: Iterable[Step | Row | Problem], parts: Parts, tally: Tally, workers: int | None = None
) -> Iterator[Step | Problem]:
    """Standardize rows into the parts; yields steps and the problems of rows."""
    for event in standardize_rows(rows, workers):
        if isinstance(event, Step):
            yield event
        elif isinstance(event, Problem):
            tally.found += event.skipped
            tally.skipped += event.skipped
            yield event
        else:
            row, answer = event
            tally.found += 1
            _compare(row, answer, tally)
            parts.add(row, answer)
    parts.flush()


def _compare(row: Row, answer: Answer, tally: Tally) -> None:
    """Count what was changed, and what the file says otherwise; the structure wins."""
    _, _, formula, exact_mass, notice = answer
    for part in filter(None, notice.split("; ")):
        tally.change(row, _general(part))
    if notice:
        return
    if row.formula and _hill(row.formula) != formula:
        tally.change(row, "the formula in the file is not that of the structure, which was used")
    elif row.exact_mass and abs(row.exact_mass - exact_mass) > MASS_DIFFERENCE_DA:
        tally.change(row, "the mass in the file is not that of the structure, which was used")


def _general(notice: str) -> str:
    """Return a notice without what differs from molecule to molecule."""
    if notice.startswith("charge "):
        return "charge neutralized"
    if "permanent charge" in notice:
        return "permanent charge kept"
    return notice.split(":", maxsplit=1)[0]


def _hill(text: str) -> str:
    try:
        return str(Formula.parse(split_charge(text)[0]))
    except MsguiError:
        return text


def _refuse_inputs(files: Sequence[str | Path], out: Path) -> None:
    if out.exists() and any(Path(path).exists() and out.samefile(path) for path in files):
        raise MsguiError("The store would replace its own input.", "Choose another name.", str(out))


def temporary_folder(out: Path) -> "tempfile.TemporaryDirectory[str]":
    """Return a temporary folder beside the file that is to be written.

    Raises
    ------
    MsguiError
        When nothing can be written there.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(
            prefix=f".{out.stem}-{os.getpid()}-", dir=out.parent, ignore_cleanup_errors=True
        )
    except OSError as fault:
        raise MsguiError(
            f"The store cannot be written: {fault.strerror}.",
            "Choose a folder where you may write.",
            str(out),
        ) from fault
