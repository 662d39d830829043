"""Peak lists that are two clean columns: all records of a block are converted at once."""

from collections.abc import Sequence

import numpy as np

from msgui.spectra import limits
from msgui.spectra.decimals import two_columns
from msgui.spectra.peak_text import Columns, Peaks, usable
from msgui.spectra.spectrum import FloatArray

_BLANK_ENDS = (b" \n", b"\t\n")


def _columns(text: str) -> Columns | None:
    """Return the columns of a text, or None when one of its lines is not two clean numbers."""
    if not text.isascii():
        return None
    data = text.encode("ascii")
    columns = two_columns(data)
    if columns is not None or not any(blank_end in data for blank_end in _BLANK_ENDS):
        return columns
    for blank_end in _BLANK_ENDS:
        data = data.replace(blank_end, b"\n")
    return two_columns(data)


def clean_peaks(
    texts: Sequence[str], lines: Sequence[int] | None = None
) -> list[Columns | Peaks | None]:
    """Return the peaks of each text that is two columns of numbers, None for the others.

    Parameters
    ----------
    texts : sequence of str
        Each ends in a line end. All are converted at once, which is what makes this fast.
    lines : sequence of int or None
        Number of lines of each text, where it is known.

    Returns
    -------
    list
        m/z and intensity (ascending, finite, above zero, read-only) where every peak is usable;
        Peaks where some were dropped.
    """
    if not any(texts):
        return [(np.zeros(0), np.zeros(0)) for _ in texts]
    columns = _columns("".join(texts))
    if columns is not None:
        return _parts(*columns, lines or [text.count("\n") for text in texts])
    if len(texts) == 1:
        return [None]
    # Halves, and their halves: one odd record of hundreds costs little.
    middle = len(texts) // 2
    first, last = (None, None) if lines is None else (lines[:middle], lines[middle:])
    return clean_peaks(texts[:middle], first) + clean_peaks(texts[middle:], last)


def _parts(
    mz: FloatArray, intensity: FloatArray, counts: Sequence[int]
) -> list[Columns | Peaks | None]:
    """Return the peaks of records that stand one after the other, so many of each."""
    mz.setflags(write=False)
    intensity.setflags(write=False)
    ends = np.cumsum(counts)
    found: list[Columns | Peaks | None] = []
    start = 0
    for end in ends.tolist():
        found.append((mz[start:end], intensity[start:end]))
        start = end
    falls = mz[1:] < mz[:-1]
    # From one record to the next the m/z may fall.
    falls[ends[(ends > 0) & (ends < mz.size)] - 1] = False
    odd = np.flatnonzero(falls) + 1
    if mz.size and not (mz.min() > 0 and intensity.min() > 0 and _are_finite(mz, intensity)):
        good = (mz > 0) & (intensity > 0) & np.isfinite(mz) & np.isfinite(intensity)
        odd = np.concatenate([odd, np.flatnonzero(~good)])
    too_many = np.flatnonzero(np.array(counts) > limits.PEAKS)
    records = np.unique(np.concatenate([np.searchsorted(ends, odd, side="right"), too_many]))
    for record in records.tolist():
        part = slice(int(ends[record]) - counts[record], int(ends[record]))
        peaks = usable(mz[part], intensity[part])
        kept_all = peaks.mz.size == counts[record]
        found[record] = (peaks.mz, peaks.intensity) if kept_all else peaks
    return found


def _are_finite(mz: FloatArray, intensity: FloatArray) -> bool:
    return bool(mz.max() < np.inf) and bool(intensity.max() < np.inf)
