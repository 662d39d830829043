"""How well the formulas of peaks agree with annotated records, and how many shifted peaks get one.

Usage: python benchmarks/peak_formulas.py DATA_FOLDER [--spectra 2000] [--seed 1]

DATA_FOLDER holds massbank_ms2.parquet and spectra/GNPS-MSMLS.mgf. Records annotated by RMassBank,
precursor formula given, of molecules whose formula is outside the half that the weights were fitted
on. Beside msgui stands the nearest subformula within plain 10 ppm. Prints, in one run:

- agreement with the annotated formula by peaks, by intensity (all intensities summed, and each
  spectrum counted alike), and the share of shifted peaks that get a formula: peaks moved by .1 to
  .4 Da, once among the peaks of their own spectrum and once alone;
- the same for records moved by a random offset of 4 ppm, and for one record of each molecule;
- agreement by contributor, m/z and by the number of subformulas within 10 ppm;
- spectra of another laboratory that nobody recalibrated or cleaned (GNPS-MSMLS): the share of
  peaks and intensity with a formula beside that of shifted peaks;
- milliseconds a spectrum.

The records flatter: their noise is removed, most are recalibrated, and their contributors took the
nearest formula within up to 25 ppm themselves, so that of ambiguous peaks the nearest one is right
by definition, chemistry or not. How often that is an ion that cannot exist (more hydrogens than
valences, such as C2H17ClFO3+) stands in the table.
"""

import argparse
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np

from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.isotopes import SHIFTS
from msgui.chemistry.peak_candidates import PeakCandidates
from msgui.chemistry.peak_formulas import name_peaks
from msgui.chemistry.peak_rows import ISOTOPE
from msgui.chemistry.subformulas import annotate_peaks
from msgui.errors import MsguiError

TOLERANCE_PPM = 10.0
MOVED_PPM = 4.0
SHIFT_DA = (0.1, 0.4)
OTHER_ISOTOPE = "other"
# Rings and double bonds of NH4+ and H3O+: an ion with fewer has more hydrogens than valences.
LEAST_DOUBLE_BONDS = -0.5
MZ_LIMITS = (0, 60, 100, 150, 250, 400, 3000)


@dataclass(frozen=True)
class Annotated:
    """What a contributor says a peak is: atoms of the light form, and the heavy isotope in it."""

    formula: Formula
    isotope: str


@dataclass(frozen=True)
class Record:
    """An annotated spectrum."""

    molecule: str
    molecule_formula: str
    contributor: str
    mz: np.ndarray
    intensity: np.ndarray
    texts: tuple[str | None, ...]
    ion: Formula
    adduct: Adduct
    recalibrated: bool
    is_free: bool

    @cached_property
    def annotation(self) -> tuple[Annotated | None, ...]:
        """What each peak is said to be."""
        return tuple(readable(text) for text in self.texts)

    def moved(self, offset_ppm: float) -> "Record":
        """Return the record with all masses off by so much."""
        return replace(self, mz=self.mz * (1 + offset_ppm * 1e-6))

    def right_rows(self, candidates: PeakCandidates) -> np.ndarray:
        """Return which candidates are what the contributor says."""
        rows, columns = candidates.rows, list(candidates.columns)
        result = np.zeros(rows.peak.size, dtype=bool)
        for peak, said in enumerate(self.annotation):
            if said is None or said.isotope == OTHER_ISOTOPE:
                continue
            counts = np.array(said.formula.counts)
            if counts.sum() != counts[columns].sum():
                continue
            first, last = np.searchsorted(rows.peak, (peak, peak + 1))
            same = (rows.counts[first:last] == counts[columns]).all(axis=1)
            names = np.array(["", "", "", *(shift.isotope for shift in SHIFTS)])
            result[first:last] = same & (names[rows.kind[first:last]] == said.isotope)
        assert ISOTOPE == 3
        return result


