"""How far the formulas of a spectrum's peaks support each other: fragments of fragments."""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENTS
from msgui.chemistry.known_formulas import codes
from msgui.chemistry.known_fragments import KNOWN_LOSSES
from msgui.chemistry.peak_candidates import PeakCandidates
from msgui.chemistry.peak_rows import PART

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# What is less plausible than this supports nothing, and what is less plausible than that is not
# worth supporting.
_LEAST_SUPPORTER, _LEAST_SUPPORTED = 0.15, 1e-3
_MOST_SUPPORTERS = 80
# The heaviest loss looked for.
_FARTHEST_DA = 120.0
_LEAST_PLAUSIBILITY = 1e-3
NAMES: Final = (
    "heavier peaks it may come from",
    "lighter peaks it may make",
    "heavier peaks near",
    "lighter peaks near",
    "log plausibility of light form",
)


@lru_cache(maxsize=1)
def _losses() -> IntArray:
    every = tuple(range(len(ELEMENTS)))
    counts = np.array([loss.counts for loss in KNOWN_LOSSES], dtype=np.int64)
    return np.unique(codes(counts, every))


def no_support(candidates: PeakCandidates) -> dict[str, FloatArray]:
    """Return the terms before any peak has a formula."""
    return {name: np.zeros(candidates.rows.peak.size) for name in NAMES}


def support_terms(
    candidates: PeakCandidates, plausibility: FloatArray, mz: FloatArray, intensity: FloatArray
) -> dict[str, FloatArray]:
    """Return how many peaks differ from a candidate by a loss that chemists know.

    Peaks are weighted with the plausibility of the formula that they would need. Beside them
    stands how many peaks with a formula are near at all: in a crowd some fit by chance.

    Parameters
    ----------
    plausibility : float64 array, shape (n_candidates,)
        Without support.
    mz, intensity : float64 arrays, shape (n_peaks,)
    """
    rows, terms = candidates.rows, no_support(candidates)
    is_isotope = rows.is_isotope
    light = np.maximum(plausibility[rows.light[is_isotope]], _LEAST_PLAUSIBILITY)
    terms[NAMES[4]][is_isotope] = np.log(light)
    code = codes(rows.counts, candidates.columns)
    usable = (rows.kind == PART) & (plausibility > _LEAST_SUPPORTER) & (code >= 0)
    supporter = np.flatnonzero(usable)
    weight = plausibility[supporter] * intensity[rows.peak[supporter]]
    supporter = supporter[np.argsort(-weight, kind="stable")[:_MOST_SUPPORTERS]]
    supported = np.flatnonzero((plausibility > _LEAST_SUPPORTED) & (code >= 0))
    if not supporter.size or not supported.size:
        return terms
    difference = code[supporter][None, :] - code[supported][:, None]
    losses = _losses()
    place = np.minimum(np.searchsorted(losses, np.abs(difference)), losses.size - 1)
    other = rows.peak[supported][:, None] != rows.peak[supporter][None, :]
    fits = (losses[place] == np.abs(difference)) & other
    fits &= rows.size[supported][:, None] == rows.size[supporter][None, :]
    gap = mz[rows.peak[supporter]][None, :] - mz[rows.peak[supported]][:, None]
    certain = plausibility[supporter]
    for name, which in (
        (NAMES[0], fits & (difference > 0)),
        (NAMES[1], fits & (difference < 0)),
        (NAMES[2], other & (gap > 0) & (gap < _FARTHEST_DA)),
        (NAMES[3], other & (gap < 0) & (gap > -_FARTHEST_DA)),
    ):
        terms[name][supported] = np.log1p(which @ certain)
    return terms
