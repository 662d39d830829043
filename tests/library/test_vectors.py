"""The two ways a spectrum becomes a vector, against numbers worked out by hand."""

import numpy as np
import pytest

from msgui.library.vectors import (
    PAPER_BINS,
    STRONG_BINS,
    STRONG_PEAKS,
    Entries,
    paper_entries,
    strong_entries,
)

LOSSES = STRONG_BINS // 2


def one(kind, peaks: list[tuple[float, float]], precursor: float = np.nan) -> dict[int, float]:
    mz, intensity = np.array(peaks, dtype=float).reshape(-1, 2).T
    entries: Entries = kind(np.array([0, mz.size]), mz, intensity, np.array([precursor]))
    return dict(zip(entries.bin.tolist(), entries.value.tolist(), strict=True))


def test_strong_vector_has_roots_and_half_weight_losses() -> None:
    vector = one(strong_entries, [(100.0, 25.0), (150.0, 100.0)], 200.0)
    length = np.sqrt(0.25 + 1 + 0.5 * 0.25 + 0.5)
    assert vector == pytest.approx(
        {
            5000: 0.5 / length,
            7500: 1 / length,
            LOSSES + 5000: 0.5 * 0.5**0.5 / length,
            LOSSES + 2500: 0.5**0.5 / length,
        }
    )


def test_strong_vector_without_a_precursor_has_no_losses() -> None:
    assert set(one(strong_entries, [(100.0, 1.0)])) == {5000}


def test_peaks_above_the_precursor_are_left_out() -> None:
    vector = one(strong_entries, [(100.0, 1.0), (250.0, 1.0)], 200.0)
    assert set(vector) == {5000, LOSSES + 5000}


def test_peaks_of_one_bin_are_added() -> None:
    vector = one(strong_entries, [(100.0, 1.0), (100.001, 1.0), (300.0, 1.0)])
    assert vector[5000] == pytest.approx(2 * vector[15000])


def test_paper_vector_is_linear_with_an_artificial_precursor() -> None:
    vector = one(paper_entries, [(100.1, 50.0), (150.9, 100.0), (2500.0, 100.0)], 200.2)
    length = np.sqrt(0.25 + 1 + 1)
    assert vector == pytest.approx({400: 0.5 / length, 603: 1 / length, 800: 1 / length})
    assert max(vector) < PAPER_BINS


@pytest.mark.parametrize("kind", [strong_entries, paper_entries])
def test_rows_do_not_disturb_each_other(kind) -> None:
    peaks = [(50.0, 1.0), (60.0, 4.0), (70.0, 9.0), (80.0, 2.0)]
    mz, intensity = np.array(peaks).T
    together = kind(np.array([0, 1, 1, 4]), mz, intensity, np.array([90.0, np.nan, 95.0]))
    for row, (part, precursor) in {0: (peaks[:1], 90.0), 2: (peaks[1:], 95.0)}.items():
        chosen = together.row == row
        bins, values = together.bin[chosen].tolist(), together.value[chosen].tolist()
        alone = one(kind, part, precursor)
        assert dict(zip(bins, values, strict=True)) == pytest.approx(alone)
    assert 1 not in together.row


def test_only_the_highest_peaks_count() -> None:
    mz = np.arange(50.0, 50.0 + STRONG_PEAKS + 44)
    heights = np.linspace(1, 100, mz.size)
    assert len(one(strong_entries, list(zip(mz, heights, strict=True)))) == STRONG_PEAKS


def test_an_empty_spectrum_gives_nothing() -> None:
    assert one(strong_entries, []) == {}
