"""Speed of naming peaks by subformulas, and how well the names agree with annotated records.

Usage: python benchmarks/subformulas.py DATA_FOLDER [--spectra 1000] [--seed 1]

DATA_FOLDER holds massbank_ms2.parquet. One high-resolution record annotated by RMassBank for each
molecule, its precursor formula given. Prints, in one run:

- milliseconds a spectrum with and without the objects that a table needs, for an ion seen before
  and for a new one, beside plain Python that tries every subformula;
- the share of annotated peaks (13C peaks left out) and of their intensity whose best formula is
  that of the record, and the share of peaks that are named after they were moved by .1 to .4 Da,
  beside the nearest subformula within plain 10 ppm.

The records flatter: their noise is removed and their masses are recalibrated, and the contributors
chose the nearest formula within up to 25 ppm themselves.
"""

import argparse
import itertools
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from msgui.chemistry import subformulas
from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.formula import ELECTRON_MASS, MASSES, VALENCES, Formula
from msgui.chemistry.heavy_atoms import heavy_table
from msgui.errors import MsguiError

TOLERANCE_PPM = 10.0


@dataclass(frozen=True)
class Record:
    """An annotated spectrum."""

    mz: np.ndarray
    intensity: np.ndarray
    annotation: list[Formula | None]
    ion: Formula
    adduct: Adduct
    analyser: str


def load(folder: Path, count: int, seed: int) -> list[Record]:
    """Return annotated spectra of different molecules."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select formula, adduct, mz, intensity, ann_formula, analyser
            from read_parquet(?)
            where high_res and recalibrated and n_ann > 0 and adduct is not null
            qualify row_number() over (
                partition by inchikey14 order by hash(accession || ?), accession) = 1
            order by inchikey14
            """,
            [str(folder / "massbank_ms2.parquet"), str(seed)],
        ).fetchall()
    records = []
    for row in np.random.default_rng(seed).permutation(len(rows)):
        formula, adduct_text, mz, intensity, annotation, analyser = rows[row]
        try:
            adduct = parse_adduct(adduct_text)
            ion = adduct.ion_formula(Formula.parse(formula))
        except MsguiError:
            continue
        names = [readable(text) for text in annotation]
        records.append(
            Record(np.asarray(mz), np.asarray(intensity), names, ion, adduct, analyser or "")
        )
        if len(records) == count:
            break
    return records


def readable(text: str | None) -> Formula | None:
    """Return an annotation as formula; None without one or for an isotope peak."""
    if not text:
        return None
    try:
        formula = Formula.parse(text)
    except MsguiError:
        return None
    return None if formula["[13C]"] else formula


def plain_python(record: Record) -> int:
    """Return how many peaks have a subformula within tolerance, trying every one of them."""
    present = [i for i, n in enumerate(record.ion.counts) if n]
    sign = 1 if record.adduct.charge > 0 else -1
    masses = []
    for counts in itertools.product(*(range(record.ion.counts[i] + 1) for i in present)):
        valence = sum(n * (VALENCES[i] - 2) for i, n in zip(present, counts, strict=True))
        if valence >= -3:
            mass = sum(n * MASSES[i] for i, n in zip(present, counts, strict=True))
            masses.append(mass - sign * ELECTRON_MASS)
    return sum(
        any(abs(mass - mz) <= mz * TOLERANCE_PPM * 1e-6 for mass in masses)
        for mz in record.mz.tolist()
    )


def measure_speed(records: list[Record]) -> None:
    """Print milliseconds a spectrum."""
    new, seen, with_objects = [], [], []
    for record in records:
        arguments = (record.mz, record.ion, record.adduct, TOLERANCE_PPM)
        heavy_table.cache_clear()
        marks = [time.perf_counter()]
        subformulas.annotate_peaks(*arguments)
        marks.append(time.perf_counter())
        found = subformulas.annotate_peaks(*arguments)
        marks.append(time.perf_counter())
        _ = found.matches
        marks.append(time.perf_counter())
        new.append(marks[1] - marks[0])
        seen.append(marks[2] - marks[1])
        with_objects.append(marks[3] - marks[1])
    small = [r for r in records if np.prod([n + 1.0 for n in r.ion.counts]) < 30_000][:40]
    start = time.perf_counter()
    for record in small:
        plain_python(record)
    slow = (time.perf_counter() - start) / len(small)
    start = time.perf_counter()
    for record in small:
        _ = subformulas.annotate_peaks(record.mz, record.ion, record.adduct, TOLERANCE_PPM).matches
    fast = (time.perf_counter() - start) / len(small)
    print(f"{len(records)} spectra, median {np.median([r.mz.size for r in records]):.0f} peaks")
    for title, values in (
        ("ion seen before", seen),
        ("  with objects", with_objects),
        ("new ion", new),
    ):
        high = 1e3 * np.percentile(values, 99)
        print(f"  {title:18} median {1e3 * np.median(values):.2f} ms, 99 % below {high:.2f} ms")
    print(
        f"  plain Python on {len(small)} small ions {1e3 * slow:.0f} ms, msgui {1e3 * fast:.2f} ms:"
        f" {slow / fast:.0f} times as fast"
    )


def measure_agreement(records: list[Record], floor_da: float, seed: int) -> tuple[float, ...]:
    """Return agreement by peaks and by intensity, and the share of moved peaks that are named."""
    random = np.random.default_rng(seed)
    kept = subformulas.TOLERANCE_FLOOR_DA
    subformulas.TOLERANCE_FLOOR_DA = floor_da
    agreed = total = moved_named = moved = 0
    agreed_intensity = total_intensity = 0.0
    try:
        for record in records:
            arguments = (record.ion, record.adduct, TOLERANCE_PPM)
            found = subformulas.annotate_peaks(record.mz, *arguments).matches
            share = record.intensity / record.intensity.sum()
            for peak, name in enumerate(record.annotation):
                if name is None:
                    continue
                right = bool(found[peak]) and found[peak][0].formula == name
                agreed, total = agreed + right, total + 1
                agreed_intensity += right * share[peak]
                total_intensity += share[peak]
            distance = random.uniform(0.1, 0.4, record.mz.size)
            shifted = record.mz + distance * random.choice([-1, 1], record.mz.size)
            moved_named += int(subformulas.annotate_peaks(shifted, *arguments).explained.sum())
            moved += record.mz.size
    finally:
        subformulas.TOLERANCE_FLOOR_DA = kept
    return agreed / total, agreed_intensity / total_intensity, moved_named / moved, total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    records = load(options.folder, options.spectra, options.seed)
    print(f"MassBank, RMassBank records, one for each molecule, seed {options.seed}")
    measure_speed(records)
    for title, chosen in (
        ("all", records),
        ("Orbitrap", [r for r in records if r.analyser == "Orbitrap"]),
        ("QTOF", [r for r in records if r.analyser == "QTOF"]),
    ):
        print(f"{title}: {len(chosen)} records")
        for method, floor in (
            ("msgui", subformulas.TOLERANCE_FLOOR_DA),
            ("plain 10 ppm", 0.0),
        ):
            peaks, intensity, decoys, total = measure_agreement(chosen, floor, options.seed)
            print(
                f"  {method:14} agrees on {100 * peaks:.1f} % of {total:.0f} peaks,"
                f" {100 * intensity:.1f} % of intensity; names {100 * decoys:.2f} % of moved peaks"
            )


if __name__ == "__main__":
    main()
