"""How alike the intensities of two spectra are, as forward models are judged.

References
----------
Li et al., "Spectral entropy outperforms MS/MS dot product similarity for small-molecule compound
identification", Nat. Methods 2021: entropy similarity with its weights for spectra of few peaks.
"""

import numpy as np

from msgui.spectra.matching import PeakPairs, match_peaks
from msgui.spectra.spectrum import FloatArray

TOLERANCE_DA = 0.01
_FULL_WEIGHT_ENTROPY = 3.0


def square_root_cosine(
    mz_a: FloatArray, intensity_a: FloatArray, mz_b: FloatArray, intensity_b: FloatArray
) -> float:
    """Return the cosine of the square roots of intensities, 0 to 1; 0 for an empty spectrum."""
    pairs = _pairs(mz_a, intensity_a, mz_b, intensity_b)
    shared = float(np.sqrt(intensity_a[pairs.a] * intensity_b[pairs.b]).sum())
    size = float(intensity_a.sum() * intensity_b.sum())
    return min(1.0, shared / np.sqrt(size)) if size > 0 else 0.0


def entropy_similarity(
    mz_a: FloatArray, intensity_a: FloatArray, mz_b: FloatArray, intensity_b: FloatArray
) -> float:
    """Return the weighted entropy similarity, 0 to 1; 0 for an empty spectrum."""
    if not intensity_a.sum() > 0 or not intensity_b.sum() > 0:
        return 0.0
    pairs = _pairs(mz_a, intensity_a, mz_b, intensity_b)
    a, b = _weighted(intensity_a), _weighted(intensity_b)
    only_a, only_b = np.delete(a, pairs.a), np.delete(b, pairs.b)
    both = np.concatenate([a[pairs.a] + b[pairs.b], only_a, only_b]) / 2
    apart = 2 * _entropy(both) - _entropy(a) - _entropy(b)
    return float(np.clip(1 - apart / np.log(4), 0.0, 1.0))


def _pairs(
    mz_a: FloatArray, intensity_a: FloatArray, mz_b: FloatArray, intensity_b: FloatArray
) -> PeakPairs:
    return match_peaks(
        mz_a, mz_b, TOLERANCE_DA, "Da", intensity_a=intensity_a, intensity_b=intensity_b
    )


def _entropy(share: FloatArray) -> float:
    present = share[share > 0]
    return float(-(present * np.log(present)).sum())


def _weighted(intensity: FloatArray) -> FloatArray:
    """Return shares of the whole; few peaks (low entropy) are made more even."""
    share = intensity / intensity.sum()
    entropy = _entropy(share)
    if entropy < _FULL_WEIGHT_ENTROPY:
        share = share ** (0.25 + 0.25 * entropy)
        share /= share.sum()
    return np.asarray(share)
