"""Cosine and modified cosine on peaks whose answer is known."""

import numpy as np
import pytest

from msgui.library.similarity import cosine, root_weights


def compare(first: list, second: list, **options: float):
    mz, intensity = np.array(first, dtype=float).T
    other_mz, other_intensity = np.array(second, dtype=float).T
    return cosine(mz, root_weights(intensity), other_mz, root_weights(other_intensity), **options)


def test_a_spectrum_is_like_itself() -> None:
    found = compare([(100, 4), (200, 9)], [(100, 4), (200, 9)])
    assert (found.score, found.shared_peaks) == (pytest.approx(1.0), 2)


def test_peaks_apart_share_nothing() -> None:
    found = compare([(100, 1)], [(100.05, 1)])
    assert (found.score, found.shared_peaks) == (0.0, 0)


def test_a_peak_is_used_once() -> None:
    found = compare([(100.0, 1), (100.01, 1)], [(100.005, 1)])
    assert found.shared_peaks == 1
    assert found.score == pytest.approx(1 / 2**0.5)


def test_shifted_peaks_count_when_the_precursors_differ() -> None:
    first, second = [(50, 1), (114, 1)], [(50, 1), (100, 1)]
    assert compare(first, second).score == pytest.approx(0.5)
    assert compare(first, second, shift=14.0).score == pytest.approx(1.0)
    assert compare(first, second, shift=-14.0).score == pytest.approx(0.5)
