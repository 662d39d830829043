"""The mass error of a spectrum is found from its peaks, whatever else they may be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgui.chemistry.recalibration import (
    MassError,
    estimate_mass_error,
    recalibration,
    scatter,
)


def estimate(error_ppm: list[float], others: list[float] | None = None) -> MassError:
    """Estimate from one true candidate for each peak and, where given, wrong ones beside it."""
    n = len(error_ppm)
    errors = np.array([*error_ppm, *(others or [])])
    peak = np.array([*range(n), *range(len(others or []))], dtype=np.int64)
    order = np.argsort(peak, kind="stable")
    mz, intensity = np.linspace(80.0, 400.0, n), np.full(n, 100.0)
    reach = np.full(n, 25.0)
    return estimate_mass_error(
        mz, intensity, peak[order], errors[order], np.zeros(errors.size), reach
    )


@settings(deadline=None, max_examples=25)
@given(st.floats(-9.0, 9.0), st.sampled_from([0.3, 1.0, 3.0]), st.integers(0, 5))
def test_offset_and_spread(offset: float, spread: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = estimate((offset + random.normal(0, spread, 30)).tolist())
    assert found.offset_ppm == pytest.approx(offset, abs=max(0.4, spread))
    assert 0.3 * spread < found.spread_ppm < 2.5 * spread


def test_wrong_candidates_do_not_mislead() -> None:
    random = np.random.default_rng(1)
    right = (5.0 + random.normal(0, 0.5, 20)).tolist()
    wrong = random.uniform(-25, 25, 20).tolist()
    assert estimate(right, wrong).offset_ppm == pytest.approx(5.0, abs=0.4)


def test_one_peak_hardly_moves_the_offset() -> None:
    assert abs(estimate([6.0]).offset_ppm) < 6.0
    assert estimate([]) == MassError(0.0, 0.8)


def test_weak_peaks_and_light_ones_scatter_more() -> None:
    error = MassError(0.0, 1.0)
    strong, weak = error.sigma_ppm(np.array([200.0, 200.0]), np.array([1.0, 0.001]))
    light = error.sigma_ppm(np.array([30.0]), np.array([1.0]))[0]
    assert weak > 2 * strong
    assert light > strong
    assert scatter(np.array([1.0, 1e-9]))[0] == 1.0
    rounded = error.sigma_ppm(np.array([200.0]), np.array([1.0]), rounding_da=0.005)[0]
    assert rounded > 10


def test_what_is_shown() -> None:
    shown = recalibration(MassError(2.0, 0.5), np.array([-1.0, 0.0, 1.0, 30.0]))
    assert (shown.offset_ppm, shown.peaks) == (2.0, 4)
    assert shown.spread_ppm == pytest.approx(1.4826)
    assert np.isnan(recalibration(MassError(0.0, 1.0), np.zeros(0)).spread_ppm)
