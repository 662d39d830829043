"""Cosine and modified cosine of two peak lists, peak by peak."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

TOLERANCE_DA: Final = 0.02


@dataclass(frozen=True)
class Similarity:
    """How alike two spectra are: the cosine (0 to 1) and the number of matched peaks."""

    score: float
    shared_peaks: int


def root_weights(intensity: FloatArray) -> FloatArray:
    """Return square-root intensities as a vector of unit length, shape (n_peaks,)."""
    weights = np.sqrt(np.maximum(intensity, 0.0))
    length = float(np.linalg.norm(weights))
    return weights / length if length > 0 else weights


def cosine(
    mz: FloatArray,
    weights: FloatArray,
    other_mz: FloatArray,
    other_weights: FloatArray,
    tolerance_da: float = TOLERANCE_DA,
    shift: float = 0.0,
) -> Similarity:
    """Return the cosine of two spectra whose peaks are paired one to one, best products first.

    Parameters
    ----------
    mz, weights, other_mz, other_weights : float64 arrays
        Ascending m/z, and weights of unit length (:func:`root_weights`).
    tolerance_da : float
    shift : float
        Difference of the precursors (query minus other), in Da. When it is not zero, peaks that
        differ by it match too: the modified cosine (Watrous et al., PNAS 109, E1743, 2012).
    """
    rows, columns = _pairs(mz, other_mz, tolerance_da)
    if abs(shift) > tolerance_da:
        shifted = _pairs(mz, other_mz + shift, tolerance_da)
        rows, columns = np.concatenate([rows, shifted[0]]), np.concatenate([columns, shifted[1]])
    products = weights[rows] * other_weights[columns]
    taken, other_taken = set[int](), set[int]()
    total = 0.0
    for pair in np.lexsort((columns, rows, -products)).tolist():
        row, column = int(rows[pair]), int(columns[pair])
        if row not in taken and column not in other_taken:
            taken.add(row)
            other_taken.add(column)
            total += float(products[pair])
    return Similarity(min(1.0, total), len(taken))


def _pairs(
    mz: FloatArray, other: FloatArray, tolerance_da: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    first = np.searchsorted(other, mz - tolerance_da, side="left")
    last = np.searchsorted(other, mz + tolerance_da, side="right")
    counts = last - first
    rows = np.repeat(np.arange(mz.size), counts)
    within = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, np.repeat(first, counts) + within
