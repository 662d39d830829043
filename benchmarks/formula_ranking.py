"""How often the right formula of a precursor stands first, and how long the list takes.

Usage: python benchmarks/formula_ranking.py DATA_FOLDER [--spectra 600] [--seed 1] [--ppm 5]
                                            [--heaviest 600] [--lightest 50] [--store STORE]

DATA_FOLDER holds massbank_ms2.parquet and spectra/ with the files of other laboratories. One high-
resolution spectrum of each molecule; the formulas are those whose hash puts them outside the half
that anything was fitted on. Records give the computed precursor m/z, so a normal error of a third
of the tolerance is put on it. The adduct is given, MS1 is not. Beside the ranking, from the same
candidates: nearest mass, most explained intensity, and the prior alone. Then how far the
probabilities can be believed, what is said when no formula of the list is right, and the standards
of other laboratories.
"""

import argparse
import re
import time
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np

from msgui.chemistry.adducts import Adduct, likely_adducts, parse_adduct
from msgui.chemistry.decompose import rank_formulas
from msgui.chemistry.formula import Formula
from msgui.chemistry.formula_candidates import formula_candidates
from msgui.chemistry.formula_evidence import SIGMA_SHARE, Calibration, evidence
from msgui.chemistry.formula_ranking import score_candidates
from msgui.chemistry.peak_parts import peak_parts
from msgui.errors import MsguiError
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from msgui.structures.store import StructureStore

FRAGMENT_PPM = 10.0
FARTHEST_PPM = 15.0


@dataclass(frozen=True)
class Case:
    """A spectrum with its true formula; its precursor carries a made-up error."""

    spectrum: Spectrum
    formula: Formula
    adduct: Adduct
    recalibrated: bool
    source: str = "MassBank"


def is_for_fitting(formula: str) -> bool:
    """Does this formula belong to the half that weights are fitted on."""
    return zlib.crc32(formula.encode()) % 2 == 0


