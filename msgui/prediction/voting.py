"""How the fingerprints of neighbours become one: the vote of the strong baseline."""

from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.molecule import FINGERPRINT_BITS, unpack

Numbers = npt.NDArray[np.int64]

# One vote per molecule, 30 molecules, weight similarity^3, six times that for the same formula,
# bits with more than 0.3 of the votes.
VOTERS: Final = 30
POWER: Final = 3
SAME_FORMULA_WEIGHT: Final = 6.0
VOTE_THRESHOLD: Final = 0.3


def vote_weights(best: npt.NDArray[np.floating], same: Numbers) -> npt.NDArray[np.float64]:
    """Return the weight of each compound's vote, shape (n,).

    Parameters
    ----------
    best : array, shape (n,)
        Similarity of each compound's most similar spectrum.
    same : int array
        Numbers of the compounds that have the query's formula.
    """
    weights = best.astype(np.float64) ** POWER
    weights[same] *= SAME_FORMULA_WEIGHT
    return weights


def highest(values: npt.NDArray[np.floating], most: int) -> Numbers:
    """Return the numbers of the highest positive values, highest first, ties by number."""
    if values.size > most:
        least = np.partition(values, values.size - most)[values.size - most]
        numbers = np.flatnonzero((values >= least) & (values > 0))
    else:
        numbers = np.flatnonzero(values > 0)
    return numbers[np.lexsort((numbers, -values[numbers]))][:most]


def vote(
    packed: npt.NDArray[np.uint8], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Return the share of the votes for each Morgan bit, shape (4096,); zeros without votes.

    Parameters
    ----------
    packed : uint8 array, shape (n, 512)
        Fingerprints of the voters.
    weights : array, shape (n,)
    """
    total = float(weights.sum())
    if total <= 0:
        return np.zeros(FINGERPRINT_BITS, dtype=np.float32)
    shares = (weights / total).astype(np.float32)
    return np.asarray(shares @ unpack(packed).astype(np.float32), dtype=np.float32)
