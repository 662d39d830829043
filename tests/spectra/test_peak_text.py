"""Peak lists in text: the fast way and the careful way read the same numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgui.spectra.peak_columns import clean_peaks
from msgui.spectra.peak_text import PeakError, Peaks, careful_peaks

POSITIVE = st.floats(min_value=1e-6, max_value=1e12, allow_nan=False)
PEAKS = st.lists(st.tuples(POSITIVE, POSITIVE), max_size=30)
FORMATS = st.sampled_from(["{:.4f}", "{!r}", "{:.6g}", "{:.3e}", "{:.0f}"])


@settings(deadline=None, max_examples=60)
@given(st.lists(PEAKS, min_size=1, max_size=6), FORMATS, st.sampled_from([" ", "\t"]))
def test_all_ways_agree_bit_by_bit(
    records: list[list[tuple[float, float]]], pattern: str, gap: str
) -> None:
    texts = [
        "".join(f"{pattern.format(mz)}{gap}{pattern.format(height)}\n" for mz, height in record)
        for record in records
    ]
    expected = [careful_peaks(text.split("\n")) for text in texts]
    for found, careful in zip(clean_peaks(texts), expected, strict=True):
        assert found is not None
        mz, intensity = (
            (found.mz, found.intensity) if isinstance(found, Peaks) else (found[0], found[1])
        )
        assert mz.tobytes() == careful.mz.tobytes()
        assert intensity.tobytes() == careful.intensity.tobytes()


@pytest.mark.parametrize(
    "odd",
    ["100 x\n", "100\n", "1.2.3 4\n", "100 1 2\n", "100 \n1 2 3\n", "100,5 2\n", "1e 2\n", "100 1"],
)
def test_odd_records_are_left_out_alone(odd: str) -> None:
    found = clean_peaks(["100 1\n", odd, "200 2\n300 3\n"])
    assert found[1] is None
    assert found[0] is not None
    assert found[2] is not None
    assert not isinstance(found[2], Peaks)
    assert found[2][0].tolist() == [200.0, 300.0]


def test_dropped_peaks_are_counted() -> None:
    (found,) = clean_peaks(["200 2\n100 0\n150 1e999\n"])
    assert isinstance(found, Peaks)
    assert found.mz.tolist() == [200.0]
    assert (found.listed, found.silent, found.not_finite, found.not_positive) == (3, 1, 1, 0)


def test_the_arrays_cannot_be_changed() -> None:
    (found,) = clean_peaks(["100 1\n200 2\n"])
    assert found is not None
    assert not isinstance(found, Peaks)
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        careful_peaks(["100,5 1"]).mz[0] = 1.0


@pytest.mark.parametrize(
    ("line", "peak"),
    [
        ("100.5 10", (100.5, 10.0)),
        ("100,5 10,25", (100.5, 10.25)),
        ("100,5\t10", (100.5, 10.0)),
        ("100.5,10", (100.5, 10.0)),
        ("100.5, 10", (100.5, 10.0)),
        ("100.5;10", (100.5, 10.0)),
        ("100,5;10,25", (100.5, 10.25)),
        ("100.5:10", (100.5, 10.0)),
        ("(100.5 10)", (100.5, 10.0)),
        ("100.5 10 C5H8N3+", (100.5, 10.0)),
        ('100.5 10 "C5H8N3+; 0.1 ppm"', (100.5, 10.0)),
        ("1.005e2 1E1", (100.5, 10.0)),
    ],
)
def test_layouts_of_one_peak(line: str, peak: tuple[float, float]) -> None:
    found = careful_peaks([line])
    assert (found.mz.tolist(), found.intensity.tolist()) == ([peak[0]], [peak[1]])


@pytest.mark.parametrize("line", ["abc", "100.5", "100.5 abc", "m/z 5", "-", ";;", "x y z"])
def test_what_is_no_peak_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(PeakError) as caught:
        careful_peaks(["100.5 1", "", line])
    assert caught.value.line == 2


def test_control_characters_show_in_messages() -> None:
    with pytest.raises(PeakError, match=r"\\x00\\x1b"):
        careful_peaks(["\0\x1b[0m"])


def test_comments_are_kept() -> None:
    found = careful_peaks(['57.07 10 "C4H9+"', "71.08 5", "85.10 7 C6H13+ 0.3"])
    assert found.comments == "57.07 C4H9+; 85.10 C6H13+ 0.3"


def test_very_large_numbers_do_not_overflow() -> None:
    found = careful_peaks(["100 1e308", "101 1e308"])
    assert np.isfinite(found.intensity).all()
