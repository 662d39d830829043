"""Peak lists in text: a fast way for clean ones, a careful way for everything else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from msgui.spectra import limits
from msgui.spectra.spectrum import FloatArray

_DIGITS = b"0123456789.eE+-"
_TAB_AS_BLANK = bytes.maketrans(b"\t", b" ")


@dataclass(frozen=True)
class Peaks:
    """Usable peaks of one record, and what was left out.

    Parameters
    ----------
    mz, intensity : float64 arrays, shape (n_peaks,)
        Ascending m/z, positive and finite.
    listed : int
        Peaks that the record lists, good and bad.
    not_finite, not_positive : int
        Peaks dropped because a number is NaN or infinite, or because the m/z is not above zero or
        the intensity is negative.
    silent : int
        Peaks dropped because their intensity is zero.
    weakest : int
        Peaks dropped because a spectrum keeps at most ``limits.PEAKS``.
    commas : int
        Lines with a decimal comma.
    comments : str
        Text behind the peaks ("57.07 C4H9+; ..."), empty for none.
    """

    mz: FloatArray
    intensity: FloatArray
    listed: int
    not_finite: int = 0
    not_positive: int = 0
    silent: int = 0
    weakest: int = 0
    commas: int = 0
    comments: str = ""

    def without_comments(self) -> "Peaks":
        """Return the peaks without the text behind them."""
        return replace(self, comments="")


class PeakError(ValueError):
    """A line that should be a peak is none; ``line`` counts from 0."""

    def __init__(self, line: int, text: str) -> None:
        # Control characters would be invisible in a message.
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:60])
        super().__init__(f"'{shown}' is not a peak (m/z and intensity)")
        self.line = line


def usable(
    mz: FloatArray, intensity: FloatArray, commas: int = 0, comments: str = "", keep: int = 0
) -> Peaks:
    """Return the peaks that are finite and above zero, sorted by m/z.

    Parameters
    ----------
    mz, intensity : float64 arrays, shape (n,)
    commas, comments
        Passed on.
    keep : int
        At most so many peaks are kept, the most intense ones; 0 stands for ``limits.PEAKS``.
    """
    listed = int(mz.size)
    if _needs_nothing(mz, intensity, keep or limits.PEAKS):
        mz.setflags(write=False)
        intensity.setflags(write=False)
        return Peaks(mz, intensity, listed, commas=commas, comments=comments)
    finite = np.isfinite(mz) & np.isfinite(intensity)
    positive = (mz > 0) & (intensity >= 0)
    silent = finite & positive & (intensity == 0)
    good = finite & positive & ~silent
    weakest = 0
    if not good.all():
        mz, intensity = mz[good], intensity[good]
    keep = keep or limits.PEAKS
    if mz.size > keep:
        weakest = int(mz.size) - keep
        chosen = np.sort(np.argpartition(intensity, weakest)[weakest:])
        mz, intensity = mz[chosen], intensity[chosen]
    if mz.size > 1 and (mz[1:] < mz[:-1]).any():
        order = np.argsort(mz, kind="stable")
        mz, intensity = mz[order], intensity[order]
    mz.setflags(write=False)
    intensity.setflags(write=False)
    return Peaks(
        mz,
        intensity,
        listed,
        int(np.count_nonzero(~finite)),
        int(np.count_nonzero(finite & ~positive)),
        int(np.count_nonzero(silent)),
        weakest,
        commas,
        comments,
    )


def _needs_nothing(mz: FloatArray, intensity: FloatArray, keep: int) -> bool:
    """Return True for ascending peaks of finite numbers above zero; NaN passes no comparison."""
    return (
        0 < mz.size <= keep
        and bool(mz[0] > 0)
        and bool(mz[-1] < np.inf)
        and bool(intensity.min() > 0)
        and bool(intensity.max() < np.inf)
        and bool((mz[1:] >= mz[:-1]).all())
    )


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


Columns = tuple[FloatArray, FloatArray]


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


_COMMENT = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_BETWEEN_SEMICOLONS = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^;])+")
_SEPARATORS = re.compile(r"[\s;:]+")
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])(-?\d+),(\d+(?:[eE][+-]?\d+)?)(?![\d,])")


def careful_peaks(lines: Sequence[str], declared: int | None = None) -> Peaks:
    """Return the peaks of lines in any of the usual layouts.

    Two columns apart by blanks, tabs, commas, semicolons or a colon; further columns and quoted
    text are comments; several peaks a line are apart by semicolons; numbers may have a decimal
    comma.

    Parameters
    ----------
    lines : sequence of str
    declared : int or None
        The number of peaks that the record announces; it decides whether a line of many numbers is
        many peaks.

    Raises
    ------
    PeakError
        When a line is not a peak.
    """
    annotated = _annotated_peaks(lines, declared)
    if annotated is not None:
        return annotated
    numbers: list[float] = []
    comments: list[str] = []
    commas, filled = 0, sum(bool(line.strip()) for line in lines)
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or text[0] in "#!":
            continue
        for piece in _several(text):
            bare = _COMMENT.sub(" ", piece)
            words, had_comma = _words(bare)
            try:
                values = [float(word) for word in words[:2]]
            except ValueError:
                values = []
            if len(values) < 2:
                raise PeakError(number, text)
            commas += had_comma
            many = _many_pairs(words, filled, declared) if len(words) > 2 else None
            numbers.extend(many or values)
            behind = [] if many else words[2:]
            behind += [one or other for one, other in _COMMENT.findall(piece)]
            if behind:
                comments.append(f"{words[0]} {' '.join(behind)}")
    both = np.array(numbers, dtype=np.float64)
    return usable(both[0::2].copy(), both[1::2].copy(), commas, "; ".join(comments))


_ANNOTATED = re.compile(
    r"^[ \t]*([0-9.eE+-]+)[ \t]+([0-9.eE+-]+)(?:[ \t]+[\"']?([^\n;\"']*)[\"']?)?[ \t]*$",
    re.MULTILINE,
)


def _annotated_peaks(lines: Sequence[str], declared: int | None) -> Peaks | None:
    """Return the peaks of lines "m/z intensity comment", or None when some are anything else."""
    listed = [line for line in lines if line and not line.isspace()]
    if declared is not None and declared != len(listed):
        return None
    rows = _ANNOTATED.findall("\n".join(listed))
    if not rows or len(rows) != len(listed):
        return None
    masses, strengths, words = zip(*rows, strict=True)
    try:
        mz, intensity = np.array(masses, dtype=np.float64), np.array(strengths, dtype=np.float64)
    except ValueError:
        return None
    comments = "; ".join(f"{mass} {word}" for mass, _, word in rows if word) if any(words) else ""
    return usable(mz, intensity, 0, comments)


def _several(text: str) -> list[str]:
    """Return the peaks of a line that are apart by semicolons ("41 12; 42 13;")."""
    if ";" not in text:
        return [text]
    pieces = [piece for piece in _BETWEEN_SEMICOLONS.findall(text) if piece.strip()]
    if len(pieces) > 1 and not all(len(piece.split()) >= 2 for piece in pieces):
        return [text]
    return pieces or [text]


def _words(piece: str) -> tuple[list[str], bool]:
    """Return the columns of one peak, and whether its numbers have decimal commas."""
    text, had_comma = piece.strip().strip("()[]"), False
    if "," in text:
        columns = text.split()
        if len(columns) == 1 and text.count(",") == 1 and ";" not in text and ":" not in text:
            columns = text.split(",")
            return columns, False
        if re.search(r",\s|\s,", text) or (len(columns) == 1 and "." in text):
            text = text.replace(",", " ")
        else:
            text, changed = _DECIMAL_COMMA.subn(r"\1.\2", text)
            had_comma = changed > 0
    return [word for word in _SEPARATORS.split(text) if word], had_comma


def _many_pairs(words: list[str], lines: int, declared: int | None) -> list[float] | None:
    """Return all numbers of a line when the declared count says that it holds many peaks."""
    if declared is None or declared <= lines or len(words) % 2:
        return None
    try:
        return [float(word) for word in words]
    except ValueError:
        return None
