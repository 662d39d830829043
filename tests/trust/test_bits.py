"""Bits that only one of two structures has, with what they add to its lead."""

import numpy as np
import pytest

from msgui.prediction.agreement import bits_of, log_likelihood
from msgui.prediction.bit_facts import BitFacts
from msgui.prediction.values import Prediction
from msgui.trust.bits import deciding_bits, total_gain

CAFFEINE, ISOCAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "Cn1c(=O)c2ncn(C)c2n(C)c1=O"


def predicted() -> Prediction:
    probability = np.random.default_rng(3).uniform(0.01, 0.9, 4096).astype(np.float32)
    return Prediction(probability, np.zeros(0, np.float32), 0.3, "CPU")


def test_all_gains_add_up_to_the_lead() -> None:
    prediction = predicted()
    found = deciding_bits(prediction, CAFFEINE, ISOCAFFEINE, most=4096)
    both = bits_of([CAFFEINE, ISOCAFFEINE])
    first, second = log_likelihood(prediction.probability, both)
    assert total_gain(found) == pytest.approx(first - second, abs=1e-3)
    gains = [abs(one.gain) for one in found]
    assert gains == sorted(gains, reverse=True)
    for one in found:
        assert bool(both[0, one.bit]) == one.in_first
        assert both[0, one.bit] != both[1, one.bit]


def test_facts_stand_beside_the_bits() -> None:
    facts = BitFacts(
        np.arange(4096, dtype=np.int32),
        np.full(4096, 0.5, np.float32),
        np.ones(4096, np.int32),
    )
    one = deciding_bits(predicted(), CAFFEINE, ISOCAFFEINE, facts)[0]
    assert (one.positives, one.f1) == (one.bit, 0.5)
    bare = deciding_bits(predicted(), CAFFEINE, ISOCAFFEINE)[0]
    assert bare.positives is None
    assert np.isnan(bare.f1)


def test_a_structure_beside_itself_decides_nothing() -> None:
    assert deciding_bits(predicted(), CAFFEINE, CAFFEINE) == ()