def readable(text: str | None) -> Annotated | None:
    """Return an annotation such as C9[13]CH13O+ as light formula and isotope."""
    if not text:
        return None
    heavy = re.findall(r"\[(\d+)\]([A-Z][a-z]?)(\d*)", text)
    heavy = [part for part in heavy if part[:2] not in (("35", "Cl"), ("32", "S"), ("79", "Br"))]
    try:
        formula = Formula.parse(re.sub(r"\[\d+\]", "", text))
    except MsguiError:
        return None
    if not heavy:
        return Annotated(formula, "")
    is_one = len(heavy) == 1 and heavy[0][2] in ("", "1")
    name = "".join(heavy[0][:2])
    known = is_one and name in {shift.isotope for shift in SHIFTS}
    return Annotated(formula, name if known else OTHER_ISOTOPE)


def is_for_fitting(formula: str) -> bool:
    """Does this formula belong to the half that weights are fitted on."""
    return zlib.crc32(formula.encode()) % 2 == 0


def load(folder: Path, seed: int) -> list[Record]:
    """Return all annotated high-resolution spectra in an order fixed by the seed."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select inchikey14, formula, contributor, mz, intensity, ann_formula, adduct,
                   recalibrated, licence
            from read_parquet(?)
            where high_res and recalibrated and n_ann > 0 and adduct is not null
            order by hash(accession || ?), accession
            """,
            [str(folder / "massbank_ms2.parquet"), str(seed)],
        ).fetchall()
    records = []
    for key, text, contributor, mz, intensity, said, adduct_text, recalibrated, licence in rows:
        try:
            adduct, formula = parse_adduct(adduct_text), Formula.parse(text)
            ion = adduct.ion_formula(formula)
        except MsguiError:
            continue
        order = np.argsort(mz, kind="stable")
        records.append(
            Record(
                key,
                str(formula),
                contributor,
                np.asarray(mz)[order],
                np.asarray(intensity, dtype=np.float64)[order],
                tuple(said[place] for place in order),
                ion,
                adduct,
                bool(recalibrated),
                "NC" not in licence and "ND" not in licence,
            )
        )
    return records


