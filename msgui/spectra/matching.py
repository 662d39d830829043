"""Which peaks of two spectra belong together, and how alike that makes them.

Cosine and modified cosine as in matchms (Huber et al. 2020, doi:10.21105/joss.02411) and GNPS
(Watrous et al. 2012): pairs within tolerance are taken from the largest product of intensities
down, each peak once. Greedy pairing differs from the best assignment by less than what two
measurements of one compound differ.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from msgui.spectra.spectrum import FloatArray, Spectrum

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PeakPairs:
    """Peaks of two spectra that belong together.

    Parameters
    ----------
    a, b : int64 arrays, shape (n_pairs,)
        Places of the paired peaks in the first and the second spectrum; ascending in ``a``.
    delta : float64 array, shape (n_pairs,)
        m/z of the second minus m/z of the first, in Da.
    is_shifted : bool array, shape (n_pairs,)
        True where the peaks only match after the difference of the precursors.
    """

    a: IntArray
    b: IntArray
    delta: FloatArray
    is_shifted: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.a.size)


@dataclass(frozen=True, eq=False)
class Similarity:
    """Score between 0 and 1 and the peaks behind it."""

    score: float
    pairs: PeakPairs


def _within(
    mz_a: FloatArray,
    mz_b: FloatArray,
    shift: float,
    tolerance: float,
    unit: Literal["Da", "ppm"],
) -> tuple[IntArray, IntArray]:
    """Return all pairs of places with ``mz_a + shift`` within the tolerance of ``mz_b``."""
    target = mz_a + shift
    width = np.abs(target) * tolerance * 1e-6 if unit == "ppm" else np.full(mz_a.shape, tolerance)
    first = np.searchsorted(mz_b, target - width, side="left")
    last = np.searchsorted(mz_b, target + width, side="right")
    count = np.maximum(last - first, 0)
    a = np.repeat(np.arange(mz_a.size), count)
    within = np.arange(a.size) - np.repeat(np.cumsum(count) - count, count)
    return a.astype(np.int64), (np.repeat(first, count) + within).astype(np.int64)


def _greedy(a: IntArray, b: IntArray, product: FloatArray, closeness: FloatArray) -> IntArray:
    """Return which pairs to keep: the largest product first, each peak once."""
    kept: list[int] = []
    used_a: set[int] = set()
    used_b: set[int] = set()
    for pair in np.lexsort((b, a, closeness, -product)).tolist():
        one, other = int(a[pair]), int(b[pair])
        if one not in used_a and other not in used_b:
            used_a.add(one)
            used_b.add(other)
            kept.append(pair)
    return np.array(sorted(kept, key=lambda pair: int(a[pair])), dtype=np.int64)


def match_peaks(
    mz_a: FloatArray,
    mz_b: FloatArray,
    tolerance: float = 0.01,
    unit: Literal["Da", "ppm"] = "Da",
    *,
    intensity_a: FloatArray | None = None,
    intensity_b: FloatArray | None = None,
    shift: float = 0.0,
) -> PeakPairs:
    """Return the peaks of two spectra that belong together, each at most once.

    Parameters
    ----------
    mz_a, mz_b : float64 arrays, shape (n_a,) and (n_b,)
        Ascending.
    tolerance : float
        Largest difference in m/z.
    unit : "Da" or "ppm"
    intensity_a, intensity_b : float64 arrays or None
        Where peaks compete, the pair with the larger product wins; without them the nearer one.
    shift : float
        Precursor m/z of the second minus that of the first: peaks may then also match after this
        difference. 0 for no such matches.
    """
    weight_a = np.ones(mz_a.size) if intensity_a is None else intensity_a
    weight_b = np.ones(mz_b.size) if intensity_b is None else intensity_b
    a, b = _within(mz_a, mz_b, 0.0, tolerance, unit)
    shifted = np.zeros(a.size, dtype=np.bool_)
    # A shift below the tolerance would pair everything twice.
    if abs(shift) > (tolerance if unit == "Da" else 0.0):
        more_a, more_b = _within(mz_a, mz_b, shift, tolerance, unit)
        a, b = np.concatenate([a, more_a]), np.concatenate([b, more_b])
        shifted = np.concatenate([shifted, np.ones(more_a.size, dtype=np.bool_)])
    delta = mz_b[b] - mz_a[a]
    closeness = np.abs(delta - np.where(shifted, shift, 0.0))
    keep = _greedy(a, b, weight_a[a] * weight_b[b], closeness)
    return PeakPairs(a[keep], b[keep], delta[keep], shifted[keep])


def root_weights(intensity: FloatArray) -> FloatArray:
    """Return square-root intensities as a vector of unit length, shape (n_peaks,)."""
    weights: FloatArray = np.sqrt(np.maximum(intensity, 0.0))
    length = float(np.linalg.norm(weights))
    return weights / length if length > 0 else weights


def compare(
    mz_a: FloatArray,
    weights_a: FloatArray,
    mz_b: FloatArray,
    weights_b: FloatArray,
    tolerance: float = 0.01,
    unit: Literal["Da", "ppm"] = "Da",
    shift: float = 0.0,
) -> Similarity:
    """Return the cosine of two weighted peak lists and the matched peaks.

    Parameters
    ----------
    mz_a, mz_b, tolerance, unit, shift
        As in :func:`match_peaks`.
    weights_a, weights_b : float64 arrays, shape (n_a,) and (n_b,)
        Of unit length (:func:`root_weights`), so that many comparisons compute it once.
    """
    pairs = match_peaks(
        mz_a, mz_b, tolerance, unit, intensity_a=weights_a, intensity_b=weights_b, shift=shift
    )
    return Similarity(min(1.0, float(weights_a[pairs.a] @ weights_b[pairs.b])), pairs)


def cosine(
    a: Spectrum,
    b: Spectrum,
    tolerance: float = 0.01,
    unit: Literal["Da", "ppm"] = "Da",
    *,
    power: float = 0.5,
) -> Similarity:
    """Return the cosine of two spectra and the matched peaks.

    Parameters
    ----------
    a, b : Spectrum
    tolerance, unit
        As in :func:`match_peaks`.
    power : float
        Intensities are raised to it before they are compared; 0.5 is the square root.
    """
    return _compared(a, b, tolerance, unit, power, 0.0)


def modified_cosine(
    a: Spectrum,
    b: Spectrum,
    tolerance: float = 0.01,
    unit: Literal["Da", "ppm"] = "Da",
    *,
    power: float = 0.5,
) -> Similarity:
    """Return the cosine with peaks that also match after the difference of the precursors.

    Without a precursor m/z on both sides this is the plain cosine. Parameters as in :func:`cosine`.
    """
    known = a.precursor_mz is not None and b.precursor_mz is not None
    shift = (b.precursor_mz or 0.0) - (a.precursor_mz or 0.0) if known else 0.0
    return _compared(a, b, tolerance, unit, power, shift)


def _compared(
    a: Spectrum,
    b: Spectrum,
    tolerance: float,
    unit: Literal["Da", "ppm"],
    power: float,
    shift: float,
) -> Similarity:
    weights = []
    for spectrum in (a, b):
        raised = spectrum.relative_intensity**power
        length = float(np.linalg.norm(raised))
        weights.append(raised / length if length > 0 else raised)
    return compare(a.mz, weights[0], b.mz, weights[1], tolerance, unit, shift)
