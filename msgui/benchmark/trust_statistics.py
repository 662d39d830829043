"""How well numbers tell wrong answers from right ones, and what error may be promised."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from msgui.trust.confidence import LARGEST_LOGIT, Logistic

FloatArray = npt.NDArray[np.float64]
REPEATS = 1000
BINS = 15
RIDGE = 5.0
NEWTON_STEPS = 50
SMALLEST_SPREAD = 1e-9
BISECTIONS = 50
# A promise may fail once in twenty times.
DOUBT = 0.05


def auroc(value: FloatArray, wrong: FloatArray, weight: FloatArray | None = None) -> float:
    """Return the chance that a wrong answer has the higher value than a right one; ties half.

    Parameters
    ----------
    wrong : float64 array, shape (n,)
        0 to 1; an answer that is tied with others is partly wrong.
    """
    weight = np.ones(value.size) if weight is None else weight
    bad, good = wrong * weight, (1 - wrong) * weight
    _, place = np.unique(value, return_inverse=True)
    size = int(place.max(initial=-1)) + 1
    bad_at = np.bincount(place, bad, size)
    good_at = np.bincount(place, good, size)
    below = np.cumsum(good_at) - good_at
    total = bad.sum() * good.sum()
    return float((bad_at * (below + good_at / 2)).sum() / total) if total > 0 else float("nan")


def auroc_interval(
    value: FloatArray, wrong: FloatArray, groups: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of :func:`auroc`, drawing whole molecules."""
    which = numbered(groups)
    rng = np.random.default_rng(seed)
    count = int(which.max(initial=-1)) + 1
    found = []
    for _ in range(REPEATS // 5):
        drawn = np.bincount(rng.integers(0, count, count), minlength=count)
        found.append(auroc(value, wrong, drawn[which].astype(np.float64)))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)


def numbered(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the number of each group, in the order in which they appear."""
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    return np.array([names[name] for name in groups], np.int64)


def per_molecule(groups: Sequence[str]) -> FloatArray:
    """Return weights with which every molecule counts once."""
    which = numbered(groups)
    weight: FloatArray = 1.0 / np.bincount(which)[which]
    return weight


def fit_logistic(
    names: Sequence[str],
    table: FloatArray,
    right: FloatArray,
    sample: FloatArray,
    direction: Sequence[int],
) -> Logistic:
    """Return a ridge-penalised logistic regression in which numbers count only as they are meant.

    A number whose weight would have the other sign is left out, one after the other: what speaks
    for an answer by its meaning and against it in the data is a peculiarity of the data.

    Parameters
    ----------
    table : float64 array, shape (n, n_names)
    right : float64 array, shape (n,)
        0 to 1.
    sample : float64 array, shape (n,)
        How much each row counts.
    direction : sequence of int
        1 where more means that the answer is likelier right, -1 where it means the opposite.
    """
    kept = list(range(len(names)))
    while True:
        mean, scale, weight = _newton(table[:, kept], right, sample)
        sense = weight[:-1] * np.array([direction[i] for i in kept])
        if not kept or sense.min() >= 0:
            break
        kept.pop(int(np.argmin(sense)))
    chosen = tuple(names[i] for i in kept)
    return Logistic(chosen, mean, scale, weight[:-1], float(weight[-1]))


def _newton(
    table: FloatArray, right: FloatArray, sample: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean and scale of each number, and the weights with the constant last."""
    known = np.isfinite(table)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, table, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, table - mean, 0) ** 2).sum(axis=0) / count)
    scale = np.where(spread > SMALLEST_SPREAD, spread, 1.0)
    x = np.concatenate([np.nan_to_num((table - mean) / scale), np.ones((len(table), 1))], axis=1)
    penalty = np.diag([RIDGE] * table.shape[1] + [1e-6])
    weight = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ weight, -LARGEST_LOGIT, LARGEST_LOGIT)))
        slope = x.T @ (sample * (chance - right)) + penalty @ weight
        curvature = (x * (sample * chance * (1 - chance))[:, None]).T @ x + penalty
        step = np.linalg.solve(curvature, slope)
        weight -= step
        if np.abs(step).max() < 1e-9:
            break
    return mean, scale, weight


def calibration_error(chance: FloatArray, right: FloatArray, bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal mass.

    References
    ----------
    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015.
    """
    order = np.argsort(chance, kind="stable")
    parts = np.array_split(order, min(bins, order.size))
    gaps = [abs(float(chance[p].mean() - right[p].mean())) * p.size for p in parts if p.size]
    return float(sum(gaps) / max(1, order.size))


def relative_aurc(confidence: FloatArray, wrong: FloatArray) -> float:
    """Return the area under the risk-coverage curve: 0 for an oracle, 1 for random order.

    Geifman & El-Yaniv, "Selective classification for deep neural networks", 2017; relative to the
    areas of both controls on the same answers.
    """
    if not wrong.size or wrong.min() == wrong.max():
        return float("nan")

    def area(order: npt.NDArray[np.intp]) -> float:
        return float((np.cumsum(wrong[order]) / np.arange(1, wrong.size + 1)).mean())

    best = area(np.argsort(wrong, kind="stable"))
    own = area(np.argsort(-confidence, kind="stable"))
    return (own - best) / (float(wrong.mean()) - best)


def error_bound(wrong: float, n: int, doubt: float = DOUBT) -> float:
    """Return the upper bound of an error rate after ``wrong`` of ``n``, at a level of doubt.

    Clopper & Pearson, "The use of confidence or fiducial limits", 1934; a part of an error (a tie)
    counts as a whole one.
    """
    count = int(np.ceil(wrong - 1e-9))
    if count >= n:
        return 1.0
    low, high = count / n, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(count, n, middle) > doubt else (low, middle)
    return high


def at_most(count: int, n: int, rate: float) -> float:
    """Return the chance of at most ``count`` errors in ``n`` answers, each wrong at ``rate``."""
    terms = [
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(rate)
        + (n - k) * math.log1p(-rate)
        for k in range(count + 1)
    ]
    return math.fsum(math.exp(term) for term in terms)


def safe_threshold(
    confidence: FloatArray, wrong: FloatArray, target: float, doubt: float = DOUBT
) -> float | None:
    """Return the least confidence down to which an error rate may be promised; None for nowhere.

    Thresholds are tested from the strictest on, as long as the bound holds (fixed sequence), so
    that the promise holds with 1 - ``doubt`` whatever the distribution. The rows have to be
    independent: one spectrum of each molecule.

    References
    ----------
    Angelopoulos et al., "Learn then test", 2021, section on selective classification.
    """
    order = np.argsort(-confidence, kind="stable")
    count, found = 0.0, None
    # The test begins where the bound could hold at all: without an error among so many answers.
    least = int(np.ceil(np.log(doubt) / np.log1p(-target)))
    for n, place in enumerate(order, start=1):
        count += float(wrong[place])
        if n < least:
            continue
        if error_bound(count, n, doubt) > target:
            break
        found = float(confidence[place])
    return found
