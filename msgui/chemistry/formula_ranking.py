"""Which formula a precursor has: candidates from its mass, ranked by prior and peaks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.composition_table import CompositionTable, composition_table
from msgui.chemistry.formula import ELEMENTS, MASSES, VALENCES, Formula
from msgui.chemistry.formula_evidence import (
    SIGMA_SHARE,
    Calibration,
    calibrate,
    chance_terms,
    evidence,
)
from msgui.chemistry.formula_terms import composition, log_prior
from msgui.chemistry.isotopes import isotope_pattern, isotope_score
from msgui.chemistry.peak_parts import peak_parts
from msgui.chemistry.subformulas import formula_coverage
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int16]

# Above this mass formulas within any tolerance are counted in millions.
HEAVIEST_DA: Final = 2000.0
# A shortlist by prior: beyond it a formula has never been the right one in 2,000 tests.
MOST_CANDIDATES: Final = 6000
# The tolerance is taken for three standard deviations of the precursor's error.
_PRECURSOR_SIGMAS = 3.0

# Log of how much rarer an adduct is than [M+H]+ or [M-H]-; half of that in MassBank, whose
# contributors choose protonated ions more often than a run has them.
ADDUCT_WEIGHTS: Final[Mapping[str, float]] = {
    "[M+H]+": 0.0,
    "[M-H]-": 0.0,
    "[M+Na]+": -2.0,
    "[M+NH4]+": -2.5,
    "[M-H2O+H]+": -2.5,
    "[M]+": -2.5,
    "[M+FA-H]-": -2.0,
    "[M+HAc-H]-": -2.0,
    "[M+Cl]-": -3.0,
    "[M-H2O-H]-": -3.0,
    "[M+K]+": -3.5,
    "[M+2H]2+": -3.5,
}
# Log-odds for each unit of overlap with the MS1 isotope pattern: a chlorine that is not there costs
# a quarter of the overlap, and should be as good as ruled out. Chosen, not fitted: the records that
# the other weights were fitted on have no MS1.
PATTERN_WEIGHT: Final = 40.0
# Merged isotopologues (13C with 15N and 33S) lie some ppm apart.
LEAST_MS1_PPM: Final = 10.0
# Formulas whose pattern is computed; those behind them are too far behind for a pattern to help.
MOST_WITH_PATTERN: Final = 500
RARE_ADDUCT_WEIGHT: Final = -4.0

# What it speaks for a formula that a known structure has it. The right formula stood first among
# 250 standards of another laboratory in 82 % without, 88 % with it, among 57 pesticides in 28 % and
# 42 %, though the store held only 25 of these; a higher one gains little and hides the unknown.
KNOWN_FORMULA_WEIGHT: Final = 4.0


@dataclass(frozen=True, slots=True)
class RankedFormula:
    """A possible formula of the precursor.

    Parameters
    ----------
    formula : Formula
        Of the neutral molecule.
    adduct : Adduct
    error_ppm : float
        Of the precursor: (measured - computed) / computed * 1e6.
    explained_peaks : int
    explained_intensity : float
        Share of the intensity of the peaks that count, 0 to 1.
    isotope_score : float or None
        0 to 1; None without MS1.
    score : float
        Log-odds up to a constant: comparable within one spectrum only.
    probability : float
        Share of this formula among all that were tried, by the score; the fit of the score makes
        it honest where the right formula is among them.
    """

    formula: Formula
    adduct: Adduct
    error_ppm: float
    explained_peaks: int
    explained_intensity: float
    isotope_score: float | None
    score: float
    probability: float = 0.0


@dataclass(frozen=True, eq=False)
class FormulaCandidates:
    """Formulas of one adduct that fit a precursor.

    Parameters
    ----------
    adduct : Adduct
    table : CompositionTable
    counts : int16 array, shape (n, len(table.columns))
        Neutral molecules.
    columns : tuple of int
        Those of the table, then elements that only the adduct brings.
    ions : int16 array, shape (n, len(columns))
    error_ppm : float64 array, shape (n,)
    prior : float64 array, shape (n,)
        Log prior, adduct and precursor error included.
    """

    adduct: Adduct
    table: CompositionTable
    counts: Counts
    columns: tuple[int, ...]
    ions: Counts
    error_ppm: FloatArray
    prior: FloatArray


def formula_candidates(
    precursor_mz: float,
    adduct: Adduct,
    tolerance_ppm: float,
    bounds: Mapping[str, tuple[int, int]] | None = None,
    known: Collection[str] = (),
) -> FormulaCandidates | None:
    """Return the formulas of one adduct within tolerance, or None when there can be none.

    Molecules have whole double-bond equivalents. Where the adduct makes a radical ion of such a
    molecule ([M]+), half-integers are tried too: the molecule may be a cation already.
    """
    mass = adduct.neutral_mass(precursor_mz)
    if not 0 < mass <= HEAVIEST_DA:
        return None
    tolerance = precursor_mz * tolerance_ppm * 1e-6 * abs(adduct.charge) / adduct.molecules
    table = composition_table(mass + tolerance, bounds)
    counts = table.search(mass, tolerance)
    numbers = composition(counts, table.columns)
    possible = numbers.heavy > 0
    if not _makes_radicals(adduct):
        possible &= numbers.rdbe % 1 == 0
    counts = counts[possible]
    change = np.array((adduct.gained - adduct.lost).counts)
    brought = tuple(int(i) for i in np.flatnonzero(change) if i not in table.columns)
    columns = (*table.columns, *brought)
    wide = np.column_stack([counts, np.zeros((len(counts), len(brought)), dtype=np.int16)])
    ions = (wide * adduct.molecules + change[list(columns)]).astype(np.int16)
    counts, ions = counts[(ions >= 0).all(axis=1)], ions[(ions >= 0).all(axis=1)]
    computed = (
        adduct.molecules * (counts @ MASSES[list(table.columns)]) + adduct.mass_shift
    ) / abs(adduct.charge)
    error_ppm = (precursor_mz - computed) / computed * 1e6
    prior = log_prior(composition(counts, table.columns))
    prior += ADDUCT_WEIGHTS.get(adduct.name, RARE_ADDUCT_WEIGHT)
    prior -= 0.5 * (error_ppm / tolerance_ppm * _PRECURSOR_SIGMAS) ** 2
    prior += KNOWN_FORMULA_WEIGHT * _is_known(counts, table, known)
    best = np.argsort(-prior, kind="stable")[:MOST_CANDIDATES]
    return FormulaCandidates(
        adduct, table, counts[best], columns, ions[best], error_ppm[best], prior[best]
    )


def _is_known(
    counts: Counts, table: CompositionTable, known: Collection[str]
) -> npt.NDArray[np.bool_]:
    """Return which compositions are those of known formulas, shape (n,)."""
    columns = list(table.columns)
    rows = {tuple(Formula.parse(text).counts[i] for i in columns) for text in known}
    return np.array([tuple(row) in rows for row in counts.tolist()], dtype=bool)


def _makes_radicals(adduct: Adduct) -> bool:
    """Does a closed-shell molecule give an ion with an odd number of electrons."""
    change = (adduct.gained - adduct.lost).counts
    valences = sum(n * valence for n, valence in zip(change, VALENCES, strict=True))
    return (valences + adduct.charge) % 2 != 0


def rank_formulas(
    spectrum: Spectrum,
    adducts: Sequence[Adduct],
    tolerance_ppm: float,
    fragment_ppm: float,
    limit: int = 100,
    *,
    bounds: Mapping[str, tuple[int, int]] | None = None,
    known: Collection[str] = (),
    ms1: Spectrum | None = None,
) -> list[RankedFormula]:
    """Return the likeliest formulas of the precursor, best first.

    Formulas of C H N O P S F Cl Br I (and what ``bounds`` adds) within tolerance are scored by a
    prior (how molecules are usually composed), the precursor's error, and the peaks: how many
    and how much of them the formula can explain, with which errors, and through how plausible
    fragments. The errors' offset and spread are estimated from the spectrum itself.

    Parameters
    ----------
    spectrum : Spectrum
    adducts : sequence of Adduct
        All are tried; formula and adduct are ranked together.
    tolerance_ppm : float
        Of the precursor.
    fragment_ppm : float
        Of the peaks; never less than 1 mDa.
    limit : int
        Length of the list.
    bounds : mapping of element to (least, most), optional
        As in :func:`msgui.chemistry.decompose.decompose`.
    known : collection of str
        Formulas (Hill order) of known structures of about this mass; they are likelier.
    ms1 : Spectrum, optional
        The scan that the precursor was chosen from: its isotope pattern then counts too.

    Returns
    -------
    list of RankedFormula
        Empty without a precursor m/z or when no adduct leaves a mass between 0 and 2000 Da.

    Raises
    ------
    MsguiError
        When an element is unknown or there are too many combinations.
    """
    precursor_mz = spectrum.precursor_mz
    if precursor_mz is None or not precursor_mz > 0:
        return []
    scored = []
    for adduct in dict.fromkeys(adducts):
        candidates = formula_candidates(precursor_mz, adduct, tolerance_ppm, bounds, known)
        if candidates is not None and len(candidates.counts):
            scored.append(
                (candidates, candidate_scores(spectrum, precursor_mz, candidates, fragment_ppm))
            )
    if not scored:
        return []
    total = np.concatenate([score for _, score in scored])
    probability = np.exp(total - total.max())
    probability /= probability.sum()
    owner = np.repeat(np.arange(len(scored)), [len(score) for _, score in scored])
    place = np.concatenate([np.arange(len(score)) for _, score in scored])
    order = np.lexsort((place, owner, -total))
    ranked = [
        _ranked(scored[owner[row]][0], int(place[row]), float(total[row]), float(probability[row]))
        for row in order[: limit if ms1 is None else max(limit, MOST_WITH_PATTERN)]
    ]
    if ms1 is not None:
        ranked = _by_pattern(ranked, ms1, tolerance_ppm)
    return [_with_coverage(entry, spectrum, fragment_ppm) for entry in ranked[:limit]]


def _by_pattern(
    ranked: list[RankedFormula], ms1: Spectrum, tolerance_ppm: float
) -> list[RankedFormula]:
    """Return the list ordered anew with what the isotope pattern says."""
    rescored = []
    for entry in ranked:
        charge = entry.adduct.charge
        pattern = isotope_pattern(entry.adduct.ion_formula(entry.formula), charge)
        reach = max(tolerance_ppm, LEAST_MS1_PPM)
        agreement = isotope_score(pattern, charge, ms1.mz, ms1.intensity, reach)
        if agreement is not None:
            score = entry.score + PATTERN_WEIGHT * (agreement - 1.0)
            entry = replace(entry, isotope_score=agreement, score=score)
        rescored.append(entry)
    rescored.sort(key=lambda entry: -entry.score)
    weights = np.exp(np.array([entry.score for entry in rescored]) - rescored[0].score)
    covered = sum(entry.probability for entry in rescored)
    return [
        replace(entry, probability=float(share))
        for entry, share in zip(rescored, covered * weights / weights.sum(), strict=True)
    ]


def candidate_scores(
    spectrum: Spectrum, precursor_mz: float, candidates: FormulaCandidates, fragment_ppm: float
) -> FloatArray:
    """Return the score of each candidate: prior and evidence, shape (n,)."""
    peaks = peak_parts(
        spectrum,
        precursor_mz,
        candidates.adduct.charge,
        candidates.table,
        candidates.ions,
        candidates.columns,
        fragment_ppm,
    )
    if not peaks.intensity.size:
        return candidates.prior
    calibration = Calibration(0.0, SIGMA_SHARE * fragment_ppm)
    chance = chance_terms(peaks, candidates.ions)
    first = evidence(peaks, candidates.ions, calibration, chance)
    score = candidates.prior + first.score
    probability = np.exp(score - score.max())
    calibration = calibrate(first, probability / probability.sum(), fragment_ppm)
    return candidates.prior + evidence(peaks, candidates.ions, calibration, chance).score


def _ranked(
    candidates: FormulaCandidates, place: int, score: float, probability: float
) -> RankedFormula:
    counts = np.zeros(len(ELEMENTS), dtype=np.int64)
    counts[list(candidates.table.columns)] = candidates.counts[place]
    return RankedFormula(
        formula=Formula.from_counts(counts),
        adduct=candidates.adduct,
        error_ppm=float(candidates.error_ppm[place]),
        explained_peaks=0,
        explained_intensity=0.0,
        isotope_score=None,
        score=score,
        probability=probability,
    )


def _with_coverage(ranked: RankedFormula, spectrum: Spectrum, fragment_ppm: float) -> RankedFormula:
    ion = ranked.adduct.ion_formula(ranked.formula)
    coverage = formula_coverage(spectrum, ion, ranked.adduct, fragment_ppm)
    return replace(
        ranked,
        explained_peaks=coverage.explained_peaks,
        explained_intensity=coverage.explained_intensity,
    )
