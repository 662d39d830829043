"""Which formula a precursor has: candidates from its mass, ranked by prior and peaks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.chemistry.formula_candidates import (
    FormulaCandidates,
    check_tolerance,
    formula_candidates,
)
from msgui.chemistry.formula_evidence import (
    SIGMA_SHARE,
    Calibration,
    calibrate,
    chance_terms,
    evidence,
)
from msgui.chemistry.isotope_pattern import compare_isotopes
from msgui.chemistry.peak_parts import peak_parts
from msgui.chemistry.subformulas import formula_coverage
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]

# Log-odds for each unit of overlap with the MS1 isotope pattern: a chlorine that is not there costs
# a quarter of the overlap, and should be as good as ruled out. Chosen, not fitted: the records that
# the other weights were fitted on have no MS1.
PATTERN_WEIGHT: Final = 40.0
# Formulas whose pattern is computed; those behind them are too far behind for a pattern to help.
MOST_WITH_PATTERN: Final = 500


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


@dataclass(frozen=True)
class FormulaRanking:
    """Possible formulas of a precursor.

    Parameters
    ----------
    formulas : tuple of RankedFormula
        Best first.
    none_probability : float
        That none of all formulas that were tried is the right one; NaN when none was tried.
    """

    formulas: tuple[RankedFormula, ...] = ()
    none_probability: float = float("nan")


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
) -> FormulaRanking:
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
    FormulaRanking
        Empty without a precursor m/z or when no adduct leaves a mass between 0 and 2000 Da.

    Raises
    ------
    MsguiError
        When a tolerance is none, an element is unknown, or there are too many combinations.
    """
    check_tolerance(tolerance_ppm)
    check_tolerance(fragment_ppm)
    precursor_mz = spectrum.precursor_mz
    if precursor_mz is None or not precursor_mz > 0:
        return FormulaRanking()
    scored = []
    for adduct in dict.fromkeys(adducts):
        candidates = formula_candidates(precursor_mz, adduct, tolerance_ppm, bounds, known)
        if candidates is not None and len(candidates.counts):
            scored.append(
                (candidates, candidate_scores(spectrum, precursor_mz, candidates, fragment_ppm))
            )
    if not scored:
        return FormulaRanking()
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
        ranked = _by_pattern(ranked, precursor_mz, ms1, tolerance_ppm)
    shown = tuple(_with_coverage(entry, spectrum, fragment_ppm) for entry in ranked[:limit])
    return FormulaRanking(shown)


def _by_pattern(
    ranked: list[RankedFormula], precursor_mz: float, ms1: Spectrum, tolerance_ppm: float
) -> list[RankedFormula]:
    """Return the list ordered anew with what the isotope pattern says."""
    rescored = []
    for entry in ranked:
        found = compare_isotopes(entry.formula, entry.adduct, precursor_mz, ms1, tolerance_ppm)
        # Without the precursor's own peak the scan says nothing about any of them.
        if found is None:
            return ranked
        score = entry.score + PATTERN_WEIGHT * (found.score - 1.0)
        rescored.append(replace(entry, isotope_score=found.score, score=score))
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
