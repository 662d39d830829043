"""How far an expected ion may be from a peak."""

from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.subformulas import TOLERANCE_FLOOR_DA

FloatArray = npt.NDArray[np.float64]

# Fragments from an ion trap are off by a quarter of a unit; neighbors differ by a whole one.
COARSE_TOLERANCE_DA: Final = 0.3
_LEAST_PEAKS = 3
# Single precision keeps this much of an m/z of 1,000.
_ROUNDING_DA = 2e-4


def is_coarse(mz: FloatArray) -> bool:
    """Return whether all m/z values, three or more, were written with at most two decimals.

    Such values cannot tell compositions apart, whatever the instrument is called: a hybrid
    instrument may have measured the precursor well and the fragments in its ion trap.
    """
    if mz.size < _LEAST_PEAKS:
        return False
    return bool(np.all(np.abs(mz - np.round(mz, 2)) <= _ROUNDING_DA))


def ion_tolerance(mz: FloatArray, tolerance_ppm: float) -> FloatArray:
    """Return how far in Da an expected ion may be from each peak of a spectrum, shape (n_peaks,).

    Parameters
    ----------
    mz : float64 array, shape (n_peaks,)
        All peaks of the spectrum.
    tolerance_ppm : float
        Used for spectra of high resolution, not below ``TOLERANCE_FLOOR_DA``; others have
        ``COARSE_TOLERANCE_DA``.
    """
    if is_coarse(mz):
        return np.full(mz.size, COARSE_TOLERANCE_DA)
    return np.maximum(mz * tolerance_ppm * 1e-6, TOLERANCE_FLOOR_DA)


def coarse_notes(mz: FloatArray) -> list[str]:
    """Return the sentence for a spectrum whose fragments are compared by nominal mass, if any."""
    if not is_coarse(mz):
        return []
    note = (
        "The m/z values have two decimals at most: formulas of peaks are uncertain, and expected "
        f"spectra are compared within {COARSE_TOLERANCE_DA:g} Da."
    )
    return [note]
