"""Chooses how much the votes of isomers and of near formulas count beside a model's prediction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.benchmark.scores import best_threshold, jaccard
from msgui.prediction.fusion import (
    Fusion,
    Probabilities,
    Relatives,
    Votes,
    fuse_votes,
    log_odds,
    votes_of,
)
from msgui.progress import Step

SHARPNESS: Final = (6.0, 12.0, 24.0, 48.0)
# A bit that neither the model nor a vote holds likelier than this says nothing about weights.
LEAST_PROBABILITY: Final = 0.02
PASSES: Final = 25
SHRINKAGE: Final = 1.0

Coefficients = tuple[float, float, float, float]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FusionCase:
    """A query of the validation side.

    Parameters
    ----------
    probability : float32 array, shape (4096,)
        What the model says.
    relatives : Relatives
    inchikey14 : str
        Of the true structure, which may not vote.
    truth : uint8 array, shape (4096,)
    """

    probability: Probabilities
    relatives: Relatives
    inchikey14: str
    truth: npt.NDArray[np.uint8]


def fit_fusion(cases: Sequence[FusionCase]) -> Iterator[Step | Fusion]:
    """Yield steps and last the weights with the highest mean Jaccard index on the cases.

    For each pair of sharpnesses the coefficients are those of a logistic regression of the true
    bits, shrunk a little towards the plain mean of what there is.
    """
    pairs = [(sharpness, sharpness) for sharpness in SHARPNESS]
    counted = []
    for number, c in enumerate(cases):
        counted.append(votes_of(c.probability, c.relatives, pairs, {c.inchikey14}))
        yield Step(number + 1, len(cases), "votes")
    truth = np.stack([case.truth for case in cases])
    best, reached = None, -1.0
    for i, of_isomers in enumerate(SHARPNESS):
        for j, of_near in enumerate(SHARPNESS):
            votes = [
                replace(found[i], near=found[j].near, of_near=found[j].of_near) for found in counted
            ]
            fusion = _coefficients(cases, votes, of_isomers, of_near)
            fused = np.stack(
                [fuse_votes(c.probability, v, fusion) for c, v in zip(cases, votes, strict=True)]
            )
            threshold = best_threshold(fused, truth)
            mean = float(jaccard(fused, truth, threshold).mean())
            if mean > reached:
                best, reached = replace(fusion, threshold=threshold), mean
            yield Step(0, 0, f"sharpness {of_isomers:g} and {of_near:g}: Jaccard {mean:.4f}")
    assert best is not None
    yield best


def _coefficients(
    cases: Sequence[FusionCase], votes: Sequence[Votes], of_isomers: float, of_near: float
) -> Fusion:
    return Fusion(
        of_isomers,
        of_near,
        both=_fitted(cases, votes, use_isomers=True, use_near=True),
        isomers_only=_fitted(cases, votes, use_isomers=True, use_near=False),
        near_only=_fitted(cases, votes, use_isomers=False, use_near=True),
        threshold=0.5,
    )


def _fitted(
    cases: Sequence[FusionCase], votes: Sequence[Votes], *, use_isomers: bool, use_near: bool
) -> Coefficients:
    """Return coefficients of model, isomers, near formulas and constant; 0 where not used.

    Cases that have more than is used take part with what is used, so that the rare kinds of
    cases are not fitted on a handful.
    """
    tables, answers = [], []
    for case, vote in zip(cases, votes, strict=True):
        if (use_isomers and not vote.isomers) or (use_near and not vote.near):
            continue
        parts = [case.probability]
        parts += [vote.of_isomers] if use_isomers else []
        parts += [vote.of_near] if use_near else []
        table = np.stack(parts, axis=1)
        told = table.max(axis=1) > LEAST_PROBABILITY
        tables.append(log_odds(table[told]))
        answers.append(case.truth[told])
    n = 1 + use_isomers + use_near
    start = np.append(np.full(n, 1.0 / n), 0.0)
    fitted = _logistic(tables, answers, start).tolist() if tables else start.tolist()
    return (
        round(fitted[0], 4),
        round(fitted[1], 4) if use_isomers else 0.0,
        round(fitted[n - 1], 4) if use_near else 0.0,
        round(fitted[-1], 4),
    )


def _logistic(
    tables: Sequence[FloatArray], answers: Sequence[npt.NDArray[np.uint8]], start: FloatArray
) -> FloatArray:
    """Return coefficients and constant of a logistic regression, by Newton's method."""
    x = np.concatenate(tables)
    x = np.append(x, np.ones((len(x), 1)), axis=1)
    y = np.concatenate(answers).astype(np.float64)
    weights = start.copy()
    for _ in range(PASSES):
        chance = 1.0 / (1.0 + np.exp(-(x @ weights)))
        slope = x.T @ (chance - y) + SHRINKAGE * (weights - start)
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + SHRINKAGE * np.eye(len(weights))
        change = np.linalg.solve(curve, slope)
        weights = weights - change
        if np.abs(change).max() < 1e-6:
            break
    return weights
