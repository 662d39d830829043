"""Speed of finding the subformulas of an ion that fit its peaks.

Usage: python benchmarks/subformulas.py DATA_FOLDER [--spectra 1000] [--seed 1]

DATA_FOLDER holds massbank_ms2.parquet. One high-resolution record annotated by RMassBank for each
molecule, its precursor formula given. Prints milliseconds a spectrum with and without the objects
that a table needs, for an ion seen before and for a new one, beside plain Python that tries every
subformula. How well peaks are named is measured by benchmarks/peak_formulas.py.
"""

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
from peak_formulas import Record, load

from msgui.chemistry import subformulas
from msgui.chemistry.formula import ELECTRON_MASS, MASSES, VALENCES
from msgui.chemistry.heavy_atoms import heavy_table

TOLERANCE_PPM = 10.0


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    first: dict[str, Record] = {}
    for record in load(options.folder, options.seed):
        first.setdefault(record.molecule, record)
    records = list(first.values())[: options.spectra]
    print(f"MassBank, RMassBank records, one for each molecule, seed {options.seed}")
    measure_speed(records)


if __name__ == "__main__":
    main()
