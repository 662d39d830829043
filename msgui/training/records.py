"""Measured spectra with a known structure, as files hold them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgui.errors import MsguiError, Problem
from msgui.library.labelled_folder import is_labelled_folder, read_labelled_folder
from msgui.progress import Step
from msgui.spectra.spectrum import CollisionEnergy, EnergyUnit, Origin, Spectrum

PARQUET_COLUMNS = ("accession", "smiles", "adduct", "precursor_mz", "mz", "intensity")
OPTIONAL_COLUMNS = (
    "licence",
    "contributor",
    "ion_mode",
    "instrument",
    "instrument_type",
    "high_res",
    "ce_text",
    "ce_kind",
    "ce_ev",
    "ce_nce",
    "recalibrated",
    "name",
)
_ROWS_AT_ONCE = 1000

# Licences under which weights may be passed on, also for money and changed.
_FREE_LICENCES = re.compile(
    r"^(cc0|cc[ -]by([ -]sa)?|dl-de/by|dl-de/zero|public domain|pddl|odc-by)", re.IGNORECASE
)
_RESTRICTIONS = re.compile(r"(^|[^a-z])(nc|nd)([^a-z]|$)|non-?commercial", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Record:
    """A spectrum with what the file says about its compound and its terms.

    Parameters
    ----------
    spectrum : Spectrum
    smiles : str
    licence : str
        As written; empty when the file has none.
    high_resolution : bool or None
        None when the file does not say.
    """

    spectrum: Spectrum
    smiles: str
    licence: str = ""
    high_resolution: bool | None = None


def is_free(licence: str) -> bool:
    """Return whether weights trained under a licence may be passed on by anyone for any purpose.

    >>> is_free("CC BY-SA"), is_free("dl-de/by-2-0"), is_free("CC BY-NC"), is_free("")
    (True, True, False, False)
    """
    return bool(_FREE_LICENCES.match(licence.strip())) and not _RESTRICTIONS.search(licence)


def read_records(path: str | Path) -> Iterator[Step | Record | Problem]:
    """Yield the records of a file: MassBank Parquet, or any spectrum format with structures.

    MassSpecGym.tsv is such a format; the folder of NPLIB1 (labels.tsv and spec_files) is read too.
    Steps are in rows for Parquet, in spectra for a folder, in bytes otherwise.

    Raises
    ------
    MsguiError
        When the file does not exist, or is a Parquet file without the needed columns.
    """
    path = Path(path)
    if is_labelled_folder(path):
        yield from _with_structures(read_labelled_folder(path), path)
        return
    if not path.is_file():
        raise MsguiError("The file does not exist.", "Check the path.", str(path))
    with path.open("rb") as handle:
        is_parquet = handle.read(4) == b"PAR1"
    if is_parquet:
        yield from _read_parquet(path)
    else:
        yield from _with_structures(_read_spectra(path), path)


def _read_spectra(path: Path) -> Iterator[Step | Spectrum | Problem]:
    from msgui.spectra.readers import read_batches

    for batch in read_batches(path):
        yield batch.step
        yield from batch.problems
        yield from batch.spectra


def _with_structures(
    events: Iterable[Step | Spectrum | Problem], path: Path
) -> Iterator[Step | Record | Problem]:
    for event in events:
        if not isinstance(event, Spectrum):
            yield event
        elif event.smiles:
            yield Record(event, event.smiles, _licence_of(event.metadata))
        else:
            yield Problem(
                "error",
                "The record has no structure (SMILES), so nothing can be learned from it.",
                file=str(path),
                where=event.origin.where or event.spectrum_id,
                skipped=1,
            )


def _licence_of(metadata: Mapping[str, str]) -> str:
    for key, text in metadata.items():
        if key.lower() in ("license", "licence", "copyright"):
            return text
    return ""


def _read_parquet(path: Path) -> Iterator[Step | Record | Problem]:
    from pyarrow import parquet

    table = parquet.ParquetFile(path)
    names = set(table.schema_arrow.names)
    missing = [name for name in PARQUET_COLUMNS if name not in names]
    if missing:
        raise MsguiError(
            f"The Parquet file lacks the columns {', '.join(missing)}.",
            f"It needs {', '.join(PARQUET_COLUMNS)}.",
            str(path),
        )
    columns = [*PARQUET_COLUMNS, *(name for name in OPTIONAL_COLUMNS if name in names)]
    total, done = table.metadata.num_rows, 0
    for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns):
        arrays = {name: batch.column(name).to_pylist() for name in columns if name not in _LISTS}
        peaks = {name: _lists(batch.column(name)) for name in _LISTS}
        for row in range(batch.num_rows):
            fields = {name: values[row] for name, values in arrays.items()}
            try:
                yield _record(fields, peaks["mz"][row], peaks["intensity"][row], path, done + row)
            except ValueError as fault:
                where = f"row {done + row} ({fields['accession']})"
                yield Problem("error", f"{fault}", file=str(path), where=where, skipped=1)
        done += batch.num_rows
        yield Step(done, total, path.name)


_LISTS = ("mz", "intensity")


def _lists(column: Any) -> list[Any]:
    """Return the rows of a list column as NumPy arrays without a Python float in between."""
    import numpy as np

    flat = column.flatten().to_numpy(False).astype(np.float64)
    offsets = column.offsets.to_numpy()
    return [flat[start:end] for start, end in pairwise(offsets - offsets[0])]


def _record(fields: Mapping[str, Any], mz: Any, intensity: Any, path: Path, row: int) -> Record:
    mode = str(fields.get("ion_mode") or "").lower()
    types = {"instrument_type": str(fields.get("instrument_type") or "")}
    positive = intensity > 0
    spectrum = Spectrum(
        mz=mz[positive],
        intensity=intensity[positive],
        precursor_mz=fields["precursor_mz"],
        adduct=fields["adduct"],
        charge=None,
        polarity="negative" if mode.startswith("neg") else "positive" if mode else None,
        collision_energy=_energy(fields),
        instrument=str(fields.get("instrument") or ""),
        title=str(fields.get("name") or ""),
        spectrum_id=str(fields["accession"]),
        smiles=fields["smiles"],
        origin=Origin(str(path), row, f"row {row}"),
        metadata=types,
    )
    high = fields.get("high_res")
    return Record(spectrum, str(fields["smiles"] or ""), str(fields.get("licence") or ""), high)


def _energy(fields: Mapping[str, Any]) -> CollisionEnergy | None:
    text = str(fields.get("ce_text") or "")
    units: tuple[tuple[str, EnergyUnit], ...] = (("ce_ev", "eV"), ("ce_nce", "NCE"))
    for column, unit in units:
        if fields.get(column) is not None:
            return CollisionEnergy(text, float(fields[column]), unit)
    return CollisionEnergy(text) if text else None
