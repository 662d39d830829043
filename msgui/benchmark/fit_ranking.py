"""Chooses how much each piece of evidence counts in a ranking, on validation molecules."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from msgui.benchmark.scores import Placing, mean_per_group, placing
from msgui.prediction.ranking import combined
from msgui.prediction.weights import KINDS, Weights, sets_of

FloatArray = npt.NDArray[np.float64]
PASSES = 400
STEP = 0.3
SHRINKAGE = 1e-4
FOLDS = 5
# Explanation is a share of the best by its nature; the others can be either.
EITHER = ("model", "baseline", "forward")


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
class Fit:
    """How well a way of weighing does on molecules that it was not fitted on.

    Parameters
    ----------
    kinds : tuple of str
    relative : frozenset of str
        Kinds taken as a share of the best in the list.
    hit_1, hit_5, mean_reciprocal_rank, hit_1_per_molecule : float
        Over all folds, each measured with the weights of the others.
    surprise : float
        Mean of -log(chance of the truth) under the fitted softmax.
    """

    kinds: tuple[str, ...]
    relative: frozenset[str]
    hit_1: float
    hit_5: float
    mean_reciprocal_rank: float
    hit_1_per_molecule: float
    surprise: float


def fit_all(cases: Sequence[Case]) -> Iterator[Fit | Weights]:
    """Yield how each normalisation and each set of evidence does, then the weights of all sets.

    The normalisation is the one with the least cross-validated surprise where all kinds speak.
    """
    kinds = tuple(kind for kind in KINDS if kind in cases[0].evidence)
    either = [kind for kind in EITHER if kind in kinds]
    ways = [frozenset(some) for n in range(len(either) + 1) for some in combinations(either, n)]
    tried = []
    for way in ways:
        tried.append(cross_validated(cases, kinds, way))
        yield tried[-1]
    relative = min(tried, key=lambda fit: fit.surprise).relative
    sets = {}
    for some in sets_of(kinds):
        yield cross_validated(cases, some, relative)
        sets[frozenset(some)] = _rounded(fit_weights(cases, some, relative))
    yield Weights(sets, relative)


def cross_validated(
    cases: Sequence[Case], kinds: Sequence[str], relative: frozenset[str] = frozenset()
) -> Fit:
    """Return how well weights do that were fitted on other molecules."""
    keys = sorted({case.inchikey14 for case in cases})
    fold = dict(zip(keys, np.random.default_rng(0).permutation(len(keys)) % FOLDS, strict=True))
    side = np.array([fold[case.inchikey14] for case in cases])
    places, surprise = dict[int, Placing](), np.zeros(len(cases))
    for number in range(FOLDS):
        inside = [cases[i] for i in np.flatnonzero(side != number).tolist()]
        slopes = _slopes(inside, kinds, relative)
        total = float(slopes.sum()) or 1.0
        shares = dict(zip(kinds, (slopes / total).tolist(), strict=True))
        weights = Weights({frozenset(kinds): shares}, relative)
        for i in np.flatnonzero(side == number).tolist():
            case = cases[i]
            score = combined({kind: case.evidence[kind] for kind in kinds}, weights)
            places[i] = placing(score, case.truth)
            odds = total * score
            highest = odds.max()
            surprise[i] = highest + np.log(np.exp(odds - highest).sum()) - odds[case.truth]
    found = [places[i] for i in range(len(cases))]
    first = [place.hit_1 for place in found]
    return Fit(
        tuple(kinds),
        relative,
        float(np.mean(first)),
        float(np.mean([place.hit_5 for place in found])),
        float(np.mean([place.reciprocal_rank for place in found])),
        mean_per_group(first, [case.inchikey14 for case in cases]),
        float(surprise.mean()),
    )


def fit_weights(
    cases: Sequence[Case], kinds: Sequence[str], relative: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Return weights, none negative, that sum to one.

    They maximise the likelihood of the true structures under a softmax over each list (a
    conditional logit), every molecule counting with the square root of its number of spectra.

    References
    ----------
    McFadden, "Conditional logit analysis of qualitative choice behavior", 1974.
    """
    slopes = _slopes(cases, kinds, relative)
    total = float(slopes.sum())
    return {
        kind: slope / total if total else 1 / len(kinds)
        for kind, slope in zip(kinds, slopes.tolist(), strict=True)
    }


def _slopes(cases: Sequence[Case], kinds: Sequence[str], relative: frozenset[str]) -> FloatArray:
    """Return the weights that fit best, shape (n_kinds,); their sum says how sure they are."""
    tables = [_table(case, kinds, relative) for case in cases]
    rows = np.concatenate(tables)
    sizes = np.array([len(table) for table in tables])
    first = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(cases)), sizes)
    true = rows[first + np.array([case.truth for case in cases])]
    spectra = Counter(case.inchikey14 for case in cases)
    share = np.array([spectra[case.inchikey14] ** -0.5 for case in cases])
    share /= share.sum()
    weights = np.ones(len(kinds))
    moment, spread = np.zeros(len(kinds)), np.zeros(len(kinds))
    for count in range(1, PASSES + 1):
        odds = rows @ weights
        chance = np.exp(odds - np.maximum.reduceat(odds, first)[owner])
        chance *= (share / np.add.reduceat(chance, first))[owner]
        slope = SHRINKAGE * weights + chance @ rows - share @ true
        moment = 0.9 * moment + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope**2
        size = STEP * np.sqrt(1 - 0.99**count) / (1 - 0.9**count)
        weights = np.maximum(0.0, weights - size * moment / (np.sqrt(spread) + 1e-9))
    return weights


def _table(case: Case, kinds: Sequence[str], relative: frozenset[str]) -> FloatArray:
    """Return the evidence as columns, shape (n_candidates, n_kinds)."""
    columns = []
    for kind in kinds:
        values = case.evidence[kind]
        best = float(values.max(initial=0.0))
        columns.append(values / best if kind in relative and best > 0 else values)
    return np.stack(columns, axis=1)


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights with four digits that still sum to one."""
    cut = {kind: round(weight, 4) for kind, weight in weights.items()}
    largest = max(cut, key=lambda kind: cut[kind])
    cut[largest] = round(cut[largest] + 1 - sum(cut.values()), 4)
    return cut
