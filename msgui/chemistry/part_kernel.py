"""Compiled search for the best part of each candidate formula that explains each peak.

Importing this module loads numba: import it inside functions.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt


def _compiled(function: Callable[..., Any]) -> Any:
    """Return ``function`` compiled, cached on disk where any folder can be written."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@_compiled
def best_parts(
    ions: npt.NDArray[np.int16], parts: npt.NDArray[np.int16], offset: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """Return for each peak and ion the first of the peak's parts that the ion contains, or -1.

    Ions are kept as bits, 64 in a word: for each element and number of atoms, which ions have that
    many. The ions that contain a part are then a handful of ANDs for 64 of them at once. It is
    fastest with the rarest elements in the first columns and ions that share them side by side:
    then the first AND rules most words out.

    Parameters
    ----------
    ions : int16 array, shape (n_ions, n_elements)
    parts : int16 array, shape (n_parts, n_elements)
        Parts of one peak stand together, the best first.
    offset : int64 array, shape (n_peaks + 1,)
        Where the parts of each peak begin.

    Returns
    -------
    int32 array, shape (n_peaks, n_ions)
    """
    n_ions, n_elements = ions.shape
    n_words = (n_ions + 63) // 64
    most = 0
    for element in range(n_elements):
        for ion in range(n_ions):
            most = max(most, ions[ion, element])
    has = np.zeros((n_elements, most + 1, n_words), np.uint64)
    for element in range(n_elements):
        for ion in range(n_ions):
            bit = np.uint64(1) << np.uint64(ion & 63)
            for count in range(ions[ion, element] + 1):
                has[element, count, ion >> 6] |= bit
    result = np.full((offset.size - 1, n_ions), -1, np.int32)
    waiting = np.empty(n_words, np.uint64)
    needed = np.empty(n_elements, np.int64)
    for peak in range(offset.size - 1):
        waiting[:] = ~np.uint64(0)
        left = n_ions
        for part in range(offset[peak], offset[peak + 1]):
            if parts[part].max() > most:
                continue
            n_needed = 0
            for element in range(n_elements):
                if parts[part, element] > 0:
                    needed[n_needed] = element
                    n_needed += 1
            for word in range(n_words):
                bits = waiting[word]
                for place in range(n_needed):
                    if bits == 0:
                        break
                    element = needed[place]
                    bits &= has[element, parts[part, element], word]
                if bits == 0:
                    continue
                waiting[word] &= ~bits
                for place in range(min(64, n_ions - 64 * word)):
                    if (bits >> np.uint64(place)) & np.uint64(1):
                        result[peak, 64 * word + place] = part
                        left -= 1
            if left <= 0:
                break
    return result
