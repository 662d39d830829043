"""Peak lists in text of any layout, read line by line; clean columns have a faster way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from msgui.spectra import limits
from msgui.spectra.spectrum import FloatArray

Columns = tuple[FloatArray, FloatArray]


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


def tidied(mz: FloatArray, intensity: FloatArray, keep: int = 0) -> Columns | Peaks:
    """Return the peaks as they are where all are usable and ascending, else as :func:`usable`."""
    if not _needs_nothing(mz, intensity, keep or limits.PEAKS):
        return usable(mz, intensity, keep=keep)
    mz.setflags(write=False)
    intensity.setflags(write=False)
    return mz, intensity


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