def shifted(mz: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return masses at which nothing was measured."""
    return mz + random.uniform(*SHIFT_DA, mz.size) * random.choice([-1, 1], mz.size)


def with_shifted(record: Record, random: np.random.Generator) -> tuple[Record, np.ndarray]:
    """Return the record with every peak twice, the second time shifted, and which are shifted."""
    mz = np.concatenate([record.mz, shifted(record.mz, random)])
    order = np.argsort(mz, kind="stable")
    texts = (*record.texts, *(None for _ in record.texts))
    both = replace(
        record,
        mz=mz[order],
        intensity=np.tile(record.intensity, 2)[order],
        texts=tuple(texts[place] for place in order),
    )
    return both, order >= record.mz.size


Namer = Callable[[Record], list[tuple[Formula, str] | None]]


def by_msgui(record: Record) -> list[tuple[Formula, str] | None]:
    """Return light formula and isotope of each peak as msgui names them."""
    found = name_peaks(record.mz, record.intensity, record.ion, record.adduct, TOLERANCE_PPM)
    names: list[tuple[Formula, str] | None] = []
    for peak, row in enumerate(found.best.tolist()):
        best = found.all_of(peak, 0.0)[0] if row >= 0 else None
        if best is None:
            names.append(None)
        elif best.isotope:
            names.append((light_of(best.formula, best.isotope), best.isotope))
        else:
            names.append((best.formula, ""))
    return names


def light_of(formula: Formula, isotope: str) -> Formula:
    """Return a formula with the light isotope in place of the heavy one."""
    symbol = isotope.lstrip("0123456789")
    return formula - Formula.parse(f"[{isotope}]") + Formula.parse(symbol)


def by_nearest_mass(record: Record) -> list[tuple[Formula, str] | None]:
    """Return the nearest subformula of each peak within plain 10 ppm."""
    reach = record.mz * TOLERANCE_PPM * 1e-6
    found = annotate_peaks(record.mz, record.ion, record.adduct, TOLERANCE_PPM).matches
    return [
        (match[0].formula, "")
        if match and abs(match[0].error_ppm) * 1e-6 * record.mz[peak] <= reach[peak]
        else None
        for peak, match in enumerate(found)
    ]


METHODS: dict[str, Namer] = {"msgui": by_msgui, "nearest mass, 10 ppm": by_nearest_mass}


@dataclass(frozen=True)
class Results:
    """One entry for each annotated peak of a sample, and shares of shifted peaks with a name."""

    right: dict[str, np.ndarray]
    is_isotope: np.ndarray
    intensity: np.ndarray
    share: np.ndarray
    mz: np.ndarray
    choices: np.ndarray
    double_bonds: np.ndarray
    contributor: np.ndarray
    shifted_among: dict[str, float]
    shifted_alone: dict[str, float]


def measure(records: list[Record], seed: int) -> Results:
    """Return how the methods did on the records."""
    random = np.random.default_rng(seed)
    right: dict[str, list[bool]] = {name: [] for name in METHODS}
    named: dict[str, list[bool]] = {name: [] for name in METHODS}
    alone: dict[str, list[bool]] = {name: [] for name in METHODS}
    peaks = []
    for record in records:
        total = record.intensity.sum()
        kept = [peak for peak, said in enumerate(record.annotation) if said is not None]
        number = np.bincount(
            annotate_peaks(record.mz, record.ion, record.adduct, TOLERANCE_PPM).peak,
            minlength=record.mz.size,
        )
        for peak in kept:
            height = record.intensity[peak]
            said = record.annotation[peak]
            values = (bool(said.isotope), height, height / total, record.mz[peak], number[peak])
            peaks.append((*values, said.formula.rdbe, record.contributor))
        both, is_shifted = with_shifted(record, random)
        moved = replace(record, mz=np.sort(shifted(record.mz, random)))
        for name, method in METHODS.items():
            names = method(record)
            for peak in kept:
                said = record.annotation[peak]
                right[name].append(names[peak] == (said.formula, said.isotope))
            among = method(both)
            named[name] += [among[peak] is not None for peak in np.flatnonzero(is_shifted)]
            alone[name] += [entry is not None for entry in method(moved)]
    is_isotope, intensity, share, mz, choices, bonds, contributor = zip(*peaks, strict=True)
    return Results(
        {name: np.array(values) for name, values in right.items()},
        np.array(is_isotope),
        np.array(intensity),
        np.array(share),
        np.array(mz),
        np.array(choices),
        np.array(bonds),
        np.array(contributor),
        {name: float(np.mean(values)) for name, values in named.items()},
        {name: float(np.mean(values)) for name, values in alone.items()},
    )


def report(title: str, found: Results) -> None:
    """Print one table."""
    print(
        f"\n{title}; {found.mz.size:,} annotated peaks, {int(found.is_isotope.sum()):,} of them"
        " isotopes"
    )
    print(
        "                        peaks   without isotopes   intensity   each spectrum alike"
        "   shifted peaks named (among others, alone)"
    )
    for name, right in found.right.items():
        by_intensity = found.intensity[right].sum() / found.intensity.sum()
        alike = found.share[right].sum() / found.share.sum()
        print(
            f"  {name:20} {100 * right.mean():6.1f} % {100 * right[~found.is_isotope].mean():13.1f}"
            f" % {100 * by_intensity:12.1f} % {100 * alike:13.1f} %"
            f" {100 * found.shifted_among[name]:14.2f} % {100 * found.shifted_alone[name]:8.2f} %"
        )
    possible = found.double_bonds >= LEAST_DOUBLE_BONDS
    rates = (f"{name} {100 * right[possible].mean():.1f} %" for name, right in found.right.items())
    print(f"  without {int((~possible).sum())} annotations that are impossible ions: ", end="")
    print("; ".join(rates))


def report_parts(found: Results) -> None:
    """Print where the methods are right."""
    parts = [
        (f"m/z {low} to {high}", (found.mz >= low) & (found.mz < high))
        for low, high in pairwise(MZ_LIMITS)
    ]
    parts += [
        ("no subformula within 10 ppm", found.choices == 0),
        ("one", found.choices == 1),
        ("two or three", (found.choices >= 2) & (found.choices <= 3)),
        ("four or more", found.choices >= 4),
        ("isotope peaks", found.is_isotope),
        ("said to be an impossible ion", found.double_bonds < LEAST_DOUBLE_BONDS),
    ]
    names = sorted(set(found.contributor))
    parts += [(name, found.contributor == name) for name in names]
    print(f"\n  {'share of peaks that agree':30}    peaks" + "".join(f"{n:>22}" for n in METHODS))
    for title, chosen in parts:
        if chosen.any():
            values = "".join(f"{100 * found.right[n][chosen].mean():20.1f} %" for n in METHODS)
            print(f"  {title:30} {int(chosen.sum()):8,} {values}")


def other_laboratory(folder: Path, seed: int, count: int) -> None:
    """Print what is named in spectra that nobody cleaned, beside shifted peaks."""
    from msgui.spectra.readers import read

    random = np.random.default_rng(seed)
    records = []
    for spectrum in read(folder / "spectra" / "GNPS-MSMLS.mgf"):
        record = gnps_record(spectrum)
        if record is not None:
            records.append(record)
    records = [records[place] for place in random.permutation(len(records))[:count]]
    print(
        f"\nGNPS-MSMLS, {len(records)} spectra of standards from another laboratory, not cleaned"
        " and not recalibrated (peaks >= 1 %)"
    )
    print(
        "                       with a formula: peaks   intensity   shifted peaks   their intensity"
    )
    for name, method in METHODS.items():
        sums = np.zeros(6)
        for record in records:
            both, is_shifted = with_shifted(record, np.random.default_rng(seed))
            relative = both.intensity / record.intensity.sum()
            named = np.array([entry is not None for entry in method(both)])
            for place, which in ((0, ~is_shifted), (3, is_shifted)):
                sums[place : place + 3] += (
                    (named & which).sum(),
                    which.sum(),
                    relative[named & which].sum() / len(records),
                )
        print(
            f"  {name:20} {100 * sums[0] / sums[1]:20.1f} % {100 * sums[2]:10.1f} %"
            f" {100 * sums[3] / sums[4]:12.2f} % {100 * sums[5]:12.2f} %"
        )


def gnps_record(spectrum: object) -> Record | None:
    """Return a spectrum with its structure's formula as a record; None when it does not fit."""
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    try:
        adduct = parse_adduct(spectrum.adduct or "")
        molecule = Chem.MolFromSmiles(spectrum.smiles or "")
        formula = Formula.parse(CalcMolFormula(molecule)) if molecule else None
        ion = adduct.ion_formula(formula) if formula else None
    except MsguiError:
        return None
    if ion is None:
        return None
    if spectrum.precursor_mz is None:
        return None
    if abs(spectrum.precursor_mz / adduct.mz(formula.mass) - 1) > 20e-6:
        return None
    strong = (spectrum.relative_intensity >= 0.01) & (spectrum.mz < spectrum.precursor_mz + 0.5)
    mz, intensity = spectrum.mz[strong], spectrum.intensity[strong]
    if not mz.size:
        return None
    return Record(
        "", str(formula), "GNPS", mz, intensity, (None,) * mz.size, ion, adduct, False, True
    )


def speed(records: list[Record]) -> None:
    """Print milliseconds a spectrum."""
    name_peaks(records[0].mz, records[0].intensity, records[0].ion, records[0].adduct, 10.0)
    seconds = []
    for record in records:
        start = time.perf_counter()
        name_peaks(record.mz, record.intensity, record.ion, record.adduct, TOLERANCE_PPM)
        seconds.append(time.perf_counter() - start)
    print(
        f"\n{len(records)} spectra, median {np.median([r.mz.size for r in records]):.0f} peaks:"
        f" median {1e3 * np.median(seconds):.1f} ms a spectrum, 95 % below"
        f" {1e3 * np.percentile(seconds, 95):.1f} ms"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    records = [
        r for r in load(options.folder, options.seed) if not is_for_fitting(r.molecule_formula)
    ]
    chosen = records[: options.spectra]
    molecules = len({record.molecule for record in chosen})
    title = f"{len(chosen)} RMassBank records of {molecules} molecules, seed {options.seed}"
    found = measure(chosen, options.seed)
    report(title, found)
    report_parts(found)
    random = np.random.default_rng(options.seed)
    moved = [record.moved(float(random.normal(0, MOVED_PPM))) for record in chosen[:700]]
    report(
        f"the first 700 of them, each moved by a normal offset of {MOVED_PPM:g} ppm",
        measure(moved, options.seed),
    )
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record.molecule, record)
    each = list(first.values())[: options.spectra]
    report(f"one record of each of {len(each)} molecules", measure(each, options.seed))
    other_laboratory(options.folder, options.seed, 1000)
    speed(chosen[:500])


if __name__ == "__main__":
    main()
