"""Which peaks decide between two candidates."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from msgui.spectra.coverage import FloatArray

BoolArray = npt.NDArray[np.bool_]


class Explains(IntEnum):
    """Who explains a peak."""

    NEITHER = 0
    FIRST = 1
    SECOND = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class PeakGroup:
    """Peaks that are explained by the same of two candidates.

    Parameters
    ----------
    peaks : int
        How many, of those that count.
    intensity : float
        Their share of the intensity of the peaks that count, 0 to 1.
    """

    peaks: int
    intensity: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two candidates' explanations of one spectrum side by side.

    Parameters
    ----------
    explains : uint8 array, shape (n_peaks,)
        Value of :class:`Explains` of each peak.
    groups : dict of Explains to PeakGroup
    deciding : tuple of int
        Peaks that count and only one of the two explains, most intense first.
    """

    explains: npt.NDArray[np.uint8]
    groups: dict[Explains, PeakGroup]
    deciding: tuple[int, ...]


def compare(
    first: BoolArray, second: BoolArray, intensity: FloatArray, counts: BoolArray
) -> Comparison:
    """Return how two explanations of the same peaks differ.

    Parameters
    ----------
    first, second : bool arrays, shape (n_peaks,)
        Which peaks each candidate explains.
    intensity : float64 array, shape (n_peaks,)
    counts : bool array, shape (n_peaks,)
        Peaks that count towards coverage.
    """
    explains = (first.astype(np.uint8) + 2 * second.astype(np.uint8)).astype(np.uint8)
    total = float(intensity[counts].sum())
    groups = {}
    for kind in Explains:
        of_kind = counts & (explains == kind)
        share = float(intensity[of_kind].sum()) / total if total > 0 else 0.0
        groups[kind] = PeakGroup(int(of_kind.sum()), share)
    one_sided = np.flatnonzero(counts & (first != second))
    order = one_sided[np.argsort(-intensity[one_sided], kind="stable")]
    explains.setflags(write=False)
    return Comparison(explains, groups, tuple(order.tolist()))
