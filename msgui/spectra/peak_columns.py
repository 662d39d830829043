"""Peak lists that are two clean columns: all records of a block are converted at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from msgui.spectra import limits
from msgui.spectra.peak_text import Columns, Peaks, usable
from msgui.spectra.spectrum import FloatArray

_DIGITS = b"0123456789.eE+-"
_TAB_AS_BLANK = bytes.maketrans(b"\t", b" ")


def _tidied(text: str) -> bytes | None:
    """Return the text as lines of exactly two words of digits, or None for anything else.

    What is left of such a text without digits is one separator and one line end per line.
    """
    if not text.isascii():
        return None
    data = text.encode("ascii")
    left = data.translate(_TAB_AS_BLANK, _DIGITS)
    if left == b" \n" * (len(left) // 2):
        return data
    data = data.replace(b" \n", b"\n").replace(b"\t\n", b"\n")
    left = data.translate(_TAB_AS_BLANK, _DIGITS)
    return data if left == b" \n" * (len(left) // 2) else None


def _numbers(data: bytes) -> FloatArray | None:
    """Return the numbers of tidied text, or None when a word is no number or a line is short."""
    words = data.split()
    if len(words) != 2 * data.count(b"\n"):
        return None
    try:
        return np.array(words, dtype=np.float64)
    except ValueError:
        return None


def clean_peaks(texts: Sequence[str], *, compiled: bool = False) -> list[Columns | Peaks | None]:
    """Return the peaks of each text that is two columns of numbers, None for the others.

    Parameters
    ----------
    texts : sequence of str
        Each ends in a line end. All are converted at once, which is what makes this fast.
    compiled : bool
        Use the compiled kernel, whose first use costs about a second: for large files.

    Returns
    -------
    list
        m/z and intensity (ascending, finite, above zero, read-only) where every peak is usable;
        Peaks where some were dropped.
    """
    if not texts:
        return []
    if compiled:
        found = _compiled_peaks(texts)
        left = [place for place, peaks in enumerate(found) if peaks is None]
        for place, peaks in zip(left, clean_peaks([texts[p] for p in left]), strict=True):
            found[place] = peaks
        return found
    whole = _tidied("".join(texts))
    numbers = None if whole is None else _numbers(whole)
    if numbers is not None:
        return _slices(numbers, [text.count("\n") for text in texts])
    if len(texts) == 1:
        return [None]
    tidy = [place for place, text in enumerate(texts) if _tidied(text) is not None]
    if len(tidy) == len(texts):
        return [clean_peaks([text])[0] for text in texts]
    result: list[Columns | Peaks | None] = [None] * len(texts)
    for place, peaks in zip(tidy, clean_peaks([texts[place] for place in tidy]), strict=True):
        result[place] = peaks
    return result


def _compiled_peaks(texts: Sequence[str]) -> list[Columns | Peaks | None]:
    from msgui.spectra.peak_kernel import read_columns

    whole = "".join(texts)
    if not whole.isascii():
        return [None] * len(texts)
    lines = whole.count("\n") + 1
    mz, intensity = np.empty(lines), np.empty(lines)
    counts = np.empty(len(texts), dtype=np.int64)
    plain = np.empty(len(texts), dtype=np.bool_)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    data = np.frombuffer(whole.encode("ascii"), dtype=np.uint8)
    read_columns(data, ends, mz, intensity, counts, plain)
    return _parts(mz, intensity, counts, plain)


def _slices(numbers: FloatArray, counts: Sequence[int]) -> list[Columns | Peaks | None]:
    """Return the peaks of records whose numbers stand one after the other, shape (2 n_peaks,)."""
    mz, intensity = numbers[0::2].copy(), numbers[1::2].copy()
    of_record = np.array(counts, dtype=np.int64)
    ends = np.cumsum(of_record)
    plain = np.ones(of_record.size, dtype=np.bool_)
    falls = np.flatnonzero(mz[1:] < mz[:-1]) + 1
    plain[np.searchsorted(ends, falls[~np.isin(falls, ends)], side="right")] = False
    if numbers.size and not (numbers.min() > 0 and np.isfinite(numbers).all()):
        good = (mz > 0) & (intensity > 0) & np.isfinite(mz) & np.isfinite(intensity)
        plain[np.searchsorted(ends, np.flatnonzero(~good), side="right")] = False
    return _parts(mz, intensity, of_record, plain)


def _parts(
    mz: FloatArray,
    intensity: FloatArray,
    counts: npt.NDArray[np.int64],
    plain: npt.NDArray[np.bool_],
) -> list[Columns | Peaks | None]:
    """Return the peaks of each record; a count below zero stands for a record that is left out."""
    mz.setflags(write=False)
    intensity.setflags(write=False)
    starts = np.cumsum(np.maximum(counts, 0)) - np.maximum(counts, 0)
    found: list[Columns | Peaks | None] = [
        (mz[start : start + count], intensity[start : start + count])
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
    ]
    for record in np.flatnonzero(~plain | (counts < 0) | (counts > limits.PEAKS)).tolist():
        if counts[record] < 0:
            found[record] = None
            continue
        part = slice(int(starts[record]), int(starts[record] + counts[record]))
        peaks = usable(mz[part], intensity[part])
        kept_all = peaks.mz.size == counts[record]
        found[record] = (peaks.mz, peaks.intensity) if kept_all else peaks
    return found
