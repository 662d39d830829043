"""How often the right formula of a precursor stands first, and how long the list takes.

Usage: python benchmarks/formula_ranking.py DATA_FOLDER [--spectra 600] [--seed 1] [--ppm 5]
                                            [--heaviest 600] [--lightest 50]

DATA_FOLDER holds massbank_ms2.parquet. One high-resolution spectrum of each molecule; the formulas
are those whose hash puts them outside the half that the score was fitted on. Records give the
computed precursor m/z, so a normal error of a third of the tolerance is put on it. The adduct is
given, MS1 is not. Beside the ranking, from the same candidates: nearest mass, most explained
intensity, and the prior alone.
"""

import argparse
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.decompose import rank_formulas
from msgui.chemistry.formula import Formula
from msgui.chemistry.formula_candidates import formula_candidates
from msgui.chemistry.formula_evidence import SIGMA_SHARE, Calibration, evidence
from msgui.chemistry.formula_ranking import candidate_scores
from msgui.chemistry.peak_parts import peak_parts
from msgui.errors import MsguiError
from msgui.spectra.spectrum import Spectrum

FRAGMENT_PPM = 10.0
FARTHEST_PPM = 15.0


@dataclass(frozen=True)
class Case:
    """A spectrum with its true formula; its precursor carries a made-up error."""

    spectrum: Spectrum
    formula: Formula
    adduct: Adduct
    recalibrated: bool


def is_for_fitting(formula: str) -> bool:
    """Does this formula belong to the half that weights are fitted on."""
    return zlib.crc32(formula.encode()) % 2 == 0


def cases(
    folder: Path, count: int, seed: int, ppm: float, masses: tuple[float, float], fitting: bool
) -> Iterator[Case]:
    """Yield spectra of different molecules, in an order fixed by the seed."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select formula, adduct, precursor_mz, mz, intensity, recalibrated
            from read_parquet(?)
            where high_res and adduct is not null and precursor_mz is not null
              and exact_mass between ? and ?
            qualify row_number() over (
                partition by inchikey14 order by hash(accession || ?), accession) = 1
            order by inchikey14
            """,
            [str(folder / "massbank_ms2.parquet"), *masses, str(seed)],
        ).fetchall()
    random = np.random.default_rng(seed)
    found = 0
    for row in random.permutation(len(rows)):
        text, adduct_text, precursor_mz, mz, intensity, recalibrated = rows[row]
        try:
            adduct, formula = parse_adduct(adduct_text), Formula.parse(text)
        except MsguiError:
            continue
        exact = adduct.mz(formula.mass)
        is_off = abs(precursor_mz - exact) / exact * 1e6 > FARTHEST_PPM
        if is_off or is_for_fitting(str(formula)) != fitting:
            continue
        error = float(np.clip(random.normal(0, ppm / 3), -0.98 * ppm, 0.98 * ppm))
        spectrum = Spectrum(
            mz=np.asarray(mz),
            intensity=np.asarray(intensity),
            precursor_mz=exact * (1 + error * 1e-6),
        )
        yield Case(spectrum, formula, adduct, bool(recalibrated))
        found += 1
        if found == count:
            return


def rank_of(values: np.ndarray, truth: int) -> float:
    """Return the rank of one entry when high is good; ties share their mean rank."""
    return (
        1 + float((values > values[truth]).sum()) + float((values == values[truth]).sum() - 1) / 2
    )


def measure(case: Case, ppm: float) -> tuple[dict[str, float], int, float]:
    """Return the rank of the truth by each method (infinite when absent), list length, seconds."""
    start = time.perf_counter()
    rank_formulas(case.spectrum, (case.adduct,), ppm, FRAGMENT_PPM)
    seconds = time.perf_counter() - start
    spectrum, mz = case.spectrum, case.spectrum.precursor_mz
    found = formula_candidates(mz, case.adduct, ppm)
    if found is None or not len(found.counts):
        return dict.fromkeys(METHODS, np.inf), 0, seconds
    true = np.array(case.formula.counts)[list(found.table.columns)]
    match = np.flatnonzero((found.counts == true).all(axis=1))
    if not match.size:
        return dict.fromkeys(METHODS, np.inf), len(found.counts), seconds
    parts = peak_parts(
        spectrum, mz, case.adduct.charge, found.table, found.ions, found.columns, FRAGMENT_PPM
    )
    calibration = Calibration(0.0, SIGMA_SHARE * FRAGMENT_PPM)
    best = evidence(parts, found.ions, calibration, {}).best
    explained = (parts.intensity[:, None] * (best >= 0)).sum(axis=0).round(9)
    scores = candidate_scores(spectrum, mz, found, FRAGMENT_PPM)
    values = (scores, found.prior, explained, -np.abs(found.error_ppm))
    ranks = [rank_of(value, int(match[0])) for value in values]
    return dict(zip(METHODS, ranks, strict=True)), len(found.counts), seconds


METHODS = ("msgui", "prior alone", "explained intensity", "nearest mass")


def report(title: str, ranks: dict[str, np.ndarray], chosen: np.ndarray) -> None:
    """Print top-1, top-5 and top-10 of each method for the chosen spectra."""
    print(f"\n{title} (n = {int(chosen.sum())})")
    for method in METHODS:
        values = ranks[method][chosen]
        shares = "  ".join(f"top-{k} {100 * np.mean(values <= k):5.1f} %" for k in (1, 5, 10))
        print(f"  {method:20} {shares}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ppm", type=float, default=5.0)
    parser.add_argument("--lightest", type=float, default=50.0)
    parser.add_argument("--heaviest", type=float, default=600.0)
    options = parser.parse_args()
    masses = (options.lightest, options.heaviest)
    sample = list(cases(options.folder, options.spectra, options.seed, options.ppm, masses, False))
    start = time.perf_counter()
    rank_formulas(sample[0].spectrum, (sample[0].adduct,), options.ppm, FRAGMENT_PPM)
    warm_up = time.perf_counter() - start
    results = [measure(case, options.ppm) for case in sample]
    ranks = {method: np.array([ranks[method] for ranks, _, _ in results]) for method in METHODS}
    sizes = np.array([size for _, size, _ in results])
    seconds = np.array([seconds for _, _, seconds in results])
    print(
        f"MassBank, {len(sample)} molecules of {masses[0]:g} to {masses[1]:g} Da, one spectrum"
        f" each, seed {options.seed}; {options.ppm:g} ppm, adduct given, no MS1;"
        " formulas not fitted on"
    )
    print(f"truth in the list: {100 * np.mean(np.isfinite(ranks['msgui'])):.1f} %")
    print(f"formulas in the list: median {np.median(sizes):.0f}, most {sizes.max()}")
    print(
        f"seconds a list: median {np.median(seconds):.3f}, 95 % {np.percentile(seconds, 95):.3f},"
        f" most {seconds.max():.3f} (the first, with compiling or loading: {warm_up:.1f})"
    )
    report("all", ranks, sizes > 0)
    report("with 20 formulas or more in the list", ranks, sizes >= 20)
    recalibrated = np.array([case.recalibrated for case in sample])
    report("recalibrated records (only annotated peaks left)", ranks, recalibrated)
    report("other records", ranks, ~recalibrated)


if __name__ == "__main__":
    main()
