"""Peaks that somebody typed or copied: two columns and perhaps a heading."""

import re
from collections.abc import Iterator

import numpy as np

from msgui.errors import MsguiError, Problem
from msgui.spectra.from_record import spectrum_of
from msgui.spectra.peak_text import PeakError, Peaks, careful_peaks
from msgui.spectra.record import Record
from msgui.spectra.source import Source
from msgui.spectra.spectrum import FloatArray, Spectrum

_FIELD = re.compile(r"^[#;!/\s]*([A-Za-z][\w /.#-]{0,60}?)\s*[:=]\s*(\S.*)$")
_NUMBER_FIRST = re.compile(r"^\s*[\"'(\[]?[+-]?[\d.]*\d")
_NOT_NUMBERS = re.compile(r"^\s*(nan|inf)", re.IGNORECASE)
_COMMENTS = "#!"
_COLUMN_NAMES = re.compile(r"^\s*\"?m(/?z|ass)\b.*\bint", re.IGNORECASE)
_EXAMPLE = "Each line is an m/z and an intensity, apart by a blank, tab, comma or semicolon."


def _is_heading(line: str) -> bool:
    """Return True for words above the columns: anything that does not start with a number."""
    return bool(line.strip()) and not (_NUMBER_FIRST.match(line) or _NOT_NUMBERS.match(line))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _peaks(lines: list[str], headings: int) -> Peaks:
    """Return the peaks of lines; raises PeakError, whose line counts from the first of them."""
    columns = [
        "" if place < headings or line.lstrip()[:1] in tuple(_COMMENTS) else line.replace('"', " ")
        for place, line in enumerate(lines)
    ]
    return careful_peaks(columns)


def _headings(lines: list[str]) -> int:
    """Return how many lines stand above the first peak."""
    for place, line in enumerate(lines):
        if line.strip() and not _is_heading(line):
            return place
    return len(lines)


def parse_peaks(text: str) -> tuple[FloatArray, FloatArray]:
    """Return the m/z and intensity of pasted text, sorted by m/z.

    Two columns apart by blanks, tabs, commas or semicolons; one line of headings and lines that
    start with ``#`` are passed over; numbers may have a decimal comma; what stands behind the
    second column is ignored. Peaks without intensity or with numbers that are not finite are left
    out.

    Parameters
    ----------
    text : str

    Raises
    ------
    MsguiError
        When a line is not a peak (the place names it) or there is none.

    Examples
    --------
    >>> mz, intensity = parse_peaks("m/z;intensity\\n138,0662;100\\n110,0713;14,5")
    >>> mz.tolist(), intensity.tolist()
    ([110.0713, 138.0662], [14.5, 100.0])
    """
    lines = _lines(text.lstrip("\ufeff"))
    headings = _headings(lines)
    worded = [
        place for place in range(headings) if lines[place].strip()[:1] not in ("", *_COMMENTS)
    ]
    if len(worded) > 1:
        place = worded[1]
        cause = f"'{lines[place].strip()[:60]}' is not a peak (m/z and intensity)"
        raise MsguiError(cause, _EXAMPLE, where=f"line {place + 1}")
    try:
        peaks = _peaks(lines, headings)
    except PeakError as error:
        raise MsguiError(str(error), _EXAMPLE, where=f"line {error.line + 1}") from None
    if not peaks.mz.size:
        raise MsguiError("the text holds no peaks", _EXAMPLE, where="line 1")
    return peaks.mz, peaks.intensity


def sniff_peak_list(head: bytes) -> float:
    """Return how sure the head of a file is a bare list of peaks, from 0 to 1."""
    if b"\0" in head[:1000] or head.lstrip()[:1] in (b"[", b"{", b"<"):
        return 0.0
    lines = [line for line in head.decode("utf-8", "replace").split("\n")[:200] if line.strip()]
    bare = [line for line in lines if not line.lstrip().startswith(tuple(_COMMENTS))]
    # The last line may be cut off by the end of what was sniffed.
    rows = bare[_headings(bare) :][:-1] or bare[_headings(bare) :]
    if not rows and len(bare) == 1 and _COLUMN_NAMES.match(bare[0]):
        return 0.3
    if not rows or _headings(bare) > 10:
        return 0.0
    try:
        peaks = careful_peaks([row.replace('"', " ") for row in rows])
    except PeakError:
        return 0.0
    return 0.6 if peaks.listed >= 2 and float(np.max(peaks.mz, initial=0.0)) < 1e5 else 0.3


def read_peak_list(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the one spectrum of a bare list of peaks; ``key: value`` lines above it are fields."""
    blocks = list(source.text_blocks(lambda buffer: buffer.rfind(b"\n") + 1))
    lines = "".join(block.text for block in blocks).split("\n")
    record = Record(0, 1)
    headings = _headings(lines)
    if headings == len(lines):
        return
    for line in lines[:headings]:
        match = _FIELD.match(line)
        if match:
            record.add(match[1].strip(), match[2].strip(), source.notes)
    if not {"title", "name"} & record.known.keys():
        record.know("title", "", source.path.name.removesuffix(".gz").rsplit(".", 1)[0])
    try:
        peaks = _peaks(lines, headings)
    except PeakError as error:
        place = f"line {error.line + 1}"
        yield source.notes.skipped(str(error), _EXAMPLE, place)
        return
    yield spectrum_of(record, peaks, source.notes)
    yield from source.notes.problems()
