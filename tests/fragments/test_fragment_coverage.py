"""Percentiles of candidates among their isomers, and the chance level."""

import numpy as np
import pytest

from msgui.fragments.coverage import isomer_percentiles
from msgui.spectra.coverage import SHIFTS_DA, Chance, chance_of


def test_share_of_isomers_that_explain_less_ties_half() -> None:
    found = isomer_percentiles([0.9, 0.5, 0.5, 0.1], ["C2H6O"] * 4)
    np.testing.assert_allclose(found, [1.0, 0.5, 0.5, 0.0])


def test_other_formulas_do_not_count() -> None:
    found = isomer_percentiles([0.2, 0.9, 0.3], ["C2H6O", "C3H8", "C2H6O"])
    assert found[0] == 0.0
    assert np.isnan(found[1])
    assert found[2] == 1.0


def test_all_equal_is_the_middle() -> None:
    np.testing.assert_allclose(isomer_percentiles([0.4] * 5, ["CH4"] * 5), 0.5)


def test_none() -> None:
    assert isomer_percentiles([], []).shape == (0,)


@pytest.mark.parametrize("noise", [1e-12, 0.0])
def test_rounding_noise_makes_no_difference(noise: float) -> None:
    np.testing.assert_allclose(isomer_percentiles([0.5, 0.5 + noise], ["CH4"] * 2), 0.5)


def test_chance_is_the_mean_over_shifted_peaks() -> None:
    mz, intensity = np.array([100.0, 200.0, 300.0]), np.array([1.0, 3.0, 100.0])
    counts = np.array([True, True, False])

    found = chance_of(lambda shifted: shifted > 150.0, mz, intensity, counts)
    assert found == Chance(0.5, 0.75)
    assert chance_of(lambda shifted: shifted > 0, mz, intensity, ~counts & False) is None


def test_every_shift_leaves_the_true_masses() -> None:
    assert len(set(SHIFTS_DA)) == len(SHIFTS_DA)
    assert min(abs(shift) for shift in SHIFTS_DA) >= 0.1
    assert sum(SHIFTS_DA) == pytest.approx(0)
