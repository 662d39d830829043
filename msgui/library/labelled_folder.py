"""Folders of spectra whose structures stand in a table beside them, as NPLIB1 of MIST is.

Goldman et al. 2023 (doi:10.1038/s42256-023-00708-3): ``labels.tsv`` with the columns ``spec``,
``smiles`` and, where they are, ``name``, ``formula``, ``ionization``, ``inchikey`` and
``instrument``; the spectrum ``X`` is ``spec_files/X.ms`` (or ``.mgf``).
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

LABELS: Final = "labels.tsv"
SPECTRA: Final = "spec_files"
SUFFIXES: Final = (".ms", ".mgf", ".msp", ".mzML")
REQUIRED: Final = ("spec", "smiles")


def is_labelled_folder(path: Path) -> bool:
    """Say whether a path is such a folder."""
    return (path / LABELS).is_file()


def files_of(path: Path) -> list[Path]:
    """Return the table and the spectra of a folder, in order: what a digest of it is made of."""
    inside = (path / SPECTRA).iterdir() if (path / SPECTRA).is_dir() else ()
    return [path / LABELS, *sorted(file for file in inside if file.suffix in SUFFIXES)]


def read_labelled_folder(path: Path) -> Iterator[Step | Spectrum | Problem]:
    """Yield the MS/MS spectra of a folder with the structures of its table, and problems.

    Raises
    ------
    MsguiError
        When the table cannot be read or lacks a column.
    """
    rows = _labels(path / LABELS)
    for number, row in enumerate(rows):
        yield Step(number, len(rows), row["spec"])
        file = next(
            (
                f
                for suffix in SUFFIXES
                if (f := path / SPECTRA / f"{row['spec']}{suffix}").is_file()
            ),
            None,
        )
        if file is None:
            cause = f"the spectrum {row['spec']} of the table is no file in {SPECTRA}"
            yield Problem("error", cause, "Copy it there.", str(path / LABELS), skipped=1)
            continue
        yield from _read(file, row)
    yield Step(len(rows), len(rows), "")


def _labels(path: Path) -> list[Mapping[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, delimiter="\t")
            names = reader.fieldnames or ()
            missing = [name for name in REQUIRED if name not in names]
            if missing:
                raise MsguiError(
                    f"The table has no column {missing[0]}; it has {', '.join(names)}.",
                    "It needs the columns spec and smiles.",
                    str(path),
                )
            return [{k: v or "" for k, v in row.items() if k} for row in reader]
    except (OSError, UnicodeDecodeError) as fault:
        raise MsguiError("The table cannot be read.", "Give a TSV file.", str(path)) from fault


def _read(file: Path, row: Mapping[str, str]) -> Iterator[Spectrum | Problem]:
    from msgui.spectra.readers import read_batches

    count = 0
    try:
        for batch in read_batches(file):
            yield from batch.problems
            for spectrum in batch.spectra:
                if spectrum.ms_level == 1:
                    continue
                count += 1
                own = row["spec"] if count == 1 else f"{row['spec']}_{count}"
                yield replace(spectrum, spectrum_id=own, **_said(spectrum, row))
    except MsguiError as error:
        yield replace(error.problem(), skipped=1)


def _said(spectrum: Spectrum, row: Mapping[str, str]) -> dict[str, Any]:
    """Return what the table says of a spectrum; where it says nothing the file's words stay."""
    return {
        "smiles": row["smiles"] or spectrum.smiles,
        "inchikey": row.get("inchikey") or spectrum.inchikey,
        "formula": row.get("formula") or spectrum.formula,
        "adduct": row.get("ionization") or spectrum.adduct,
        "instrument": row.get("instrument") or spectrum.instrument,
        "title": row.get("name") or spectrum.title,
    }
