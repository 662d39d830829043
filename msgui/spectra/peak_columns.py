"""Peak lists that are two clean columns: all records of a block are converted at once."""

from collections.abc import Sequence

import numpy as np

from msgui.spectra import limits
from msgui.spectra.peak_text import Columns, Peaks, usable
from msgui.spectra.spectrum import FloatArray

_DIGITS = b"0123456789.eE+-"
_LAST_WORD, _LAST_NUMBER = b"987654.25", 987654.25
_SEPARATORS = (b" ", b"\t")
_SHORT_LINES = (b" \n", b"\t\n", b"\n ", b"\n\t")
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


def _numbers(data: bytes) -> Columns | None:
    """Return the columns of tidied text, or None when a word is no number or a line is short.

    A word is read as one number, or as several (``1.2.3``), or it ends the reading; so when there
    are as many numbers as words and the last word has been read, each word was a number.
    """
    expected = 2 * data.count(b"\n")
    # A line with a single number has its separator before or behind it.
    if data[:1] in _SEPARATORS or any(short in data for short in _SHORT_LINES):
        return None
    try:
        numbers = np.fromstring(data + _LAST_WORD, dtype=np.float64, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    if numbers.size != expected + 1 or numbers[-1] != _LAST_NUMBER:
        return None
    return numbers[0:-1:2].copy(), numbers[1:-1:2].copy()


def _numbers_by_arrow(data: bytes) -> Columns | None:
    """Return the same columns in a third of the time, once Arrow is loaded."""
    from pyarrow import csv, float64, py_buffer

    types = {"mz": float64(), "intensity": float64()}
    try:
        table = csv.read_csv(
            py_buffer(data.replace(b"\t", b" ")),
            csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=list(types)),
            csv.ParseOptions(delimiter=" ", quote_char=False),
            csv.ConvertOptions(column_types=types, null_values=[], check_utf8=False),
        )
    # Arrow's error for text that is no number is a ValueError.
    except ValueError:
        return None
    if table.num_rows != data.count(b"\n"):
        return None
    return table.column(0).to_numpy(), table.column(1).to_numpy()


def clean_peaks(
    texts: Sequence[str], lines: Sequence[int] | None = None, *, by_arrow: bool = False
) -> list[Columns | Peaks | None]:
    """Return the peaks of each text that is two columns of numbers, None for the others.

    Parameters
    ----------
    texts : sequence of str
        Each ends in a line end. All are converted at once, which is what makes this fast.
    lines : sequence of int or None
        Number of lines of each text, where it is known.
    by_arrow : bool
        Let Arrow convert the numbers: worth its loading for large files.

    Returns
    -------
    list
        m/z and intensity (ascending, finite, above zero, read-only) where every peak is usable;
        Peaks where some were dropped.
    """
    if not texts:
        return []
    columns = _joined(texts, by_arrow=by_arrow)
    if columns is not None:
        return _parts(*columns, lines or [text.count("\n") for text in texts])
    if len(texts) == 1:
        return [None if texts[0] else (np.zeros(0), np.zeros(0))]
    tidy = [place for place, text in enumerate(texts) if _tidied(text) is not None]
    if len(tidy) == len(texts):
        return [clean_peaks([text])[0] for text in texts]
    result: list[Columns | Peaks | None] = [None] * len(texts)
    clean = clean_peaks([texts[place] for place in tidy], by_arrow=by_arrow)
    for place, peaks in zip(tidy, clean, strict=True):
        result[place] = peaks
    return result


def _joined(texts: Sequence[str], *, by_arrow: bool) -> Columns | None:
    """Return the columns of all texts together, or None when one of them is not clean."""
    whole = "".join(texts)
    # Arrow refuses all but two columns itself; only trailing blanks are worth a second look.
    columns = _numbers_by_arrow(whole.encode()) if by_arrow and whole else None
    if columns is None:
        data = _tidied(whole)
        columns = _numbers(data) if data else None
    return columns


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
    falls = np.flatnonzero(mz[1:] < mz[:-1]) + 1
    odd = falls[~np.isin(falls, ends)]
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
