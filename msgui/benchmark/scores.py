"""The measures of a benchmark, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
THRESHOLDS = tuple(round(0.02 * step, 2) for step in range(1, 40))
REPEATS = 1000
TIE = 1e-6


def jaccard(
    probability: npt.NDArray[np.float32], truth: npt.NDArray[np.uint8], threshold: float
) -> FloatArray:
    """Return the Jaccard index of predicted and true bits of each row, shape (n,)."""
    guess, bits = probability > threshold, truth.astype(bool)
    either = (guess | bits).sum(axis=1)
    result: FloatArray = (guess & bits).sum(axis=1) / np.maximum(either, 1)
    return result


def best_threshold(probability: npt.NDArray[np.float32], truth: npt.NDArray[np.uint8]) -> float:
    """Return the threshold with the highest mean Jaccard; to be asked of validation data only."""
    if not len(probability):
        return 0.5
    means = [float(jaccard(probability, truth, t).mean()) for t in THRESHOLDS]
    return THRESHOLDS[int(np.argmax(means))]


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the true structure stands: ties at their expected place under random order."""

    candidates: int
    hit_1: float
    hit_5: float
    hit_10: float
    hit_20: float
    reciprocal_rank: float


def placing(score: npt.ArrayLike, truth: int) -> Placing:
    """Return where the structure at ``truth`` stands when the scores are sorted, highest first."""
    values = np.asarray(score, np.float64)
    own = values[truth]
    above = int((values >= own + TIE).sum())
    tied = int((np.abs(values - own) < TIE).sum())
    ranks = above + 1 + np.arange(tied)
    return Placing(
        candidates=values.size,
        hit_1=float((ranks <= 1).mean()),
        hit_5=float((ranks <= 5).mean()),
        hit_10=float((ranks <= 10).mean()),
        hit_20=float((ranks <= 20).mean()),
        reciprocal_rank=float((1.0 / ranks).mean()),
    )


def first_among(score: npt.ArrayLike, truth: int, size: int) -> float:
    """Return the chance that the truth stands first when its list is thinned to ``size``.

    The truth stays and ``size - 1`` of the others are drawn at random, so that lists of different
    lengths are equally hard to guess (1 / size). NaN for a list that is shorter.
    """
    values = np.asarray(score, np.float64)
    own, others, drawn = values[truth], values.size - 1, size - 1
    if others < drawn:
        return float("nan")
    above = int((values >= own + TIE).sum())
    tied = int((np.abs(values - own) < TIE).sum()) - 1
    below = others - above - tied
    ways = sum(comb(tied, k) * comb(below, drawn - k) / (1 + k) for k in range(drawn + 1))
    return ways / comb(others, drawn)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval; NaN when there is nothing to average."""

    value: float
    low: float
    high: float
    n: int


def mean_with_interval(
    values: npt.ArrayLike, groups: Sequence[object], seed: int = 0, repeats: int = REPEATS
) -> Mean:
    """Return the mean and its bootstrap interval, drawing whole groups (molecules).

    Spectra of one molecule stand or fall together, so drawing spectra one by one would promise
    more than the data hold.
    """
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        return Mean(float("nan"), float("nan"), float("nan"), 0)
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    which = np.array([names[name] for name in groups])
    total = np.bincount(which, numbers)
    count = np.bincount(which).astype(np.float64)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(names), (repeats, len(names)))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Mean(float(numbers.mean()), float(low), float(high), int(numbers.size))


def mean_per_group(values: npt.ArrayLike, groups: Sequence[object]) -> float:
    """Return the mean of the means of the groups, so that every molecule counts alike."""
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        return float("nan")
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    which = np.array([names[name] for name in groups])
    return float((np.bincount(which, numbers) / np.bincount(which)).mean())
