"""Which bits of the predicted fingerprint decide between two structures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from msgui.prediction.agreement import SUREST, bits_of
from msgui.prediction.bit_facts import BitFacts
from msgui.prediction.values import Prediction

MOST_BITS = 12


@dataclass(frozen=True, slots=True)
class DecidingBit:
    """A bit that one of two structures has and the other has not.

    Parameters
    ----------
    bit : int
    in_first : bool
        Does the first structure have it (else the second).
    probability : float
        Predicted.
    gain : float
        What it adds to the lead of the first structure in log-likelihood, in nats.
    f1 : float
        Of the bit on compounds that the model did not learn from; NaN when not known.
    positives : int or None
        Training compounds that have the bit.
    """

    bit: int
    in_first: bool
    probability: float
    gain: float
    f1: float
    positives: int | None


def deciding_bits(
    prediction: Prediction,
    first: str,
    second: str,
    facts: BitFacts | None = None,
    most: int = MOST_BITS,
) -> tuple[DecidingBit, ...]:
    """Return the bits that only one of two structures (SMILES) has, the weightiest first.

    Their gains add up to the difference of the log-likelihoods, as far as all are returned.
    """
    one, other = bits_of([first, second])
    different = np.flatnonzero(one != other)
    probability = np.clip(prediction.probability.astype(np.float64), SUREST, 1 - SUREST)
    odds = np.log(probability) - np.log1p(-probability)
    gain = np.where(one[different] > 0, odds[different], -odds[different])
    order = np.argsort(-np.abs(gain), kind="stable")[:most]
    return tuple(
        DecidingBit(
            bit=int(bit),
            in_first=bool(one[bit]),
            probability=float(prediction.probability[bit]),
            gain=float(value),
            f1=float(facts.f1[bit]) if facts is not None else float("nan"),
            positives=int(facts.positives[bit]) if facts is not None else None,
        )
        for bit, value in zip(different[order].tolist(), gain[order].tolist(), strict=True)
    )


def total_gain(found: Sequence[DecidingBit]) -> float:
    """Return the lead of the first structure that some bits make, in nats."""
    return float(sum(one.gain for one in found))
