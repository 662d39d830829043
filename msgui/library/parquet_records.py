"""Spectra from a Parquet table: one row a spectrum, its peaks as lists."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra.energy import parse_energy
from msgui.spectra.spectrum import CollisionEnergy, Origin, Polarity, Spectrum

REQUIRED: Final = ("mz", "intensity")
# First of these columns that the table has; names as in MassBank-derived tables and matchms.
COLUMNS: Final = {
    "accession": ("accession", "spectrum_id", "identifier", "id"),
    "name": ("name", "compound_name", "title"),
    "smiles": ("smiles",),
    "inchikey": ("inchikey", "inchikey14"),
    "formula": ("formula",),
    "adduct": ("adduct", "precursor_type"),
    "polarity": ("ion_mode", "ionmode", "polarity"),
    "precursor_mz": ("precursor_mz",),
    "instrument": ("instrument",),
    "instrument_type": ("instrument_type",),
    "energy_text": ("ce_text", "collision_energy"),
    "energy_ev": ("ce_ev",),
    "energy_nce": ("ce_nce",),
    "licence": ("licence", "license"),
    "ms_level": ("ms_level",),
}
ROWS_AT_ONCE: Final = 1000


def read_parquet_spectra(path: str | Path) -> Iterator[Step | Spectrum | Problem]:
    """Yield the spectra of a Parquet table, problems, and steps in rows.

    Needs the columns mz and intensity (lists of numbers); smiles, precursor_mz, adduct, ion_mode,
    ce_text, instrument, accession, name and licence are used where they are there.

    Raises
    ------
    MsguiError
        When it cannot be read or lacks the peaks.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            missing = [name for name in REQUIRED if name not in names]
            if missing:
                raise MsguiError(
                    f"The table has no column {', '.join(missing)}; it has {', '.join(names)}.",
                    "Spectra need the columns mz and intensity (lists of numbers).",
                    str(path),
                )
            chosen = {
                field: name
                for field, known in COLUMNS.items()
                if (name := next((one for one in known if one in names), None))
            }
            columns = list(dict.fromkeys([*REQUIRED, *chosen.values()]))
            total, done = file.metadata.num_rows, 0
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns):
                yield Step(done, total, "Reading spectra")
                yield from _rows(batch, chosen, str(path), done)
                done += batch.num_rows
            yield Step(total, total, "Reading spectra")
    except (pa.ArrowException, OSError) as fault:
        raise MsguiError(
            f"The Parquet file cannot be read: {str(fault).splitlines()[0]}.",
            "Copy or export it again.",
            str(path),
        ) from fault


def _rows(
    batch: Any, chosen: Mapping[str, str], path: str, first: int
) -> Iterator[Spectrum | Problem]:
    table = {field: batch.column(name).to_pylist() for field, name in chosen.items()}
    mz_lists, intensity_lists = batch.column("mz"), batch.column("intensity")
    for index in range(batch.num_rows):
        row = {field: values[index] for field, values in table.items()}
        where = f"row {first + index + 1}"
        try:
            mz = np.asarray(mz_lists[index].values, dtype=np.float64)
            intensity = np.asarray(intensity_lists[index].values, dtype=np.float64)
            yield _spectrum(row, mz, intensity, Origin(path, first + index, where))
        except (AttributeError, TypeError, ValueError) as fault:
            yield Problem(
                "error", f"The peaks cannot be read ({fault}).", "", path, where, skipped=1
            )


def _spectrum(row: Mapping[str, Any], mz: Any, intensity: Any, origin: Origin) -> Spectrum:
    if mz.shape != intensity.shape:
        raise ValueError("m/z and intensity differ in length")
    good = np.isfinite(mz) & np.isfinite(intensity) & (mz > 0) & (intensity > 0)
    dropped = int(mz.size - np.count_nonzero(good))
    precursor = row.get("precursor_mz")
    has_precursor = precursor is not None and np.isfinite(precursor) and precursor > 0
    return Spectrum(
        mz[good],
        intensity[good],
        precursor_mz=float(precursor) if has_precursor else None,  # type: ignore[arg-type]
        adduct=row.get("adduct") or None,
        polarity=_polarity(row.get("polarity")),
        collision_energy=_energy(row),
        instrument=str(row.get("instrument") or row.get("instrument_type") or ""),
        ms_level=int(row.get("ms_level") or 2),
        title=str(row.get("name") or ""),
        spectrum_id=str(row.get("accession") or ""),
        formula=row.get("formula") or None,
        smiles=row.get("smiles") or None,
        inchikey=row.get("inchikey") or None,
        origin=origin,
        metadata={name: str(row[name]) for name in ("name", "licence") if row.get(name)},
        remarks=(f"{dropped} peaks that are no numbers dropped",) if dropped else (),
    )


def _polarity(text: str | None) -> Polarity | None:
    word = (text or "").strip().lower()[:3]
    return "positive" if word in ("pos", "+") else "negative" if word in ("neg", "-") else None


def _energy(row: Mapping[str, Any]) -> CollisionEnergy | None:
    text = str(row.get("energy_text") or "")
    for field, unit in (("energy_nce", "NCE"), ("energy_ev", "eV")):
        value = row.get(field)
        if value is not None and np.isfinite(value):
            return CollisionEnergy(text or f"{value:g} {unit}", float(value), unit)  # type: ignore[arg-type]
    return parse_energy(text, str(row.get("instrument") or "")) if text else None
