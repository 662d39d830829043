"""How far an expected ion may be from a peak."""

import numpy as np
import pytest

from msgui.prediction.ion_tolerance import (
    COARSE_TOLERANCE_DA,
    coarse_notes,
    ion_tolerance,
    is_coarse,
)

FINE = np.array([84.0808, 130.0499, 283.2643, 809.5182])


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_two_decimals_are_coarse_in_single_precision_too(decimals: int) -> None:
    mz = np.round(FINE, decimals)
    assert is_coarse(mz)
    assert is_coarse(mz.astype(np.float32).astype(np.float64))
    assert ion_tolerance(mz, 10.0).tolist() == [COARSE_TOLERANCE_DA] * 4
    assert "0.3 Da" in coarse_notes(mz)[0]


def test_one_peak_with_more_decimals_is_enough() -> None:
    mz = np.array([84.08, 130.05, 283.2643])
    assert not is_coarse(mz)
    assert not coarse_notes(mz)


def test_too_few_peaks_tell_nothing() -> None:
    assert not is_coarse(np.array([84.08, 130.05]))
    assert not is_coarse(np.zeros(0))


def test_high_resolution_has_parts_per_million_above_a_floor() -> None:
    assert ion_tolerance(FINE, 10.0) == pytest.approx([0.001, 0.0013005, 0.002832643, 0.008095182])
