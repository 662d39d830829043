"""Peaks that one, the other, both or neither of two candidates explains."""

import numpy as np
import pytest

from msgui.fragments.comparison import Explains, PeakGroup, compare

INTENSITY = np.array([10.0, 20.0, 30.0, 40.0, 100.0])


def test_peaks_fall_into_four_groups_and_those_that_do_not_count_into_none() -> None:
    found = compare(
        np.array([True, False, True, False, True]),
        np.array([True, True, False, False, True]),
        INTENSITY,
        np.array([True, True, True, True, False]),
    )

    assert found.groups == {
        Explains.BOTH: PeakGroup(1, pytest.approx(0.1)),
        Explains.SECOND: PeakGroup(1, pytest.approx(0.2)),
        Explains.FIRST: PeakGroup(1, pytest.approx(0.3)),
        Explains.NEITHER: PeakGroup(1, pytest.approx(0.4)),
    }
    assert found.deciding == (2, 1)
    assert found.explains.tolist() == [3, 2, 1, 0, 3]


def test_without_counting_peaks_all_groups_are_empty() -> None:
    nothing = np.zeros(5, bool)
    found = compare(nothing, ~nothing, INTENSITY, nothing)

    assert set(found.groups.values()) == {PeakGroup(0, 0.0)}
    assert found.deciding == ()
