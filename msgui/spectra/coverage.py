"""How much of a spectrum is explained, and how much would be by chance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# The isolation window leaves the precursor and its neighbours in the spectrum.
PRECURSOR_WINDOW_DA = 0.5
CARBON_ISOTOPE_DA = 1.0033548378
# Less than half of what separates a 13C from one more hydrogen (4.5 mDa).
_ISOTOPE_TOLERANCE_DA = 0.002
_CARBON_ISOTOPE_RATIO = 0.0108
# Far enough to leave the mass of every true fragment, near enough to stay at its nominal mass.
SHIFTS_DA: Final = (-0.40, -0.34, -0.28, -0.22, -0.16, -0.10, 0.10, 0.16, 0.22, 0.28, 0.34, 0.40)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Explained peaks and explained intensity, precursor and isotope peaks excluded.

    Parameters
    ----------
    explained_peaks, peaks : int
        Peaks explained, peaks that count.
    explained_intensity : float
        Share of the summed intensity of the peaks that count, 0 to 1.
    """

    explained_peaks: int
    peaks: int
    explained_intensity: float


def isotope_peaks(mz: FloatArray, intensity: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which peaks are the 13C partner of a peak one unit below, shape (n_peaks,).

    The partner must not be higher than the carbons that fit into its mass allow, with a half more
    for noise.
    """
    result = np.zeros(mz.size, dtype=bool)
    if mz.size < 2:
        return result
    below = np.searchsorted(mz, mz - CARBON_ISOTOPE_DA - _ISOTOPE_TOLERANCE_DA)
    for peak in range(mz.size):
        place = below[peak]
        while place < peak and mz[peak] - mz[place] >= CARBON_ISOTOPE_DA - _ISOTOPE_TOLERANCE_DA:
            most = 1.5 * _CARBON_ISOTOPE_RATIO * mz[place] / 12.0
            if not result[place] and intensity[peak] <= most * intensity[place]:
                result[peak] = True
            place += 1
    return result


def counting_peaks(
    mz: FloatArray, intensity: FloatArray, precursor_mz: float | None, charge: int = 1
) -> npt.NDArray[np.bool_]:
    """Return which peaks count towards coverage, shape (n_peaks,).

    Left out are the precursor and its isotopes (within .5 Da of the precursor, and what lies above
    it unless the precursor is multiply charged), and isotope peaks of fragments.
    """
    counts = ~isotope_peaks(mz, intensity)
    if precursor_mz is None:
        return counts
    counts &= np.abs(mz - precursor_mz) > PRECURSOR_WINDOW_DA
    highest = precursor_mz * abs(charge)
    return counts & (mz < highest)


def coverage_of(
    intensity: FloatArray, explained: npt.NDArray[np.bool_], counts: npt.NDArray[np.bool_]
) -> Coverage:
    """Return the coverage when ``explained`` peaks are explained and ``counts`` peaks count."""
    hit = explained & counts
    total = float(intensity[counts].sum())
    return Coverage(
        explained_peaks=int(hit.sum()),
        peaks=int(counts.sum()),
        explained_intensity=float(intensity[hit].sum()) / total if total > 0 else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """What the same method explains of peaks at masses where nothing was measured.

    Parameters
    ----------
    explained_peaks, explained_intensity : float
        Shares, 0 to 1: means over :data:`SHIFTS_DA`.
    """

    explained_peaks: float
    explained_intensity: float


def chance_of(
    explains: Callable[[FloatArray], npt.NDArray[np.bool_]],
    mz: FloatArray,
    intensity: FloatArray,
    counts: npt.NDArray[np.bool_],
) -> Chance | None:
    """Return the share that is explained when all peaks are shifted, None when no peak counts.

    Peaks that count keep their intensities and distances; only their masses are wrong. What is
    explained then is explained by the number of possible formulas or fragments alone.

    Parameters
    ----------
    explains : callable
        Returns for m/z of shape (n_shifts, n_peaks that count) which of them are explained, in the
        same shape; each row is a whole spectrum, ascending.
    mz, intensity : float64 arrays, shape (n_peaks,)
    counts : bool array, shape (n_peaks,)
        Peaks that count towards coverage.
    """
    peaks, heights = mz[counts], intensity[counts]
    total = float(heights.sum())
    if not peaks.size or total <= 0:
        return None
    hits = explains(peaks + np.array(SHIFTS_DA)[:, None])
    return Chance(float(hits.mean()), float((hits * heights).sum() / (len(hits) * total)))
