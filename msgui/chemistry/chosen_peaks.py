"""Peaks whose formula is chosen and not looked for: what that rules out among the candidates."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import Formula
from msgui.chemistry.peak_candidates import PeakCandidates
from msgui.chemistry.peak_rows import ISOTOPE, formula_of

IntArray = npt.NDArray[np.int64]


def chosen_rows(candidates: PeakCandidates, chosen: Mapping[int, Formula]) -> IntArray:
    """Return the row of the chosen formula of each peak, -1 for others, shape (n_peaks,).

    A formula that is no candidate of its peak (its kind is switched off) has no row.
    """
    rows, result = candidates.rows, np.full(candidates.n_peaks, -1, dtype=np.int64)
    for peak, formula in chosen.items():
        first, last = np.searchsorted(rows.peak, (peak, peak + 1))
        fitting = [
            row
            for row in range(int(first), int(last))
            if rows.kind[row] < ISOTOPE
            and formula_of(rows.counts[row], candidates.columns) == formula
        ]
        if fitting:
            result[peak] = min(fitting, key=lambda row: abs(float(rows.error_ppm[row])))
    return result


def ruled_out(
    candidates: PeakCandidates, chosen: Mapping[int, Formula], row: IntArray
) -> npt.NDArray[np.bool_]:
    """Return which candidates contradict the choice, shape (n_candidates,).

    Those are the others of a chosen peak, and the heavy isotopes of these.

    Parameters
    ----------
    row : int64 array, shape (n_peaks,)
        Of :func:`chosen_rows`.
    """
    rows = candidates.rows
    result = np.isin(rows.peak, np.array(list(chosen), dtype=np.int64))
    result[row[row >= 0]] = False
    of_these = result[np.maximum(rows.light, 0)] & (rows.light >= 0)
    return np.asarray(result | of_these)
