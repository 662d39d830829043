"""How a spectrum becomes a vector for the two nearest-neighbour baselines.

Both vectors have unit length, so that their dot product is a cosine.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Strong baseline: 0.02 Da, square-root intensities, half weight on neutral losses.
STRONG_WIDTH_DA: Final = 0.02
STRONG_TOP_DA: Final = 4000.0
STRONG_BINS: Final = 2 * round(STRONG_TOP_DA / STRONG_WIDTH_DA)
# The dot product of two loss parts weighs half of that of two m/z parts.
LOSS_FACTOR: Final = 0.5**0.5
# What lies above the precursor is no fragment of it; 2 Da leave room for isotopes.
ABOVE_PRECURSOR_DA: Final = 2.0
# Bounds the time of a query; fewer than 1 % of reference spectra have more peaks.
STRONG_PEAKS: Final = 256

# The paper's baseline: 0.25 Da from 0 to 2000, linear intensities, artificial precursor peak.
PAPER_WIDTH_DA: Final = 0.25
PAPER_TOP_DA: Final = 2000.0
PAPER_BINS: Final = round(PAPER_TOP_DA / PAPER_WIDTH_DA)


@dataclass(frozen=True, eq=False)
class Entries:
    """Sparse vectors of several spectra: entry i is ``value[i]`` at ``bin[i]`` of ``row[i]``.

    Sorted by row, then bin; a bin occurs once a row.
    """

    row: npt.NDArray[np.int64]
    bin: npt.NDArray[np.int64]
    value: npt.NDArray[np.float32]


def strong_entries(
    offsets: npt.NDArray[np.int64], mz: FloatArray, intensity: FloatArray, precursor_mz: FloatArray
) -> Entries:
    """Return the strong baseline's vectors of spectra that stand one after another.

    Parameters
    ----------
    offsets : int array, shape (n + 1,)
        Spectrum i has the peaks ``offsets[i]:offsets[i + 1]``.
    mz, intensity : arrays, shape (n_peaks,)
    precursor_mz : array, shape (n,)
        NaN where it is unknown: then there is no loss part.
    """
    row, relative = _relative(offsets, intensity)
    precursor = precursor_mz[row]
    keep = (relative > 0) & ~(mz > precursor + ABOVE_PRECURSOR_DA)
    keep &= _among_highest(row, relative, offsets, STRONG_PEAKS)
    row, mz, precursor, root = row[keep], mz[keep], precursor[keep], np.sqrt(relative[keep])
    half = STRONG_BINS // 2
    mz_bin = _to_bins(mz, STRONG_WIDTH_DA)
    loss_bin = _to_bins(np.nan_to_num(precursor - mz, nan=-1.0), STRONG_WIDTH_DA)
    has_mz = (mz_bin >= 0) & (mz_bin < half)
    has_loss = (loss_bin >= 0) & (loss_bin < half)
    return _unit_length(
        np.concatenate([row[has_mz], row[has_loss]]),
        np.concatenate([mz_bin[has_mz], loss_bin[has_loss] + half]),
        np.concatenate([root[has_mz], root[has_loss] * LOSS_FACTOR]),
        STRONG_BINS,
    )


def paper_entries(
    offsets: npt.NDArray[np.int64], mz: FloatArray, intensity: FloatArray, precursor_mz: FloatArray
) -> Entries:
    """Return the vectors of the paper's baseline; parameters as :func:`strong_entries`."""
    row, relative = _relative(offsets, intensity)
    mz_bin = np.floor(mz / PAPER_WIDTH_DA).astype(np.int64)
    keep = (relative > 0) & (mz_bin >= 0) & (mz_bin < PAPER_BINS)
    precursor_bin = _to_bins(np.nan_to_num(precursor_mz, nan=-1.0), PAPER_WIDTH_DA, floor=True)
    known = np.flatnonzero((precursor_bin >= 0) & (precursor_bin < PAPER_BINS))
    return _unit_length(
        np.concatenate([row[keep], known]),
        np.concatenate([mz_bin[keep], precursor_bin[known]]),
        np.concatenate([relative[keep], np.ones(known.size)]),
        PAPER_BINS,
    )


def _to_bins(values: FloatArray, width: float, floor: bool = False) -> npt.NDArray[np.int64]:
    scaled = values / width
    return (np.floor(scaled) if floor else np.rint(scaled)).astype(np.int64)


def _relative(
    offsets: npt.NDArray[np.int64], intensity: FloatArray
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the row of each peak and its intensity relative to the highest of its row."""
    lengths = np.diff(offsets)
    row = np.repeat(np.arange(lengths.size), lengths)
    highest = np.zeros(lengths.size)
    np.maximum.at(highest, row, intensity)
    highest[highest <= 0] = 1.0
    return row, intensity / highest[row]


def _among_highest(
    row: npt.NDArray[np.int64], relative: FloatArray, offsets: npt.NDArray[np.int64], most: int
) -> npt.NDArray[np.bool_]:
    if not offsets.size or int(np.diff(offsets).max(initial=0)) <= most:
        return np.ones(row.size, dtype=bool)
    order = np.lexsort((-relative, row))
    place = np.empty(row.size, dtype=np.int64)
    place[order] = np.arange(row.size) - offsets[row[order]]
    return place < most


def _unit_length(
    row: npt.NDArray[np.int64], bins: npt.NDArray[np.int64], value: FloatArray, n_bins: int
) -> Entries:
    keys, where = np.unique(row * n_bins + bins, return_inverse=True)
    summed = np.bincount(where, weights=value, minlength=keys.size)
    row, bins = np.divmod(keys, n_bins)
    length = np.sqrt(np.bincount(row, weights=summed**2))
    return Entries(row, bins, (summed / length[row]).astype(np.float32))
