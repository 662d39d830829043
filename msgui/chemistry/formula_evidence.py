"""What the peaks of a spectrum say about formulas of its precursor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula_terms import composition
from msgui.chemistry.fragment_model import Explained
from msgui.chemistry.peak_parts import Counts, FloatArray, IntArray, Parts, PeakParts

# Before the peaks have told it, the mass error is taken to be normal with this share of the
# tolerance as standard deviation.
SIGMA_SHARE: Final = 0.3
# The spread of a spectrum is never taken to be less: even the best analysers scatter so much.
LEAST_SIGMA_PPM: Final = 0.7
# How many peaks the assumed mass error weighs as much as.
_PRIOR_PEAKS = 3.0
_LARGEST_DEVIATION = 5.0
# An error far outside the spread says no more against a formula than this: the peak may be noise.
_LEAST_GAIN = -1.0

# Both fitted by benchmarks/fit_formula_score.py: the first to choose those that are looked at more
# closely, the final ones together with the fragment model. "prior" is the learned one.
FIRST_WEIGHTS: Final[Mapping[str, float]] = {
    "prior": 0.87,
    "explained peaks": 0.06,
    "explained share of peaks": 1.84,
    "explained share of root intensity": 2.80,
    "radical fragments": -0.61,
    "error gain of a peak": 1.03,
    "error gain by root intensity": 1.23,
    "peaks explained when shifted": -0.05,
    "ways to explain": -0.58,
}
FINAL_WEIGHTS: Final[Mapping[str, float]] = {
    "prior": 0.95,
    "explained peaks": 0.08,
    "explained share of peaks": 1.80,
    "explained share of root intensity": 2.76,
    "radical fragments": -0.72,
    "error gain of a peak": 0.96,
    "error gain by root intensity": 1.16,
    "peaks explained when shifted": -0.06,
    "ways to explain": -0.54,
}
EVIDENCE_TERMS: Final = tuple(name for name in FINAL_WEIGHTS if name != "prior")

# How implausible a part is as a fragment ion, in the unit of half a squared standard deviation:
# decides which of several parts within tolerance explains a peak.
_RADICAL, _NEGATIVE_RDBE, _HETERO_SHARE = 0.5, 1.0, 1.2
_HALOGEN, _EXCESS_UNSATURATION, _PHOSPHORUS_SULFUR = 0.3, 0.3, 0.4


@dataclass(frozen=True, eq=False)
class Calibration:
    """Offset and standard deviation of the mass error of a spectrum, in ppm."""

    offset_ppm: float
    sigma_ppm: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the peaks say about each candidate ion.

    Parameters
    ----------
    terms : mapping of str to float64 array, shape (n_ions,)
    best : int32 array, shape (n_peaks, n_ions)
        Row of ``parts`` that explains a peak, or -1.
    parts : Parts
        Those within tolerance, the likeliest of each peak first.
    intensity : float64 array, shape (n_peaks,)
    """

    terms: Mapping[str, FloatArray]
    best: npt.NDArray[np.int32]
    parts: Parts
    intensity: FloatArray

    def score(self, weights: Mapping[str, float]) -> FloatArray:
        """Return the weighted sum of the terms, shape (n_ions,)."""
        total = np.zeros(self.best.shape[1])
        for name in EVIDENCE_TERMS:
            total += weights[name] * self.terms[name]
        return total


def chance_terms(peaks: PeakParts, ions: Counts) -> dict[str, FloatArray]:
    """Return how much each ion explains by chance; independent of the calibration.

    ``ions`` has shape (n_ions, n_elements) with the columns of ``peaks``.
    """
    n_peaks = peaks.intensity.size
    shifted = [(_best(side, ions, n_peaks) >= 0).sum(axis=0) for side in (peaks.below, peaks.above)]
    return {
        "peaks explained when shifted": 0.5 * (shifted[0] + shifted[1]),
        # With more kinds and numbers of atoms more is explained, whatever the peaks are.
        "ways to explain": np.log1p(ions[:, 2:].astype(np.float64)).sum(axis=1),
    }


def evidence(
    peaks: PeakParts, ions: Counts, calibration: Calibration, chance: Mapping[str, FloatArray]
) -> Evidence:
    """Return what the peaks say about each ion, :func:`chance_terms` included."""
    parts = _plausible_first(peaks, calibration)
    best = _best(parts, ions, peaks.intensity.size)
    terms = {**_terms(peaks, parts, ions, best, calibration), **chance}
    return Evidence(terms, best, parts, peaks.intensity)


def _best(parts: Parts, ions: Counts, n_peaks: int) -> npt.NDArray[np.int32]:
    from msgui.chemistry.part_kernel import best_parts

    offset = np.searchsorted(parts.peak, np.arange(n_peaks + 1)).astype(np.int64)
    rarest_first = np.argsort(ions.mean(axis=0), kind="stable")
    alike = np.lexsort(ions[:, rarest_first[::-1]].T)
    found = best_parts(
        np.ascontiguousarray(ions[alike][:, rarest_first]),
        np.ascontiguousarray(parts.counts[:, rarest_first]),
        offset,
    )
    result = np.empty((n_peaks, len(ions)), dtype=np.int32)
    result[:, alike] = found
    return result


