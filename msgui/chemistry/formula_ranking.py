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
    FINAL_WEIGHTS,
    FIRST_WEIGHTS,
    SIGMA_SHARE,
    Calibration,
    calibrate,
    chance_terms,
    evidence,
    explained_peaks,
)
from msgui.chemistry.fragment_model import fragment_model
from msgui.chemistry.isotope_pattern import compare_isotopes
from msgui.chemistry.peak_parts import peak_parts
from msgui.chemistry.subformulas import formula_coverage
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]

# Log-odds for each unit of overlap with the MS1 isotope pattern: a chlorine that is not there costs
# a quarter of the overlap. The records that the other weights were fitted on have no MS1; with
# computed patterns and an error of a tenth of each peak, 40 to 80 ranked alike, 10 and 120 worse.
PATTERN_WEIGHT: Final = 40.0
# How well the isotopes of a formula that was not tried agree with the best of those that were.
WRONG_AGREEMENT: Final = 0.96
# Fitted by benchmarks/fit_formula_probability.py on molecules that the score was not fitted on.
# Scores times this are log-probabilities; the others are for the terms of :func:`none_terms`.
TEMPERATURE: Final = 0.90
NONE_WEIGHTS: Final = np.array([-5.87, -0.33, 0.075, -0.097, -0.029, -0.154, 1.27, 0.21, 0.764])
# Formulas of each adduct whose explanations are judged one by one.
LOOKED_AT_CLOSELY: Final = 300
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
        That this is the formula; with those of all others that were tried and with
        ``FormulaRanking.none_probability`` it makes 1.
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
    peaks_known: Mapping[int, Formula] | None = None,
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
    peaks_known : mapping of int to Formula, optional
        Ion formulas of peaks (by index): no other explains these.

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
                score_candidates(spectrum, precursor_mz, candidates, fragment_ppm, peaks_known)
            )
    if not scored:
        return FormulaRanking(none_probability=1.0)
    total = np.concatenate([one.score for one in scored])
    owner = np.repeat(np.arange(len(scored)), [len(one.score) for one in scored])
    place = np.concatenate([np.arange(len(one.score)) for one in scored])
    order = np.lexsort((place, owner, -total))
    none = 1.0 / (1.0 + np.exp(-float(NONE_WEIGHTS @ none_terms(scored, tolerance_ppm))))
    probability = (1.0 - none) * _shares(TEMPERATURE * total)
    ranking = FormulaRanking(
        tuple(
            _ranked(
                scored[owner[row]].candidates,
                int(place[row]),
                float(total[row]),
                float(probability[row]),
            )
            for row in order[: limit if ms1 is None else max(limit, MOST_WITH_PATTERN)]
        ),
        none,
    )
    if ms1 is not None:
        ranking = _by_pattern(ranking, precursor_mz, ms1, tolerance_ppm)
    shown = (_with_coverage(entry, spectrum, fragment_ppm) for entry in ranking.formulas[:limit])
    return replace(ranking, formulas=tuple(shown))


def _by_pattern(
    ranking: FormulaRanking, precursor_mz: float, ms1: Spectrum, tolerance_ppm: float
) -> FormulaRanking:
    """Return the list ordered anew with what the isotope pattern says."""
    rescored = []
    for entry in ranking.formulas:
        found = compare_isotopes(entry.formula, entry.adduct, precursor_mz, ms1, tolerance_ppm)
        # Without the precursor's own peak the scan says nothing about any of them.
        if found is None:
            return ranking
        change = PATTERN_WEIGHT * (found.score - 1.0)
        rescored.append(
            replace(
                entry,
                isotope_score=found.score,
                score=entry.score + change,
                probability=entry.probability * np.exp(change),
            )
        )
    rescored.sort(key=lambda entry: -entry.score)
    none = ranking.none_probability * np.exp(PATTERN_WEIGHT * (WRONG_AGREEMENT - 1.0))
    total = none + sum(entry.probability for entry in rescored)
    covered = ranking.none_probability + sum(entry.probability for entry in ranking.formulas)
    share = covered / total if total > 0 else 0.0
    return FormulaRanking(
        tuple(replace(entry, probability=float(entry.probability * share)) for entry in rescored),
        float(none * share),
    )


