"""The chance that an answer is right, from its signals: a small logistic regression."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
# exp of more than this says nothing more than 0 or 1.
LARGEST_LOGIT = 30.0


@dataclass(frozen=True, eq=False)
class Logistic:
    """A logistic regression on standardized numbers; a missing one counts as the mean.

    Parameters
    ----------
    names : tuple of str
    mean, scale, weight : float64 arrays, shape (n_names,)
    constant : float
    """

    names: tuple[str, ...]
    mean: FloatArray
    scale: FloatArray
    weight: FloatArray
    constant: float

    def chance(self, table: FloatArray) -> FloatArray:
        """Return probabilities, shape (n,), for numbers of shape (n, n_names)."""
        x = np.nan_to_num((table - self.mean) / self.scale)
        odds = np.clip(x @ self.weight + self.constant, -LARGEST_LOGIT, LARGEST_LOGIT)
        result: FloatArray = 1 / (1 + np.exp(-odds))
        return result

    def chance_of(self, signals: Mapping[str, float]) -> float:
        """Return the probability for the signals of one answer."""
        row = [signals.get(name, float("nan")) for name in self.names]
        return float(self.chance(np.array([row], np.float64))[0])