def _plausible_first(peaks: PeakParts, calibration: Calibration) -> Parts:
    """Return the parts with the likeliest of each peak first."""
    parts = peaks.parts
    n = composition(parts.counts, peaks.columns)
    deviation = (parts.error_ppm - calibration.offset_ppm) / calibration.sigma_ppm
    cost = (
        0.5 * np.minimum(deviation**2, _LARGEST_DEVIATION**2)
        + _RADICAL * (n.rdbe % 1 == 0)
        + _NEGATIVE_RDBE * (n.rdbe < 0)
        + _HETERO_SHARE * n.hetero_share
        + _HALOGEN * n.halogens
        + _EXCESS_UNSATURATION * n.excess_unsaturation
        + _PHOSPHORUS_SULFUR * (n.atoms["P"] + n.atoms["S"])
    )
    return parts.chosen(np.lexsort((cost, parts.peak)))


def _terms(
    peaks: PeakParts,
    parts: Parts,
    ions: Counts,
    best: npt.NDArray[np.int32],
    calibration: Calibration,
) -> dict[str, FloatArray]:
    number, share, radical, gain, root_gain = (np.zeros(len(ions)) for _ in range(5))
    root = np.sqrt(peaks.intensity)
    root_sum, n_peaks = max(float(root.sum()), 1e-12), max(best.shape[0], 1)
    # Of an error drawn by chance every value within tolerance is as likely; of a true one, small
    # values. The logarithm of the ratio is what an explained peak is worth.
    certain = _certainty(peaks, calibration)
    is_radical = composition(parts.counts, peaks.columns).rdbe % 1 == 0
    for peak, row in enumerate(best):
        explained = np.flatnonzero(row >= 0)
        part = row[explained]
        deviation = (parts.error_ppm[part] - calibration.offset_ppm) / calibration.sigma_ppm
        worth = np.maximum(certain[peak] - 0.5 * deviation**2, _LEAST_GAIN)
        number[explained] += 1
        share[explained] += root[peak]
        radical[explained] += root[peak] * is_radical[part]
        gain[explained] += worth
        root_gain[explained] += root[peak] * worth
    return {
        "explained peaks": number,
        "explained share of peaks": number / n_peaks,
        "explained share of root intensity": share / root_sum,
        "radical fragments": radical,
        "error gain of a peak": gain / n_peaks,
        "error gain by root intensity": root_gain / root_sum,
    }


def _certainty(peaks: PeakParts, calibration: Calibration) -> FloatArray:
    narrower: FloatArray = 2 * peaks.tolerance_ppm / (calibration.sigma_ppm * np.sqrt(2 * np.pi))
    return np.log(narrower)


def explained_peaks(
    peaks: PeakParts, found: Evidence, ions: Counts, chosen: IntArray, calibration: Calibration
) -> Explained:
    """Return the peaks that some of the ions explain, with part and loss of each.

    Parameters
    ----------
    peaks : PeakParts
    found : Evidence
        Of all ions.
    ions : int16 array, shape (n_ions, n_elements)
    chosen : int64 array, shape (n_chosen,)
        Ions wanted; the result counts them from 0.
    calibration : Calibration
    """
    rows = found.best[:, chosen]
    peak, ion = np.nonzero(rows >= 0)
    row = rows[peak, ion]
    part = found.parts.counts[row]
    deviation = (found.parts.error_ppm[row] - calibration.offset_ppm) / calibration.sigma_ppm
    return Explained(
        peak=peak,
        ion=ion,
        part=part,
        loss=ions[chosen[ion]] - part,
        deviation=deviation,
        certain=_certainty(peaks, calibration)[peak],
    )


def calibrate(found: Evidence, probability: FloatArray, tolerance_ppm: float) -> Calibration:
    """Return the mass error that the likeliest candidates agree on.

    A spectrum with few explained peaks keeps what is assumed without any: no offset, and three
    tenths of the tolerance as standard deviation.

    Parameters
    ----------
    found : Evidence
    probability : float64 array, shape (n_ions,)
    tolerance_ppm : float
    """
    assumed = SIGMA_SHARE * tolerance_ppm
    errors, weights = [], []
    for ion in np.argsort(-probability, kind="stable")[:3]:
        rows = found.best[:, ion]
        peaks = np.flatnonzero(rows >= 0)
        errors.append(found.parts.error_ppm[rows[peaks]])
        weights.append(probability[ion] * np.sqrt(found.intensity[peaks]))
    error, weight = np.concatenate(errors), np.concatenate(weights)
    if not error.size or weight.sum() <= 0:
        return Calibration(0.0, assumed)
    size = float(weight.sum() ** 2 / (weight**2).sum())
    trust = size / (size + _PRIOR_PEAKS)
    offset = trust * _weighted_median(error, weight)
    spread = 1.4826 * _weighted_median(np.abs(error - offset), weight)
    sigma = trust * spread + (1 - trust) * assumed
    return Calibration(offset, max(sigma, LEAST_SIGMA_PPM))


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])