@dataclass(frozen=True, eq=False)
class Scored:
    """Candidates of one adduct with what speaks for them; every array has shape (n,).

    Parameters
    ----------
    candidates : FormulaCandidates
    score : float64 array
        Log-odds up to a constant.
    explained : float64 array
        Share of the root intensity that is explained, 0 to 1; 0 without peaks.
    plausible : float64 array
        What the fragment model says about the explanations; 0 where it was not asked.
    gain : float64 array
        What the errors of the explained peaks say, mean over the root intensity.
    n_peaks : int
        Peaks that were looked at.
    """

    candidates: FormulaCandidates
    score: FloatArray
    explained: FloatArray
    plausible: FloatArray
    gain: FloatArray
    n_peaks: int


def score_candidates(
    spectrum: Spectrum,
    precursor_mz: float,
    candidates: FormulaCandidates,
    fragment_ppm: float,
    peaks_known: Mapping[int, Formula] | None = None,
) -> Scored:
    """Return the candidates scored by prior and evidence.

    All are scored by what they explain; the likeliest of them then by how plausible their
    explanations are.
    """
    peaks = peak_parts(
        spectrum,
        precursor_mz,
        candidates.adduct.charge,
        candidates.table,
        candidates.ions,
        candidates.columns,
        fragment_ppm,
        peaks_known or {},
    )
    nothing = np.zeros(len(candidates.counts))
    if not peaks.intensity.size:
        return Scored(candidates, candidates.prior, nothing, nothing, nothing, 0)
    calibration = Calibration(0.0, SIGMA_SHARE * fragment_ppm)
    chance = chance_terms(peaks, candidates.ions)
    first = evidence(peaks, candidates.ions, calibration, chance)
    prior = FIRST_WEIGHTS["prior"] * candidates.learned + candidates.known
    probability = _shares(prior + first.score(FIRST_WEIGHTS))
    calibration = calibrate(first, probability, fragment_ppm)
    second = evidence(peaks, candidates.ions, calibration, chance)
    rough = prior + second.score(FIRST_WEIGHTS)
    order = np.argsort(-rough, kind="stable")
    close, far = order[:LOOKED_AT_CLOSELY], order[LOOKED_AT_CLOSELY:]
    explained = explained_peaks(peaks, second, candidates.ions, close, calibration)
    score = FINAL_WEIGHTS["prior"] * candidates.learned + candidates.known
    score += second.score(FINAL_WEIGHTS)
    plausible = nothing.copy()
    plausible[close] = fragment_model().score(peaks, explained, close.size)
    score += plausible
    if far.size:
        score[far] = score[close].min() - 1.0 + rough[far] - rough[far].max()
    share = second.terms["explained share of root intensity"]
    gain = second.terms["error gain by root intensity"]
    return Scored(candidates, score, share, plausible, gain, peaks.intensity.size)


def none_terms(scored: Sequence[Scored], tolerance_ppm: float) -> FloatArray:
    """Return what says whether any candidate is right, shape (9,).

    A wrong list shows in its best entry: it is an odd molecule, lies far from the precursor's
    mass, leaves peaks unexplained, or explains them oddly, and others are as good.
    """
    best = max(scored, key=lambda one: float(one.score.max()))
    place = int(np.argmax(best.score))
    share = float(best.explained[place])
    total = np.concatenate([one.score for one in scored])
    return np.array(
        [
            1.0,
            share,
            np.log(max(1.0 - share, 0.01)),
            float(best.plausible[place]),
            float(best.gain[place]),
            float(best.candidates.learned[place]),
            (float(best.candidates.error_ppm[place]) / tolerance_ppm) ** 2,
            np.log1p(best.n_peaks),
            float(np.log(np.exp(total - total.max()).sum())),
        ]
    )


def _shares(score: FloatArray) -> FloatArray:
    weights = np.exp(score - score.max())
    shares: FloatArray = weights / weights.sum()
    return shares


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