def cases(
    folder: Path, count: int, seed: int, ppm: float, masses: tuple[float, float], fitting: bool
) -> Iterator[Case]:
    """Yield spectra of different molecules, in an order fixed by the seed.

    For fitting only records are taken whose licence has neither NC nor ND, and no formulas of the
    other laboratories' files.
    """
    licence = "and licence not like '%NC%' and licence not like '%ND%'" if fitting else ""
    others = {str(case.formula) for case in other_laboratories(folder)} if fitting else set()
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"""
            select formula, adduct, precursor_mz, mz, intensity, recalibrated
            from read_parquet(?)
            where high_res and adduct is not null and precursor_mz is not null
              and exact_mass between ? and ? {licence}
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
        if is_off or is_for_fitting(str(formula)) != fitting or str(formula) in others:
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


def other_laboratories(folder: Path) -> Iterator[Case]:
    """Yield the standards of the files in spectra/: another laboratory's, one of each molecule.

    Their precursors are as measured. Records whose precursor is more than 20 ppm off what their
    structure and adduct say are left out.
    """
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    for name in ("GNPS-MSMLS.mgf", "pesticides.mgf"):
        seen: set[str] = set()
        for spectrum in read(folder / "spectra" / name):
            if not isinstance(spectrum, Spectrum) or not spectrum.smiles or not len(spectrum):
                continue
            molecule = Chem.MolFromSmiles(spectrum.smiles)
            if molecule is None or not spectrum.adduct or spectrum.precursor_mz is None:
                continue
            try:
                adduct = parse_adduct(spectrum.adduct)
                formula = Formula.parse(re.sub(r"[+-]\d*$", "", CalcMolFormula(molecule)))
                exact = adduct.mz(formula.mass)
            except MsguiError:
                continue
            if abs(spectrum.precursor_mz / exact - 1) > 20e-6 or str(formula) in seen:
                continue
            seen.add(str(formula))
            yield Case(spectrum, formula, adduct, False, name)


def rank_of(values: np.ndarray, truth: int) -> float:
    """Return the rank of one entry when high is good; ties share their mean rank."""
    return (
        1 + float((values > values[truth]).sum()) + float((values == values[truth]).sum() - 1) / 2
    )


@dataclass(frozen=True)
class Result:
    """What one case gave.

    Parameters
    ----------
    ranks : mapping of method to rank of the truth; infinite when it is absent
    size : int
        Formulas in the list.
    seconds : float
        For the list that a user gets.
    first_probability, none_probability : float
    first_is_right : bool
    """

    ranks: dict[str, float]
    size: int
    seconds: float
    first_probability: float
    none_probability: float
    first_is_right: bool


def measure(case: Case, ppm: float, known: Collection[str] = ()) -> Result:
    """Return the rank of the truth by each method, and what the ranking says about itself."""
    start = time.perf_counter()
    ranking = rank_formulas(case.spectrum, (case.adduct,), ppm, FRAGMENT_PPM, known=known)
    seconds = time.perf_counter() - start
    ranks, size = ranks_of(case, ppm, known)
    first = ranking.formulas[0] if ranking.formulas else None
    return Result(
        ranks,
        size,
        seconds,
        first.probability if first else 0.0,
        ranking.none_probability,
        first is not None and first.formula == case.formula,
    )


def ranks_of(case: Case, ppm: float, known: Collection[str]) -> tuple[dict[str, float], int]:
    """Return the rank of the truth by each method, and the length of the list."""
    spectrum, mz = case.spectrum, case.spectrum.precursor_mz
    absent = dict.fromkeys(METHODS, np.inf)
    found = formula_candidates(mz, case.adduct, ppm, known=known)
    if found is None or not len(found.counts):
        return absent, 0
    true = np.array(case.formula.counts)[list(found.table.columns)]
    match = np.flatnonzero((found.counts == true).all(axis=1))
    if not match.size or true.sum() != sum(case.formula.counts):
        return absent, len(found.counts)
    parts = peak_parts(
        spectrum, mz, case.adduct.charge, found.table, found.ions, found.columns, FRAGMENT_PPM
    )
    calibration = Calibration(0.0, SIGMA_SHARE * FRAGMENT_PPM)
    best = evidence(parts, found.ions, calibration, {}).best
    explained = (parts.intensity[:, None] * (best >= 0)).sum(axis=0).round(9)
    scores = score_candidates(spectrum, mz, found, FRAGMENT_PPM).score
    values = (scores, found.prior, explained, -np.abs(found.error_ppm))
    ranks = [rank_of(value, int(match[0])) for value in values]
    return dict(zip(METHODS, ranks, strict=True)), len(found.counts)


METHODS = ("msgui", "prior alone", "explained intensity", "nearest mass")
BOOTSTRAPS = 2000


def interval(hits: np.ndarray) -> str:
    """Return the 95 % interval of a share, in percent, by resampling the molecules."""
    random = np.random.default_rng(0)
    shares = random.choice(hits, (BOOTSTRAPS, len(hits))).mean(axis=1)
    low, high = np.percentile(100 * shares, (2.5, 97.5))
    return f"{low:.1f}-{high:.1f}"


def report(title: str, results: list[Result], methods: Sequence[str] = METHODS) -> None:
    """Print top-1, top-5 and top-10 of each method with 95 % intervals."""
    print(f"\n{title} (n = {len(results)})")
    for method in methods:
        values = np.array([result.ranks[method] for result in results])
        cells = []
        for k in (1, 5, 10):
            hits = values <= k
            cells.append(f"top-{k} {100 * hits.mean():5.1f} % ({interval(hits)})")
        print(f"  {method:20} {'  '.join(cells)}")


def calibration_report(title: str, results: list[Result]) -> None:
    """Print the reliability table of the first formula and the calibration error."""
    said = np.array([result.first_probability for result in results])
    right = np.array([result.first_is_right for result in results])
    order = np.argsort(said, kind="stable")
    bins = np.array_split(order, min(15, max(1, len(order) // 20)))
    error = sum(len(b) * abs(said[b].mean() - right[b].mean()) for b in bins) / len(order)
    print(f"\n{title}: probability of the first formula, {len(bins)} bins of equal size")
    print("    said  right    n")
    for chosen in bins:
        bar = "#" * round(40 * right[chosen].mean())
        print(
            f"  {100 * said[chosen].mean():5.1f}  {100 * right[chosen].mean():5.1f} "
            f"{len(chosen):4d}  {bar}"
        )
    print(f"  expected calibration error {100 * error:.1f} %")


def absent_report(sample: list[Case], results: list[Result], ppm: float) -> None:
    """Print what is said where no formula of the list is right: the precursor is off."""
    random = np.random.default_rng(0)
    off = []
    for case in sample[:300]:
        shift = random.choice([-1, 1]) * random.uniform(2.5, 8.0) * ppm * 1e-6
        mz = case.spectrum.precursor_mz * (1 + shift)
        moved = replace(case, spectrum=case.spectrum.with_(precursor_mz=mz))
        off.append(measure(moved, ppm))
    wrong = np.array([result.none_probability for result in off])
    fine = np.array([result.none_probability for result in results])
    auc = (wrong[:, None] > fine[None]).mean() + 0.5 * (wrong[:, None] == fine[None]).mean()
    print(f"\nnone of these: right lists against {len(off)} with a precursor outside the tolerance")
    print(
        f"  said above one half: {100 * np.mean(wrong > 0.5):.1f} % of wrong, "
        f"{100 * np.mean(fine > 0.5):.1f} % of right lists; AUC {auc:.3f}"
    )
    first = np.array([result.first_probability for result in off])
    print(
        f"  probability of the first formula: median {100 * np.median(first):.0f} % of wrong, "
        f"{100 * np.median([r.first_probability for r in results]):.0f} % of right lists"
    )


def adduct_report(sample: list[Case], ppm: float) -> None:
    """Print how often formula and adduct are found together where nobody states the adduct."""
    usual = {polarity: likely_adducts(polarity) for polarity in ("positive", "negative")}
    chosen = [case for case in sample if case.adduct in usual[case.adduct.polarity]][:400]
    places, simple, right_adduct, seconds, processor = [], [], [], [], []
    for case in chosen:
        start, used = time.perf_counter(), time.process_time()
        ranking = rank_formulas(case.spectrum, usual[case.adduct.polarity], ppm, FRAGMENT_PPM)
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
        pairs = [(entry.formula, entry.adduct) for entry in ranking.formulas]
        truth = (case.formula, case.adduct)
        places.append(pairs.index(truth) + 1 if truth in pairs else np.inf)
        right_adduct.append(bool(pairs) and pairs[0][1] == case.adduct)
        assumed = usual[case.adduct.polarity][:1]
        alone = rank_formulas(case.spectrum, assumed, ppm, FRAGMENT_PPM).formulas
        pairs = [(entry.formula, entry.adduct) for entry in alone]
        simple.append(pairs.index(truth) + 1 if truth in pairs else np.inf)
    values = np.array(places)
    protonated = np.mean([case.adduct.name in ("[M+H]+", "[M-H]-") for case in chosen])
    print(f"\nadduct not given, the usual ones of the polarity tried (n = {len(chosen)})")
    for k in (1, 5, 10):
        hits, of_simple = values <= k, np.array(simple) <= k
        print(
            f"  formula and adduct top-{k:<2} {100 * hits.mean():5.1f} % ({interval(hits)})"
            f"  assuming [M+H]+ or [M-H]- {100 * of_simple.mean():5.1f} % ({interval(of_simple)})"
        )
    print(
        f"  adduct of the first right {100 * np.mean(right_adduct):.1f} %"
        f" ([M+H]+ or [M-H]- is right in {100 * protonated:.1f} %)"
    )
    print(
        f"  seconds a list: median {np.median(seconds):.3f}, 95 % {np.percentile(seconds, 95):.3f}"
        f" (of the processor: {np.median(processor):.3f}, {np.percentile(processor, 95):.3f})"
    )


def known_formulas(store: StructureStore | None, case: Case, ppm: float) -> set[str]:
    """Return formulas of structures of about the mass, as the program asks its store for them."""
    if store is None:
        return set()
    mass = case.adduct.neutral_mass(case.spectrum.precursor_mz)
    return {structure.formula for structure in store.by_mass(mass, ppm)}


def other_laboratories_report(folder: Path, ppm: float, store: StructureStore | None) -> None:
    """Print how the standards of other laboratories are ranked."""
    sample = list(other_laboratories(folder))
    for name in dict.fromkeys(case.source for case in sample):
        chosen = [case for case in sample if case.source == name]
        blind = [measure(case, ppm) for case in chosen]
        report(f"{name}, another laboratory, {ppm:g} ppm, no store", blind)
        if store is not None:
            known = [measure(case, ppm, known_formulas(store, case, ppm)) for case in chosen]
            held = np.mean([str(c.formula) in known_formulas(store, c, ppm) for c in chosen])
            report(
                f"{name} with a store that holds {100 * held:.0f} % of the formulas",
                known,
                METHODS[:2],
            )
    calibration_report("other laboratories", [measure(case, ppm) for case in sample])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ppm", type=float, default=5.0)
    parser.add_argument("--lightest", type=float, default=50.0)
    parser.add_argument("--heaviest", type=float, default=600.0)
    parser.add_argument("--store", type=Path, help="candidate store whose formulas are likelier")
    options = parser.parse_args()
    masses = (options.lightest, options.heaviest)
    sample = list(cases(options.folder, options.spectra, options.seed, options.ppm, masses, False))
    start = time.perf_counter()
    rank_formulas(sample[0].spectrum, (sample[0].adduct,), options.ppm, FRAGMENT_PPM)
    warm_up = time.perf_counter() - start
    results = [measure(case, options.ppm) for case in sample]
    truth = np.array([np.isfinite(result.ranks["msgui"]) for result in results])
    sizes = np.array([result.size for result in results])
    seconds = np.array([result.seconds for result in results])
    print(
        f"MassBank, {len(sample)} molecules of {masses[0]:g} to {masses[1]:g} Da, one spectrum"
        f" each, seed {options.seed}; {options.ppm:g} ppm, adduct given, no MS1;"
        " formulas not fitted on; intervals: 95 %, bootstrap over molecules"
    )
    print(f"truth in the list: {100 * truth.mean():.1f} % ({interval(truth)})")
    print(f"formulas in the list: median {np.median(sizes):.0f}, most {sizes.max()}")
    print(
        f"seconds a list: median {np.median(seconds):.3f}, 95 % {np.percentile(seconds, 95):.3f},"
        f" most {seconds.max():.3f} (the first, with compiling or loading: {warm_up:.1f})"
    )
    report("all", results)
    report("with 20 formulas or more in the list", [r for r in results if r.size >= 20])
    for title, wanted in (("recalibrated (only annotated peaks left)", True), ("other", False)):
        chosen = [r for r, c in zip(results, sample, strict=True) if c.recalibrated == wanted]
        report(f"{title} records", chosen)
    calibration_report("MassBank", results)
    absent_report(sample, results, options.ppm)
    adduct_report(sample, options.ppm)
    store = StructureStore.open(options.store) if options.store else None
    other_laboratories_report(options.folder, options.ppm, store)


if __name__ == "__main__":
    main()
