"""How much of a spectrum a structure explains, and how its isomers do."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from msgui.spectra.coverage import (
    CARBON_ISOTOPE_DA,
    PRECURSOR_WINDOW_DA,
    Coverage,
    counting_peaks,
    coverage_of,
    isotope_peaks,
)

__all__ = [
    "CARBON_ISOTOPE_DA",
    "PRECURSOR_WINDOW_DA",
    "Coverage",
    "counting_peaks",
    "coverage_of",
    "isomer_percentiles",
    "isotope_peaks",
]


def isomer_percentiles(
    explained_intensity: npt.ArrayLike, formulas: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Return per candidate the share of its isomers that explain less intensity, ties half.

    Parameters
    ----------
    explained_intensity : array_like, shape (n,)
    formulas : sequence of str, length n
        Candidates with the same text are isomers.

    Returns
    -------
    float64 array, shape (n,)
        0 to 1; NaN for a candidate without isomers in the list.
    """
    values = np.round(np.asarray(explained_intensity, dtype=np.float64), 9)
    result = np.full(values.size, np.nan)
    _, group = np.unique(np.asarray(formulas, dtype=object).astype(str), return_inverse=True)
    for number in range(int(group.max()) + 1 if values.size else 0):
        rows = np.flatnonzero(group == number)
        if rows.size < 2:
            continue
        ascending = np.sort(values[rows])
        below = np.searchsorted(ascending, values[rows], side="left")
        not_above = np.searchsorted(ascending, values[rows], side="right")
        ties = not_above - below - 1
        result[rows] = (below + 0.5 * ties) / (rows.size - 1)
    return result
