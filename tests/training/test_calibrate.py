"""Calibration finds the scaling that was put in."""

import numpy as np
import pytest

from msgui.training.calibrate import fit_calibration


def test_the_scaling_that_was_put_in_is_found() -> None:
    random = np.random.default_rng(1)
    true_logit = random.normal(-1, 1.5, (4000, 12)).astype(np.float32)
    truth = (random.random(true_logit.shape) < 1 / (1 + np.exp(-true_logit))).astype(np.uint8)
    too_sure = true_logit * 2 + 1
    prevalence = np.full(12, 0.2)
    found = fit_calibration(too_sure, truth, np.ones(4000), prevalence)
    assert found.scale[0] == pytest.approx(0.5, abs=0.05)
    assert found.shift[0] == pytest.approx(-0.5, abs=0.1)
    assert found.probability(too_sure).mean() == pytest.approx(truth.mean(), abs=0.01)


def test_bits_that_never_occur_stay_near_what_they_were() -> None:
    logits = np.full((50, 3), -6.0, np.float32)
    found = fit_calibration(logits, np.zeros((50, 3), np.uint8), np.ones(50), np.zeros(3))
    assert np.isfinite(found.scale).all()
    assert (found.probability(logits) < 0.01).all()
