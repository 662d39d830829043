"""Chooses how much each piece of evidence counts in a ranking, on validation molecules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from msgui.benchmark.scores import mean_per_group, placing

FloatArray = npt.NDArray[np.float64]
PASSES = 400
STEP = 0.1
SHRINKAGE = 1e-3


@dataclass(frozen=True, eq=False)
class Case:
    """One query with what speaks for each of its candidates.

    Parameters
    ----------
    evidence : mapping of str to float64 array, shape (n_candidates,)
    truth : int
        Place of the true structure.
    inchikey14 : str
    """

    evidence: Mapping[str, FloatArray]
    truth: int
    inchikey14: str


@dataclass(frozen=True)
class Hits:
    """Share of queries with the truth in first place, over spectra and over molecules."""

    queries: int
    hit_1: float
    hit_1_per_molecule: float
    mean_reciprocal_rank: float


def hits(cases: Sequence[Case], weights: Mapping[str, float], least: int = 2) -> Hits:
    """Return how well a weighted sum of evidence ranks, over cases with enough candidates."""
    places, keys = [], []
    for case in cases:
        score = sum(weight * case.evidence[name] for name, weight in weights.items())
        if np.size(score) >= least:
            places.append(placing(np.asarray(score), case.truth))
            keys.append(case.inchikey14)
    first = [place.hit_1 for place in places]
    return Hits(
        queries=len(places),
        hit_1=float(np.mean(first)) if first else float("nan"),
        hit_1_per_molecule=mean_per_group(first, keys),
        mean_reciprocal_rank=float(np.mean([p.reciprocal_rank for p in places] or [np.nan])),
    )


def fit_weights(cases: Sequence[Case], names: Sequence[str]) -> dict[str, float]:
    """Return weights, none negative, that sum to one.

    They maximise the likelihood of the true structures under a softmax over each list (a
    conditional logit), every molecule counting with the square root of its number of spectra.

    References
    ----------
    McFadden, "Conditional logit analysis of qualitative choice behavior", 1974.
    """
    spectra = Counter(case.inchikey14 for case in cases)
    share = np.array([spectra[case.inchikey14] ** -0.5 for case in cases])
    share /= share.sum()
    tables = [np.stack([case.evidence[name] for name in names], axis=1) for case in cases]
    weights = np.ones(len(names))
    moment, spread = np.zeros(len(names)), np.zeros(len(names))
    for count in range(1, PASSES + 1):
        slope = SHRINKAGE * weights
        for table, case, part in zip(tables, cases, share, strict=True):
            odds = table @ weights
            chance = np.exp(odds - odds.max())
            chance /= chance.sum()
            slope -= part * (table[case.truth] - chance @ table)
        moment = 0.9 * moment + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope**2
        size = STEP * np.sqrt(1 - 0.99**count) / (1 - 0.9**count)
        weights = np.maximum(0.0, weights - size * moment / (np.sqrt(spread) + 1e-9))
    total = float(weights.sum())
    return {
        name: float(weight) / total if total else 0.0
        for name, weight in zip(names, weights, strict=True)
    }
