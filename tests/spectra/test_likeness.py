"""How alike intensities are, by hand and by what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgui.spectra.likeness import entropy_similarity, square_root_cosine

MZ = np.array([50.0, 80.0, 120.0])
HEIGHT = np.array([1.0, 4.0, 9.0])
EMPTY = np.zeros(0)


def test_the_same_is_one_and_nothing_shared_is_zero() -> None:
    for measure in (square_root_cosine, entropy_similarity):
        assert measure(MZ, HEIGHT, MZ, 7 * HEIGHT) == pytest.approx(1)
        assert measure(MZ, HEIGHT, MZ + 1, HEIGHT) == pytest.approx(0, abs=1e-12)
        assert measure(MZ, HEIGHT, EMPTY, EMPTY) == 0
        assert measure(MZ, np.zeros(3), MZ, HEIGHT) == 0


def test_cosine_by_hand() -> None:
    only_highest = square_root_cosine(MZ, HEIGHT, MZ[2:], np.array([5.0]))
    assert only_highest == pytest.approx(3 / np.sqrt(14))


def test_entropy_by_hand() -> None:
    # One of two equally high peaks is shared; equal heights stay equal when weighted.
    height = np.ones(2)
    found = entropy_similarity(MZ[:2], height, MZ[1:], height)
    assert found == pytest.approx(0.5)


@given(st.lists(st.floats(0.01, 1e3), min_size=1, max_size=8), st.integers(0, 100))
def test_both_are_symmetric_and_between_zero_and_one(heights: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = np.array(heights)
    mz = 50.0 + 10 * np.arange(a.size)
    b, other = rng.uniform(0.1, 9, a.size), mz + rng.choice([0.0, 3.0], a.size)
    for measure in (square_root_cosine, entropy_similarity):
        found = measure(mz, a, other, b)
        assert 0 <= found <= 1
        assert measure(other, b, mz, a) == pytest.approx(found)
