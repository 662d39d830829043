"""Controls that never see the spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from msgui.prediction.agreement import bits_of
from msgui.structures.store import StructureStore

MOST_FORMULAS = 1000
MOST_UNMEASURED = 40_000
PASSES = 6
BATCH = 512
STEP = 0.02
SHRINKAGE = 1e-4

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LooksMeasured:
    """How much a structure looks like the compounds that people have measured.

    Logistic regression on Morgan bits: training structures against the other structures of the
    store with the same formulas. It knows nothing of any spectrum, so whatever it finds is what
    the candidate lists give away.
    """

    weight: npt.NDArray[np.float32]
    frequency: npt.NDArray[np.float32]

    def score(self, bits: Bits) -> npt.NDArray[np.float64]:
        """Return log odds, shape (n,), higher for structures that look measured."""
        score: npt.NDArray[np.float64] = (bits.astype(np.float32) @ self.weight).astype(np.float64)
        return score


def learn_blind(
    smiles: Sequence[str],
    inchikey14: Sequence[str],
    formulas: Sequence[str],
    store: StructureStore,
    seed: int = 0,
) -> LooksMeasured:
    """Return a control that has learned from structures alone.

    Parameters
    ----------
    smiles, inchikey14, formulas : sequences of str
        The structures of the training side.
    store : StructureStore
        Where the candidates come from.
    """
    rng = np.random.default_rng(seed)
    measured = bits_of(smiles)
    names = sorted(set(formulas))
    chosen = rng.permutation(len(names))[:MOST_FORMULAS]
    known = set(inchikey14)
    others: list[str] = []
    for number in chosen:
        found = store.by_formula(names[int(number)])
        others.extend(s.smiles for s in found if s.inchikey14 not in known)
    if len(others) > MOST_UNMEASURED:
        others = [others[int(i)] for i in rng.permutation(len(others))[:MOST_UNMEASURED]]
    frequency = measured.mean(axis=0, dtype=np.float64).astype(np.float32)
    return LooksMeasured(_logistic(measured, bits_of(others), rng), frequency)


def _logistic(positive: Bits, negative: Bits, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return the weights of a balanced logistic regression (Adam, without the constant)."""
    bits = np.concatenate([positive, negative])
    label = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))]).astype(np.float32)
    share = np.where(label == 1, 0.5 / max(1, len(positive)), 0.5 / max(1, len(negative)))
    sample = (share * len(label)).astype(np.float32)
    weight = np.zeros(bits.shape[1], np.float32)
    constant, moment, spread = 0.0, np.zeros_like(weight), np.zeros_like(weight)
    count = 0
    for _ in range(PASSES if len(negative) else 0):
        order = rng.permutation(len(label))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            x = bits[rows].astype(np.float32)
            odds = np.clip(x @ weight + constant, -30, 30)
            error = (1 / (1 + np.exp(-odds)) - label[rows]) * sample[rows] / len(rows)
            slope = error @ x + SHRINKAGE * weight
            count += 1
            moment = 0.9 * moment + 0.1 * slope
            spread = 0.999 * spread + 0.001 * slope**2
            size = STEP * np.sqrt(1 - 0.999**count) / (1 - 0.9**count)
            weight -= (size * moment / (np.sqrt(spread) + 1e-8)).astype(np.float32)
            constant -= STEP * float(error.sum())
    return weight
