"""The statistics of trust against what is known of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgui.benchmark.trust_statistics import (
    auroc,
    auroc_interval,
    calibration_error,
    error_bound,
    fit_logistic,
    per_molecule,
    relative_aurc,
    safe_threshold,
)


def test_auroc_counts_pairs() -> None:
    value, wrong = np.array([1.0, 2.0, 3.0, 3.0]), np.array([0.0, 1.0, 0.0, 1.0])
    # Of four pairs the wrong answer is higher in two (2 > 1, 3 > 1), tied in one (3, 3).
    assert auroc(value, wrong) == pytest.approx(2.5 / 4)
    assert auroc(-value, wrong) == pytest.approx(1.5 / 4)
    assert np.isnan(auroc(value, np.ones(4)))


def test_interval_of_noise_holds_chance() -> None:
    rng = np.random.default_rng(1)
    value, wrong = rng.normal(size=300), rng.integers(0, 2, 300).astype(float)
    low, high = auroc_interval(value, wrong, [str(n // 3) for n in range(300)])
    assert low < 0.5 < high
    assert auroc_interval(value, wrong, [str(n) for n in range(300)])[1] < 0.65


@pytest.mark.parametrize(("wrong", "n", "bound"), [(0, 59, 0.05), (0, 29, 0.1), (5, 50, 0.1989)])
def test_error_bound_is_that_of_clopper_and_pearson(wrong: int, n: int, bound: float) -> None:
    assert error_bound(wrong, n) == pytest.approx(bound, abs=2e-3)


@given(st.integers(1, 80), st.data())
def test_error_bound_is_above_the_rate(n: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, n))
    assert wrong / n <= error_bound(wrong, n) <= 1
    assert error_bound(wrong, n, 0.01) >= error_bound(wrong, n, 0.2)


def test_promised_error_holds_in_nearly_all_draws() -> None:
    rng = np.random.default_rng(2)
    broken = 0
    for _ in range(200):
        chance = rng.uniform(size=150)
        wrong = (rng.uniform(size=150) > chance).astype(float)
        threshold = safe_threshold(chance, wrong, 0.2)
        # Above t the true error is (1 - t) / 2.
        broken += threshold is not None and (1 - threshold) / 2 > 0.2
    assert broken <= 20


def test_nothing_is_promised_of_too_few() -> None:
    assert safe_threshold(np.linspace(0.5, 1, 20), np.zeros(20), 0.05) is None
    assert safe_threshold(np.linspace(0.5, 1, 80), np.zeros(80), 0.05) == pytest.approx(0.5)


def test_logistic_finds_what_made_the_answers_and_leaves_out_what_contradicts() -> None:
    rng = np.random.default_rng(3)
    table = rng.normal(size=(4000, 3))
    table[:50, 0] = np.nan
    odds = 1.5 * np.nan_to_num(table[:, 0]) - 1.0 * table[:, 1] - 0.3
    right = (rng.uniform(size=4000) < 1 / (1 + np.exp(-odds))).astype(float)
    fit = fit_logistic(("a", "b", "c"), table, right, np.ones(4000), (1, 1, 1))
    assert fit.names[0] == "a"
    assert "b" not in fit.names
    assert all(weight >= 0 for weight in fit.weight)
    whole = fit_logistic(("a", "b", "c"), table, right, np.ones(4000), (1, -1, 1))
    assert whole.weight[:2] == pytest.approx([1.5, -1.0], abs=0.15)
    chance = whole.chance(table[:, [("a", "b", "c").index(n) for n in whole.names]])
    assert calibration_error(chance, right) < 0.04


def test_molecules_count_once() -> None:
    assert per_molecule(["a", "a", "b"]).tolist() == [0.5, 0.5, 1.0]


def test_relative_area_is_zero_for_an_oracle_and_one_for_random_order() -> None:
    rng = np.random.default_rng(4)
    wrong = rng.integers(0, 2, 2000).astype(float)
    assert relative_aurc(-wrong, wrong) == pytest.approx(0, abs=1e-9)
    assert relative_aurc(rng.uniform(size=2000), wrong) == pytest.approx(1, abs=0.1)
