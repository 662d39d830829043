"""How good a predicted fingerprint is: Jaccard, calibration, rank among isomers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from msgui.chemistry.molecule import unpack
from msgui.prediction.agreement import bits_of
from msgui.prediction.molecule_encoder import MoleculeEncoder

THRESHOLDS = tuple(round(0.1 + 0.02 * step, 2) for step in range(21))
FloatArray = npt.NDArray[np.float64]


def jaccard(
    probability: npt.NDArray[np.floating], truth: npt.NDArray[np.uint8], threshold: float
) -> FloatArray:
    """Return the Jaccard index of each row at a threshold, shape (n,)."""
    guess = probability > threshold
    bits = truth.astype(bool)
    both = (guess & bits).sum(1)
    either = (guess | bits).sum(1)
    return np.asarray(both / np.maximum(either, 1), np.float64)


def best_threshold(
    probability: npt.NDArray[np.floating],
    truth: npt.NDArray[np.uint8],
    weight: npt.NDArray[np.float64],
) -> float:
    """Return the threshold with the highest weighted mean Jaccard (to be asked of validation)."""
    means = [np.average(jaccard(probability, truth, t), weights=weight) for t in THRESHOLDS]
    return THRESHOLDS[int(np.argmax(means))]


def molecule_weights(molecule: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return weights that let every molecule count alike, shape (n,), sum 1."""
    _, inverse, counts = np.unique(molecule, return_inverse=True, return_counts=True)
    weight = 1.0 / counts[inverse]
    return np.asarray(weight / weight.sum())


@dataclass(frozen=True)
class CalibrationRow:
    """Bits whose predicted probability lies in one range: mean prediction, observed frequency."""

    predicted: float
    observed: float
    bits: int


def calibration_table(
    probability: npt.NDArray[np.float32],
    truth: npt.NDArray[np.uint8],
    edges: Sequence[float] = (0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
) -> tuple[CalibrationRow, ...]:
    """Return predicted against observed frequency of bits in ranges of probability."""
    place = np.clip(np.digitize(probability.ravel(), edges) - 1, 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    predicted = np.bincount(place, probability.ravel(), len(edges) - 1)
    observed = np.bincount(place, truth.ravel(), len(edges) - 1)
    return tuple(
        CalibrationRow(round(p / n, 4), round(o / n, 4), int(n))
        for p, o, n in zip(predicted, observed, counts, strict=True)
        if n
    )


def calibration_error(table: Sequence[CalibrationRow]) -> float:
    """Return the mean gap between predicted and observed, weighted by bits, above 1 %."""
    rows = [row for row in table if row.predicted >= 0.01]
    bits = sum(row.bits for row in rows)
    return sum(row.bits * abs(row.predicted - row.observed) for row in rows) / max(1, bits)


@dataclass(frozen=True)
class Retrieval:
    """Expected hits among same-formula candidates; ties at their expected rank."""

    queries: int
    hit_1: float
    hit_5: float
    mean_reciprocal_rank: float
    random_hit_1: float
    median_candidates: float


class IsomerPool:
    """Candidates of the same formula for a set of molecules, with fingerprints.

    Parameters
    ----------
    candidates : mapping of str to sequence of (inchikey14, SMILES)
        By neutral formula; the true structure among them.
    """

    def __init__(self, candidates: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        self.keys = {formula: [key for key, _ in rows] for formula, rows in candidates.items()}
        self.bits = {
            # A structure that cannot be read has no bits; it stays a candidate.
            formula: np.packbits(bits_of([smiles for _, smiles in rows]), axis=1)
            for formula, rows in candidates.items()
        }
        self._places: dict[tuple[int, str], npt.NDArray[np.float32]] = {}

    def by_fingerprint(
        self, probability: npt.NDArray[np.float32], formula: str
    ) -> npt.NDArray[np.float64]:
        """Return the log-likelihood of each candidate's bits, up to a constant."""
        bounded = np.clip(probability, 1e-4, 1 - 1e-4).astype(np.float64)
        odds = np.log(bounded) - np.log1p(-bounded)
        return np.asarray(unpack(self.bits[formula]) @ odds, np.float64)

    def by_place(
        self, encoder: MoleculeEncoder, embedding: npt.NDArray[np.float32], formula: str
    ) -> npt.NDArray[np.float64]:
        """Return the cosine of a spectrum's embedding with that of each candidate."""
        if (id(encoder), formula) not in self._places:
            self._places[id(encoder), formula] = encoder.embed(unpack(self.bits[formula]))
        return np.asarray(self._places[id(encoder), formula] @ embedding, np.float64)

    def hits(
        self, score: npt.NDArray[np.float64], formula: str, truth: str
    ) -> tuple[int, float, float, float] | None:
        """Return (candidates, hit@1, hit@5, 1/rank) of a query; None without the truth."""
        keys = self.keys.get(formula, [])
        if truth not in keys:
            return None
        own = score[keys.index(truth)]
        above = int((score > own + 1e-9).sum())
        tied = int((np.abs(score - own) <= 1e-9).sum())
        ranks = above + 1 + np.arange(tied)
        return (
            len(keys),
            float((ranks == 1).mean()),
            float((ranks <= 5).mean()),
            float((1.0 / ranks).mean()),
        )


def retrieval(
    pool: IsomerPool,
    score: Callable[[int], npt.NDArray[np.float64]],
    formulas: Sequence[str],
    truths: Sequence[str],
    least_candidates: int,
) -> Retrieval:
    """Return hit rates over the queries that have at least ``least_candidates`` candidates.

    Parameters
    ----------
    score : function of int
        Gives the scores of the candidates of a query, by its number.
    """
    rows = []
    for number, (formula, truth) in enumerate(zip(formulas, truths, strict=True)):
        if len(pool.keys.get(formula, ())) < least_candidates:
            continue
        hits = pool.hits(score(number), formula, truth)
        if hits:
            rows.append(hits)
    if not rows:
        return Retrieval(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    table = np.array(rows, np.float64)
    return Retrieval(
        queries=len(rows),
        hit_1=float(table[:, 1].mean()),
        hit_5=float(table[:, 2].mean()),
        mean_reciprocal_rank=float(table[:, 3].mean()),
        random_hit_1=float((1.0 / table[:, 0]).mean()),
        median_candidates=float(np.median(table[:, 0])),
    )
